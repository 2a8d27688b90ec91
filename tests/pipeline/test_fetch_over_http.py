"""Photos are fetched from real servers, and servers that lie, dawdle, flood or send us elsewhere get nowhere."""

from __future__ import annotations

import gzip
import socket
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.fetch import (
    BadAddress,
    BadStatus,
    Fetched,
    Fetcher,
    FetchLimits,
    FetchTimedOut,
    ForbiddenAddress,
    HostUnreachable,
    NotAnImage,
    ResponseTooLarge,
    TooManyRedirects,
)
from tests.pipeline.image_host import NAME, NOW, PHOTO, TLS, Answer, Host, answering, jpeg, redirecting, serving


def test_a_photo_arrives_with_its_type_and_address(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    fetched = host.fetch("/a.jpg?size=2")
    assert fetched == Fetched(PHOTO, "image/jpeg", host.url("/a.jpg?size=2"))


def test_the_host_is_told_its_own_name_and_who_is_asking(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    host.fetch("/a.jpg")
    [(path, headers)] = host.asked
    assert path == "/a.jpg"
    assert headers["host"] == f"{NAME}:{host.port}"
    assert headers["user-agent"].startswith("Vitrine/")
    assert headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "referer"} & headers.keys()


def test_proxies_of_the_environment_are_not_used(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    host.answers["/a.jpg"] = answering(PHOTO)
    assert host.fetch("/a.jpg").data == PHOTO


@pytest.mark.parametrize("said", ["text/html", "application/octet-stream", "image/png", ""])
def test_content_decides_not_the_header(host: Host, said: str) -> None:
    host.answers["/a"] = answering(PHOTO, Content_Type=said)
    assert host.fetch("/a").media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"<!doctype html><p>Please log in", "an HTML page"), (b'{"a": 1}', "JSON text"), (b"", "nothing"),
     (b"\x00" * 100, "no known kind of image")],
)  # fmt: skip
def test_what_is_no_image_is_refused_whatever_the_header_says(host: Host, body: bytes, said: str) -> None:
    host.answers["/a.jpg"] = answering(body)
    with pytest.raises(NotAnImage, match=f"a.jpg sends {said}") as refused:
        host.fetch("/a.jpg")
    assert refused.value.permanent


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(404, True), (410, True), (403, True), (401, True), (400, True), (204, True), (206, True), (304, True),
     (408, False), (429, False), (500, False), (502, False), (503, False), (504, False)],
)  # fmt: skip
def test_other_statuses_are_told_and_say_whether_to_try_again(host: Host, status: int, permanent: bool) -> None:
    host.answers["/a.jpg"] = answering(b"" if status in (204, 304) else PHOTO, status)
    with pytest.raises(BadStatus, match=f"answers {status}") as refused:
        host.fetch("/a.jpg?key=secret")
    assert (refused.value.status, refused.value.permanent) == (status, permanent)
    assert refused.value.retry_after_seconds is None
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), (" 7 ", 7.0), ("0", 0.0), (formatdate(NOW + 90, usegmt=True), 90.0),
     (formatdate(NOW - 90, usegmt=True), 0.0), ("999999999", 86_400.0), ("9" * 5000, None), ("soon", None),
     ("-5", None), ("1.5", None)],
)  # fmt: skip
def test_retry_after_is_read_from_seconds_and_dates(host: Host, header: str, seconds: float | None) -> None:
    host.answers["/a.jpg"] = answering(b"slow down", 429, Retry_After=header)
    with pytest.raises(BadStatus) as refused:
        host.fetch("/a.jpg")
    assert refused.value.retry_after_seconds == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(host: Host, status: int) -> None:
    host.answers |= {"/old": redirecting("/new%20place?x=1#top", status), "/new%20place": answering(PHOTO)}
    fetched = host.fetch("/old")
    assert fetched.data == PHOTO
    assert fetched.url == host.url("/new%20place?x=1")


def test_redirects_in_raw_utf_8_are_followed(host: Host) -> None:
    host.answers |= {"/old": redirecting("/gr\u00fcn.jpg".encode().decode("latin-1"))}
    host.answers |= {"/gr%C3%BCn.jpg": answering(PHOTO)}
    assert host.fetch("/old").data == PHOTO


def test_redirects_have_an_end(host: Host) -> None:
    host.answers |= {f"/{step}": redirecting(f"/{step + 1}") for step in range(3)} | {"/3": answering(PHOTO)}
    assert host.fetch("/0").data == PHOTO
    host.answers["/3"] = redirecting("/4")
    with pytest.raises(TooManyRedirects, match="more than 3 times") as refused:
        host.fetch("/0")
    assert refused.value.permanent
    host.answers["/loop"] = redirecting("/loop")
    with pytest.raises(TooManyRedirects):
        host.fetch("/loop")


@pytest.mark.parametrize(
    "inward",
    [
        "http://127.0.0.1:{port}/secret", "http://localhost:{port}/secret", "http://[::ffff:127.0.0.1]:{port}/secret",
        "//127.0.0.1:{port}/secret", "http://169.254.169.254/latest/meta-data/", "http://[::1]:{port}/secret",
        "http://2130706433:{port}/secret", "http://0x7f.1:{port}/secret", "http://127.0.0.1.:{port}/secret",
        "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "http://user@127.0.0.1:{port}/secret",
        "http://photos.example:22/secret", "http://photos.example:{other}/secret", "http://[::1", "\\\\127.0.0.1\\a",
    ],
)  # fmt: skip
def test_a_redirect_inward_is_refused_and_never_asked_for(host: Host, inward: str) -> None:
    host.answers |= {
        "/old": redirecting(inward.format(port=host.port, other=host.port ^ 1)),
        "/secret": answering(PHOTO),
    }
    with pytest.raises((ForbiddenAddress, BadAddress)) as refused:
        host.fetch("/old")
    assert refused.value.permanent
    assert [path for path, _ in host.asked] == ["/old"]


def test_a_redirect_to_nowhere_is_told(host: Host) -> None:
    host.answers["/old"] = redirecting(None)
    with pytest.raises(BadStatus, match="redirects without saying where to"):
        host.fetch("/old")


def test_a_name_is_looked_up_once_and_connected_to_where_it_was_then(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    fetcher = Fetcher(allowed_hosts=frozenset({NAME}), resolver=lambda name: next(answers))
    assert fetcher.fetch(host.url("/a.jpg")).data == PHOTO
    assert next(answers) == ["10.0.0.1"]


def test_a_name_that_turns_private_after_the_check_gains_nothing(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    looked_up: list[str] = []

    def rebinding(name: str) -> list[str]:
        looked_up.append(name)
        return ["100.0.0.1"] if len(looked_up) == 1 else ["127.0.0.1"]

    limits = FetchLimits(connect_seconds=0.1, total_seconds=0.5)
    with pytest.raises((HostUnreachable, FetchTimedOut)):
        Fetcher(limits, resolver=rebinding).fetch(host.url("/a.jpg"))
    assert looked_up == [NAME]
    assert host.asked == []


def test_the_name_a_redirect_leads_to_is_looked_up_and_checked_too(host: Host) -> None:
    host.answers["/old"] = redirecting(f"http://inside.example:{host.port}/secret")
    host.answers["/secret"] = answering(PHOTO)
    looked_up: list[str] = []

    def resolver(name: str) -> list[str]:
        looked_up.append(name)
        return ["127.0.0.1"]

    with pytest.raises(ForbiddenAddress, match=r"inside\.example"):
        Fetcher(allowed_hosts=frozenset({NAME}), resolver=resolver, tls=TLS).fetch(host.url("/old"))
    assert looked_up == [NAME, "inside.example"]
    assert [path for path, _ in host.asked] == ["/old"]


def test_only_the_allowed_port_of_an_allowed_host_may_be_private(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    for allowed in (f"127.0.0.1:{host.port}", "127.0.0.1"):
        assert Fetcher(allowed_hosts=frozenset({allowed})).fetch(f"http://127.0.0.1:{host.port}/a.jpg").data == PHOTO
    with pytest.raises(ForbiddenAddress):
        Fetcher(allowed_hosts=frozenset({f"127.0.0.1:{host.port ^ 1}"})).fetch(f"http://127.0.0.1:{host.port}/a.jpg")


def test_the_next_address_is_tried_where_nobody_listens(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO)
    fetcher = Fetcher(allowed_hosts=frozenset({NAME}), resolver=lambda name: ["127.0.0.9", "127.0.0.1"])
    assert fetcher.fetch(host.url("/a.jpg")).data == PHOTO


class Ipv6Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def test_ipv6_literals_are_connected_to() -> None:
    with serving(Ipv6Server, "::1") as host:
        host.answers["/a.jpg"] = answering(PHOTO)
        fetcher = Fetcher(allowed_hosts=frozenset({f"[::1]:{host.port}"}))
        assert fetcher.fetch(f"http://[0:0:0:0:0:0:0:1]:{host.port}/a.jpg").data == PHOTO
        assert host.asked[0][1]["host"] == f"[::1]:{host.port}"


@pytest.mark.parametrize("declared", [True, False])
def test_more_bytes_than_allowed_are_refused(host: Host, declared: bool) -> None:
    body = PHOTO + bytes(10_000)
    host.answers["/a.jpg"] = answering(body, Content_Length=str(len(body)) if declared else "")
    assert host.fetch("/a.jpg", FetchLimits(max_bytes=len(body))).data == body
    with pytest.raises(ResponseTooLarge, match="MiB") as refused:
        host.fetch("/a.jpg", FetchLimits(max_bytes=len(body) - 1))
    assert refused.value.permanent


def flood(request: BaseHTTPRequestHandler, part: bytes) -> None:
    with suppress(OSError):
        for _ in range(1000):
            request.wfile.write(part)


def test_an_endless_answer_is_cut_off_at_the_limit(host: Host) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(PHOTO)
        flood(request, bytes(64 * 1024))

    def endless_chunks(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        flood(request, b"10000\r\n" + bytes(64 * 1024) + b"\r\n")

    host.answers |= {"/a.jpg": endless, "/b.jpg": endless_chunks}
    for path in host.answers:
        with pytest.raises(ResponseTooLarge):
            host.fetch(path, FetchLimits(max_bytes=100_000))


def test_a_declared_size_above_the_limit_is_refused_before_reading(host: Host) -> None:
    def waiting(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "99999999999999999999999")
        request.end_headers()
        host.over.wait(5)

    host.answers["/a.jpg"] = waiting
    with pytest.raises(ResponseTooLarge):
        host.fetch("/a.jpg", FetchLimits(max_bytes=1000))


def test_a_photo_shorter_than_declared_broke_off(host: Host) -> None:
    host.answers["/a.jpg"] = answering(PHOTO[:-50], Content_Length=str(len(PHOTO)))
    with pytest.raises(HostUnreachable, match="broke off") as refused:
        host.fetch("/a.jpg")
    assert not refused.value.permanent


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(PHOTO)), ("GZip", gzip.compress(PHOTO)), ("deflate", zlib.compress(PHOTO)),
     ("deflate", zlib.compress(PHOTO, wbits=-15)), ("gzip", PHOTO), ("br", PHOTO), ("identity", PHOTO)],
)  # fmt: skip
def test_packed_photos_are_unpacked_although_nobody_asked(host: Host, encoding: str, packed: bytes) -> None:
    host.answers["/a.jpg"] = answering(packed, Content_Encoding=encoding)
    assert host.fetch("/a.jpg").data == PHOTO


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", b"no gzip"), ("br", b"\x8b\x0b"), ("gzip, gzip", b"\x1f\x8b")]
)
def test_packing_that_cannot_be_undone_is_told(host: Host, encoding: str, packed: bytes) -> None:
    host.answers["/a.jpg"] = answering(packed, Content_Encoding=encoding)
    with pytest.raises(NotAnImage, match="send it without"):
        host.fetch("/a.jpg")


def test_a_gzip_bomb_is_unpacked_no_further_than_the_limit(host: Host) -> None:
    bomb = gzip.compress(PHOTO + bytes(50 * 1024**2))
    assert len(bomb) < 100_000
    host.answers["/a.jpg"] = answering(bomb, Content_Encoding="gzip")
    with pytest.raises(ResponseTooLarge):
        host.fetch("/a.jpg", FetchLimits(max_bytes=100_000))


def dripping(host: Host, head: bytes, drop: bytes) -> Answer:
    """Send `head`, then `drop` again and again, faster than any read time-out, until the line is cut."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            request.wfile.write(head)
            while not host.over.wait(0.02):
                request.wfile.write(drop)

    return answer


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PHOTO[:100], b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + PHOTO, b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Slow: x\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_slow_drip_is_cut_off_when_the_time_is_over(host: Host, head: bytes, drop: bytes) -> None:
    host.answers["/a.jpg"] = dripping(host, head, drop)
    with pytest.raises(FetchTimedOut) as refused:
        host.fetch("/a.jpg", FetchLimits(total_seconds=0.4))
    assert not refused.value.permanent


@pytest.mark.parametrize("limits", [FetchLimits(read_seconds=0.1), FetchLimits(total_seconds=0.1)])
def test_a_silent_host_is_not_waited_for(host: Host, limits: FetchLimits) -> None:
    def silent(request: BaseHTTPRequestHandler) -> None:
        host.over.wait(5)

    host.answers["/a.jpg"] = silent
    with pytest.raises(FetchTimedOut, match=r"a\.jpg did not answer in time") as refused:
        host.fetch("/a.jpg", limits)
    assert not refused.value.permanent


def test_a_look_up_that_takes_too_long_is_not_waited_for(host: Host) -> None:
    def slow(name: str) -> list[str]:
        host.over.wait(5)
        return ["127.0.0.1"]

    with pytest.raises(FetchTimedOut, match="looked up"):
        Fetcher(FetchLimits(total_seconds=0.1), resolver=slow).fetch(host.url("/a.jpg"))


def test_time_is_counted_over_all_redirects(host: Host) -> None:
    def slowly(request: BaseHTTPRequestHandler) -> None:
        host.over.wait(0.2)
        redirecting("/a.jpg")(request)

    host.answers["/a.jpg"] = slowly
    with pytest.raises(FetchTimedOut):
        host.fetch("/a.jpg", FetchLimits(total_seconds=0.5, max_redirects=1000))


def test_nobody_listening_and_a_connection_reset_are_unreachable(host: Host) -> None:
    def reset(request: BaseHTTPRequestHandler) -> None:
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        request.connection.close()

    host.answers["/a.jpg"] = reset
    with pytest.raises(HostUnreachable) as refused:
        host.fetch("/a.jpg")
    assert not refused.value.permanent
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(HostUnreachable, match="cannot be reached"):
        Fetcher(allowed_hosts=frozenset({"127.0.0.1"})).fetch(f"http://127.0.0.1:{port}/a.jpg")


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 1000,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)  # fmt: skip
def test_what_does_not_speak_http_is_unreachable(host: Host, garbage: bytes) -> None:
    def speaking(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(garbage)

    host.answers["/a.jpg"] = speaking
    with pytest.raises(HostUnreachable, match="does not speak HTTP"):
        host.fetch("/a.jpg")


def test_one_fetcher_serves_many_threads(host: Host) -> None:
    photos = {f"/{number}.jpg": jpeg(8 + number) for number in range(24)}
    host.answers |= {path: answering(photo) for path, photo in photos.items()}
    fetcher = host.fetcher()
    with ThreadPoolExecutor(8) as pool:
        fetched = list(pool.map(lambda path: fetcher.fetch(host.url(path)).data, photos))
    assert fetched == list(photos.values())
