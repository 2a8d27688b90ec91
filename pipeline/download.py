"""Downloads feeds to disk: as large as allowed, streamed, and only if they have changed since the last time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pipeline.addresses import Target, read_target
from pipeline.fetch_errors import BadStatus, FetchError, ResponseTooLarge, TooManyRedirects, shortened
from pipeline.outgoing import Outgoing, Waiting

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

MAX_REDIRECTS = 5
CHUNK_BYTES = 256 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING_STATUSES = (408, 425, 429)  # and all from 500 on: the same request may succeed later
_NOT_MODIFIED = 304
_UNPACKED_LATER = ("", "identity", "gzip", "x-gzip")  # a reader of feeds knows gzip by its first bytes


class DiskFull(FetchError):
    """The file cannot be written here; the other side is not at fault."""

    permanent = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the file that was downloaded last, to ask for another one only."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the conditions of a request."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that came whole: its size, its SHA-256, and what to ask with the next time."""

    size_bytes: int
    sha256: str
    known: Known


class Downloader:
    """Downloads files of at most `max_bytes`, each within the time of `waiting`."""

    def __init__(self, outgoing: Outgoing, max_bytes: int, waiting: Waiting) -> None:
        self._outgoing = outgoing
        self._max_bytes = max_bytes
        self._waiting = waiting

    def download(
        self, url: str, to: Path, known: Known, received: Callable[[int, int | None], None]
    ) -> Downloaded | None:
        """Write what is at `url` to the file `to`; return None if it is what is known. Raises FetchError.

        `received` is called with the bytes so far, and how many they will be if that was said.
        """
        patience = self._waiting.patience()
        target = read_target(url)
        for _ in range(MAX_REDIRECTS + 1):
            headers = {"Accept": "*/*", **known.headers()}
            with self._outgoing.ask("GET", target, headers, patience) as response:
                if response.status not in _REDIRECTS:
                    return self._take(response, target, to, received)
                target = redirected(target, response)
        raise TooManyRedirects(f"{shortened(url)} redirects more than {MAX_REDIRECTS} times; give the last address")

    def _take(
        self, response: BaseHTTPResponse, target: Target, to: Path, received: Callable[[int, int | None], None]
    ) -> Downloaded | None:
        if response.status == _NOT_MODIFIED:
            return None
        _check(response, target)
        told = response.headers.get("Content-Length", "")
        total = int(told[:20]) if told.isdecimal() else None
        size, digest = 0, hashlib.sha256()
        with Sink(to) as sink:
            for chunk in response.stream(CHUNK_BYTES, decode_content=False):
                size += len(chunk)
                if max(size, total or 0) > self._max_bytes:
                    raise ResponseTooLarge(f"{shortened(target.url)} has more than {self._max_bytes:,} bytes; split it")
                digest.update(chunk)
                sink.write(chunk)
                received(size, total)
        headers = response.headers
        return Downloaded(size, digest.hexdigest(), Known(headers.get("ETag"), headers.get("Last-Modified")))


class Sink:
    """A file being written, whose faults are told apart from those of the network. Raises DiskFull."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Sink:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb")
        except OSError as error:
            raise self._full(error) from error
        return self

    def write(self, data: bytes) -> None:
        """Append bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._full(error) from error

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> DiskFull:
        return DiskFull(f"the feed cannot be kept on our disk ({error.strerror}); it is tried again")


def redirected(target: Target, response: BaseHTTPResponse) -> Target:
    """Return where a response sends us, to be checked like any other. Raises BadStatus, BadAddress."""
    location = response.headers.get("Location")
    if not location:
        raise _refused(response, target, "it redirects without saying where to; give the feed's own address")
    return read_target(urljoin(target.url, location.encode("latin-1", "replace").decode("utf-8", "replace")))


def _check(response: BaseHTTPResponse, target: Target) -> None:
    if response.status != 200:
        raise _refused(response, target, "see that the feed opens without a login")
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if packed not in _UNPACKED_LATER:
        raise _refused(response, target, f"it is sent with Content-Encoding {packed[:20]!r}; send it without, or gzip")


def _refused(response: BaseHTTPResponse, target: Target, what_to_do: str) -> BadStatus:
    told = response.headers.get("Retry-After", "")
    return BadStatus(
        f"{shortened(target.url)} answers {response.status} {(response.reason or '')[:40]}".rstrip()
        + f"; {what_to_do}",
        status=response.status,
        permanent=response.status < 500 and response.status not in _PASSING_STATUSES,
        retry_after_seconds=float(told[:6]) if told.isdecimal() else None,
    )
