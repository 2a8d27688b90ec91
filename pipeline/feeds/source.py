"""The bytes of a feed: unpacked if it is gzip, by its first bytes and not by its name, and never more than a limit."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.feeds.records import UnreadableFeed

CHUNK_BYTES = 256 * 1024
_GZIP = b"\x1f\x8b"


class Source:
    """A feed's file, opened as often as it is needed. `name` is what messages call it."""

    def __init__(self, path: Path, name: str, limit_bytes: int) -> None:
        self.name = name
        self._path = path
        self._limit_bytes = limit_bytes

    def open(self) -> io.BufferedReader:
        """Return the unpacked bytes. Reading raises UnreadableFeed for damage and for more than the limit."""
        file = self._path.open("rb")
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
        return io.BufferedReader(_Bounded(unpacked, file, self.name, self._limit_bytes), CHUNK_BYTES)

    def head(self, size: int = CHUNK_BYTES) -> bytes:
        """Return the first bytes, at most `size`."""
        with self.open() as file:
            return file.read(size)

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes, in order."""
        with self.open() as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


class _Bounded(io.RawIOBase):
    def __init__(self, unpacked: BinaryIO, file: BinaryIO, name: str, limit_bytes: int) -> None:
        self._unpacked = unpacked
        self._file = file
        self._name = name
        self._limit_bytes = limit_bytes
        self._left_bytes = limit_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a memoryview is all we get
        try:
            data = self._unpacked.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"{self._name}: the gzip file is damaged or cut off ({error}); upload it again"
            raise UnreadableFeed(message) from None
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise UnreadableFeed(f"{self._name} unpacks to more than {self._limit_bytes:,} bytes; split it")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
