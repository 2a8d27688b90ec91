"""The folder where feeds lie while their jobs need them. A file appears whole or not at all."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Set
from pathlib import Path
from typing import IO

from catalog import ReceivedFile
from pipeline.download import CHUNK_BYTES, Downloaded, Sink

PART = ".part"
ABANDONED_SECONDS = 86_400.0


class FeedFiles:
    """Files of feeds, each under a name made here: what a merchant calls it never reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Return where the file of that name lies."""
        return self._folder / name

    def part(self) -> Path:
        """Return a new place for a file that is on its way."""
        return self._folder / f"{secrets.token_hex(16)}{PART}"

    def keep(self, part: Path, found: Downloaded) -> ReceivedFile:
        """Make a part that came whole a file."""
        whole = part.with_suffix("")
        part.rename(whole)
        return ReceivedFile(
            whole.name, found.size_bytes, found.sha256, found.known.etag, found.known.last_modified
        )  # fmt: skip

    def take(self, stream: IO[bytes]) -> ReceivedFile:
        """Write a stream down. Raises what the stream raises, and DiskFull; nothing is left then."""
        part, size, digest = self.part(), 0, hashlib.sha256()
        try:
            with Sink(part) as sink:
                while chunk := stream.read(CHUNK_BYTES):
                    size += len(chunk)
                    digest.update(chunk)
                    sink.write(chunk)
            whole = part.with_suffix("")
            part.rename(whole)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return ReceivedFile(whole.name, size, digest.hexdigest())

    def remove(self, name: str | None) -> None:
        """Remove a file that is not needed any more."""
        if name:
            self.path(name).unlink(missing_ok=True)

    def sweep(self, needed: Set[str]) -> int:
        """Remove what was left by processes that died, once it is a day old; return how many files."""
        before = time.time() - ABANDONED_SECONDS
        left = [one for one in self._folder.glob("*") if one.name not in needed and one.stat().st_mtime < before]
        for one in left:
            one.unlink(missing_ok=True)
        return len(left)
