"""Which addresses on the internet may be fetched from, and what an address given as a URL really points to.

A stranger's URL must not make us speak to what only we can reach: this machine, the private network around it, or the
metadata service of the cloud it runs in. What counts is the address that is connected to, however it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from pipeline.fetch_errors import BadAddress, shortened

Address = IPv4Address | IPv6Address
MAX_URL_LENGTH = 4096
DEFAULT_PORTS = {"http": 80, "https": 443}

# The special-purpose registries of IANA as of 2025, multicast, and what clouds serve metadata from.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    )
)  # fmt: skip
_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
)  # 2001::/23 holds Teredo, 2002::/16 is 6to4: both carry an IPv4 address to somebody else's gateway
_CARRIES_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))  # mapped, and the well-known NAT64
_ISATAP = (0x00005EFE, 0x02005EFE)

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: `host` is an ASCII name in lower case or a literal `address` in its usual spelling."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class AllowedHosts:
    """The hosts an operator trusts although they may not be public: "name", "name:port", addresses likewise."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries = frozenset(_allowed(entry) for entry in entries)

    def __contains__(self, target: Target) -> bool:
        return (target.host, target.port) in self._entries or (target.host, None) in self._entries


def is_public(address: Address) -> bool:
    """Whether the address belongs to one host on the public internet, reached without a detour into private nets."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_4)
    if any(address in block for block in _CARRIES_IPV4):
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.scope_id or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return address in _UNICAST_6 and not any(address in block for block in _NOT_PUBLIC_6)


def read_target(url: str) -> Target:
    """Take a URL apart. Raises BadAddress, saying what is wrong with it."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    url = url.strip()
    if len(url) > MAX_URL_LENGTH:
        raise BadAddress(f"{shortened(url)} has {len(url)} characters, {MAX_URL_LENGTH} are allowed")
    if re.search(r"[\x00-\x1f\x7f\\]", url):
        raise BadAddress(f"{shortened(url)} has control characters or backslashes in it; encode them as %XX")
    try:
        parts = parse_url(url)
    except (LocationParseError, ValueError):
        raise BadAddress(f"{shortened(url)} is not a valid address; check how it is written") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise BadAddress(f"{shortened(url)} does not begin with http:// or https://")
    if parts.auth is not None:
        raise BadAddress(f"{shortened(url)} has a user name in it; photos are fetched without logging in")
    if not parts.host or parts.port == 0:
        raise BadAddress(f"{shortened(url)} names no host" if not parts.host else f"{shortened(url)} has port 0")
    host, address = _host(parts.host, url)
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Target(parts._replace(fragment=None).url, parts.scheme, host, port, parts.request_uri, address)


def read_address(text: str) -> Address:
    """Return an address as a resolver writes it. Raises ValueError for anything else."""
    return ip_address(text)


def _host(written: str, url: str) -> tuple[str, Address | None]:
    """Return the host as a name, or as a literal address; addresses in unusual spellings are refused."""
    try:
        if written.startswith("["):
            literal: Address = IPv6Address(written[1:-1])
            return str(literal), literal
        name = written.lower().removesuffix(".")
        if _NUMBER.fullmatch(name.rpartition(".")[2]):  # 127.1, 0177.0.0.1, 2130706433 and 0x7f000001 are addresses
            literal = IPv4Address(name)
            return str(literal), literal
    except AddressValueError:
        raise BadAddress(f"{shortened(url)} has a number for a host; write four decimal numbers, or a name") from None
    if not _NAME.fullmatch(name):
        raise BadAddress(f"{shortened(url)} has no valid host name")
    return name, None


def _allowed(entry: str) -> tuple[str, int | None]:
    bare = f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry
    port = re.search(r":\d+$", bare)
    try:
        target = read_target(f"http://{bare}/")
    except BadAddress:
        raise ValueError(f"{entry!r} is not a host; write a name or an address, with :port if only that") from None
    if target.path != "/":
        raise ValueError(f"{entry!r} is more than a host and a port")
    return target.host, target.port if port else None
