"""Only hosts on the public internet are fetched from, however their address is written."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.addresses import is_public, read_target
from pipeline.fetch import BadAddress, Fetcher, FetchError, FetchLimits, ForbiddenAddress, HostUnreachable

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:53aa:64c:0:0:f5ff:fffe", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
    "ff02::1", "2606:4700::5efe:a00:1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::200e",
          "::ffff:8.8.8.8", "64:ff9b::808:808"]  # fmt: skip
SHORT = FetchLimits(connect_seconds=0.2, read_seconds=0.2, total_seconds=0.5)
TLS = ssl.create_default_context()


def fetcher(resolver: Callable[[str], Sequence[str]]) -> Fetcher:
    return Fetcher(SHORT, resolver=resolver, tls=TLS)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_off_the_public_internet_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_on_the_public_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.integers(0, 2**32 - 1))
def test_public_ipv4_is_never_wider_than_the_registries_say(number: int) -> None:
    address = IPv4Address(number)
    assert not is_public(address) or (address.is_global and not address.is_multicast and not address.is_reserved)


@given(st.integers(0, 2**125 - 1))
def test_public_ipv6_is_never_wider_than_the_registries_say(rest: int) -> None:
    address = IPv6Address((0b001 << 125) | rest)
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.integers(0, 2**128 - 1))
def test_ipv6_outside_the_unicast_space_is_public_only_for_the_ipv4_it_carries(number: int) -> None:
    address = IPv6Address(number)
    assert not is_public(address) or number >> 125 == 0b001 or number >> 32 in (0xFFFF, 0x64FF9B << 64)


def spellings_of(address: IPv4Address) -> list[str]:
    number, parts = int(address), address.packed
    a, b, c, d = parts
    low16, low24 = number & 0xFFFF, number & 0xFFFFFF
    return [
        str(address), f"{address}.", f"{number}", f"{number:#x}", f"{number:#X}", f"0{number:o}", f"{a}.{low24}",
        f"{a}.{b}.{low16}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:#x}.{b}.0{low16:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}", f"000{a:o}.{b}.{c}.{d}", "".join(f"%{ord(sign):02x}" for sign in str(address)),
        str(address).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}),
        str(address).replace(".", "。"), str(address).replace(".", "%2e"), f"[::ffff:{address}]", f"[::{address}]",
        f"[::ffff:{number >> 16:x}:{low16:x}]", f"[64:ff9b::{address}]", f"[2002:{number >> 16:x}:{low16:x}::1]",
        f"[0:0:0:0:0:FFFF:{address}]", f"[::ffff:{address}%25lo]", f"user@{address}", f"example.com@{address}",
        f"{address}#@example.com", f"{address}\\@example.com", f"{address}?@example.com", f"\t{address}", f"{address} ",
    ]  # fmt: skip


BLOCKS = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
          "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"]  # fmt: skip


@st.composite
def spelled(draw: st.DrawFn) -> str:
    block = IPv4Network(draw(st.sampled_from(BLOCKS)))
    address = block[draw(st.integers(0, block.num_addresses - 1))]
    return draw(st.sampled_from(spellings_of(address)))


@settings(max_examples=400, deadline=None)
@given(spelled(), st.sampled_from(["http", "https", "HTTP"]))
def test_no_spelling_of_a_private_address_is_connected_to(host: str, scheme: str) -> None:
    unknown: list[str] = []

    def numbers_only(name: str) -> list[str]:
        try:
            return [str(found[4][0]) for found in socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)]
        except OSError:
            unknown.append(name)
            raise

    with pytest.raises((BadAddress, ForbiddenAddress, HostUnreachable)) as refused:
        fetcher(numbers_only).fetch(f"{scheme}://{host}/photo.jpg")
    assert unknown or not isinstance(refused.value, HostUnreachable)


@pytest.mark.parametrize(
    "url",
    [
        "", "photo.jpg", "//example.com/a.jpg", "file:///etc/passwd", "ftp://example.com/a.jpg", "gopher://example.com/",
        "data:image/png;base64,AAAA", "javascript:alert(1)", "http://", "http:///a.jpg", "http://:80/a.jpg",
        "http://example.com:0/", "http://example.com:99999/", "http://example.com:8o/", "http://user:pw@example.com/",
        "http://exa mple.com/", "http://example.com\\@10.0.0.1/", "http://example.com/\r\nX: y",
        "http://a..b/", "http://-a.com/", "http://[::1", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/",
        "http://" + "a" * 64 + ".com/", "http://999.1.1.1/", "http://1.2.3/", "http://0x/", "http://1.2.3.4.5/",
        "http://ex%00ample.com/", "http://xn--/", "http://\u202e.com/", "http:example.com/a.jpg",
        "https://example.com/" + "a" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_photo_is_refused_without_asking_anybody(url: str) -> None:
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with pytest.raises((BadAddress, ForbiddenAddress)) as refused:
        fetcher(resolver).fetch(url)
    assert refused.value.permanent
    assert asked == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://", "http://[", "http://a/", "http://127.0.0.1:"]))
def test_any_text_is_refused_with_a_fetch_error(text: str, start: str) -> None:
    with pytest.raises(FetchError):
        fetcher(lambda host: ["127.0.0.1"]).fetch(start + text)


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["::1", "8.8.8.8"], ["fe80::1%lo", "8.8.8.8"]])
def test_one_private_address_among_public_ones_refuses_the_host(found: list[str]) -> None:
    with pytest.raises(ForbiddenAddress, match=r"photos\.example"):
        fetcher(lambda host: found).fetch("http://photos.example/a.jpg")


def test_what_a_private_name_resolves_to_is_not_told() -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        fetcher(lambda host: ["10.11.12.13"]).fetch("http://db.internal/a.jpg?token=secret")
    assert "10.11.12.13" not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "http://db.internal/a.jpg?…" in str(refused.value)


@pytest.mark.parametrize("port", [1, 22, 25, 110, 143, 445, 1023])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(ForbiddenAddress, match=f"port {port}"):
        fetcher(lambda host: ["8.8.8.8"]).fetch(f"http://example.com:{port}/a.jpg")


def test_international_names_are_looked_up_in_their_ascii_form() -> None:
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    for url in ("https://MÜNCHEN.example/a.jpg", "https://münchen.example./a.jpg"):
        with pytest.raises(ForbiddenAddress):
            fetcher(resolver).fetch(url)
    assert asked == ["xn--mnchen-3ya.example"] * 2


def test_a_name_nobody_knows_is_worth_another_try() -> None:
    def unknown(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolver in (unknown, lambda host: [], lambda host: ["no address"]):
        with pytest.raises(HostUnreachable, match=r"no host nowhere\.example is known") as unreachable:
            fetcher(resolver).fetch("http://nowhere.example/a.jpg")
        assert not unreachable.value.permanent


@pytest.mark.parametrize("entry", ["", "http://a.b", "a.b/path", "user@a.b", "a b", "a.b:port", "10.0.0.0/8", "*.a.b"])
def test_allowed_hosts_that_are_no_hosts_are_told_at_once(entry: str) -> None:
    with pytest.raises(ValueError, match="host"):
        Fetcher(allowed_hosts=frozenset({entry}))


def test_a_target_keeps_path_and_query_and_drops_the_fragment() -> None:
    target = read_target(" https://Shop.Example:8443/Grün/a b.jpg?size=2&x=[1]#top ")
    assert target.path == "/Gr%C3%BCn/a%20b.jpg?size=2&x=%5B1%5D"
    assert target.host_header == "shop.example:8443"
    assert "#" not in target.url
    assert read_target("http://[2606:4700::1111]/").host_header == "[2606:4700::1111]"
    assert read_target("http://shop.example").path == "/"
