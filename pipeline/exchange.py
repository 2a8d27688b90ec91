"""One request to one host: connect to addresses found harmless before, ask, and read no more than allowed.

Nothing is kept between two exchanges: no connection, no cookie, no session. A clock runs from before the connection
to the last byte and cuts the line when it has run out, so that a host that drips one byte a second is not waited for.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline.addresses import Address, Target
from pipeline.fetch_errors import FetchError, FetchTimedOut, HostUnreachable, NotAnImage, ResponseTooLarge, shortened
from pipeline.media_type import media_type

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection
    from urllib3.response import BaseHTTPResponse

MAX_TRIED_ADDRESSES = 4
_CHUNK_BYTES = 64 * 1024
_PACKED = ("gzip", "x-gzip", "deflate")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: for a connection, for the next bytes, and until when for everything (monotonic seconds)."""

    connect_seconds: float
    read_seconds: float
    until: float

    @property
    def left_seconds(self) -> float:
        """Seconds until everything must be over; 0 afterwards."""
        return max(0.0, self.until - time.monotonic())


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `body` is empty unless the status is 200; header names are compared without regard to case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def exchange(
    target: Target, addresses: Sequence[Address], headers: Mapping[str, str], *,
    patience: Patience, max_bytes: int, tls: ssl.SSLContext,
) -> Reply:  # fmt: skip
    """Ask the first of the addresses that can be connected to for the target's path, under the target's name.

    Raises HostUnreachable, FetchTimedOut, ResponseTooLarge, and NotAnImage for a body packed in an unknown way.
    """
    with opened(target, addresses, patience=patience, tls=tls) as connection:
        return _reply(connection, target, headers, patience, max_bytes)


@contextmanager
def opened(
    target: Target, addresses: Sequence[Address], *, patience: Patience, tls: ssl.SSLContext
) -> Iterator[HTTPConnection]:
    """Yield a connection to the first of the addresses that takes one; it is cut when patience runs out.

    Raises HostUnreachable or FetchTimedOut, also for what goes wrong on the connection while it is used.
    """
    from urllib3.exceptions import HTTPError

    reason: Exception | None = None
    for address in addresses[:MAX_TRIED_ADDRESSES]:
        connection = _connection(target, address, patience, tls)
        with _Cutter(connection, patience) as cutter:
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                reason = error
                continue
            try:
                cutter.line = connection.sock  # the connection forgets it as soon as a response is to end with it
                yield connection
            except (HTTPError, HTTPException, OSError, ValueError) as error:
                raise _explained(target, patience, error) from error
            return
    raise _explained(target, patience, reason) from reason


def _connection(target: Target, address: Address, patience: Patience, tls: ssl.SSLContext) -> HTTPConnection:
    """Prepare a connection to this very address; certificate and SNI are those of the name."""
    from urllib3.connection import HTTPConnection, HTTPSConnection

    timeout = max(0.001, min(patience.connect_seconds, patience.left_seconds))
    if target.scheme == "http":
        return HTTPConnection(str(address), target.port, timeout=timeout)
    return HTTPSConnection(str(address), target.port, timeout=timeout, ssl_context=tls, server_hostname=target.host)


def _reply(
    connection: HTTPConnection, target: Target, headers: Mapping[str, str], patience: Patience, max_bytes: int
) -> Reply:
    connection.timeout = max(0.001, min(patience.read_seconds, patience.left_seconds))
    asked = {"Host": target.host_header, "Accept-Encoding": "identity", "Connection": "close", **headers}
    connection.request("GET", target.path, headers=asked, preload_content=False, decode_content=False)
    with closing(connection.getresponse()) as response:
        body = _body(response, target, max_bytes) if response.status == 200 else b""
    if not patience.left_seconds:  # the line was cut, which looks like the end of a body of unknown length
        raise FetchTimedOut(f"{shortened(target.url)} did not send the photo in time; make it smaller or faster")
    return Reply(response.status, response.reason or "", response.headers, body)


def _body(response: BaseHTTPResponse, target: Target, max_bytes: int) -> bytes:
    too_large = ResponseTooLarge(
        f"{shortened(target.url)} sends more than {max_bytes / 1024**2:.4g} MiB; link to a smaller version of the photo"
    )
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared[:20]) > max_bytes:
        raise too_large
    received = bytearray()
    for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
        received += chunk
        if len(received) > max_bytes:
            raise too_large
    unpacked = _unpacked(bytes(received), response.headers.get("Content-Encoding", ""), target, max_bytes)
    if len(unpacked) > max_bytes:
        raise too_large
    return unpacked


def _unpacked(body: bytes, encoding: str, target: Target, max_bytes: int) -> bytes:
    """Undo a Content-Encoding nobody asked for, but only as far as one byte above the limit."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity") or media_type(body).startswith("image/"):
        return body
    if encoding not in _PACKED:
        raise NotAnImage(f"{shortened(target.url)} is sent with Content-Encoding {encoding[:20]!r}; send it without")
    window = zlib.MAX_WBITS | 32 if body[:1] in (b"\x1f", b"\x78") else -zlib.MAX_WBITS
    try:
        unpacked = zlib.decompressobj(window).decompress(body, max_bytes + 1)
    except zlib.error:
        unpacked = b""
    if not unpacked:
        raise NotAnImage(f"{shortened(target.url)} is sent as {encoding}, but is not; send it without")
    return unpacked


def _explained(target: Target, patience: Patience, error: Exception | None) -> FetchError:
    """Return what an error of the network means to the person who gave the address."""
    from urllib3.exceptions import NewConnectionError, TimeoutError

    where = shortened(target.url)
    if patience.left_seconds and isinstance(error, NewConnectionError):  # which is a TimeoutError by descent
        return HostUnreachable(f"{where} cannot be reached; see that its host is up")
    if not patience.left_seconds or isinstance(error, (TimeoutError, socket.timeout)):
        return FetchTimedOut(f"{where} did not answer in time; see that its host is up and fast")
    if isinstance(error, ssl.SSLCertVerificationError):
        return HostUnreachable(f"{where} has no certificate that is valid for {target.host}; mend it, or link to http")
    return HostUnreachable(
        f"{where} broke off, or does not speak {target.scheme.upper()}; see that its host is in order"
    )


class _Cutter:
    """Cuts the line of a connection when patience has run out, whatever the other side is doing to keep it open."""

    def __init__(self, connection: HTTPConnection, patience: Patience) -> None:
        self.line: socket.socket | None = None
        self._connection = connection
        self._timer = threading.Timer(patience.left_seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._connection.close()

    def _cut(self) -> None:
        line = self.line or self._connection.sock
        if line is not None:
            try:
                socket.socket.shutdown(line, socket.SHUT_RDWR)  # an SSLSocket's own would drop its state under way
            except OSError:
                return  # closed already
