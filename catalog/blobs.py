"""Photo bytes on disk, by the SHA-256 of the bytes: written whole or not at all, and never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from catalog.errors import BadImage, CatalogUnavailable, UnknownImage
from runtime.disk import reach_disk

_ID = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """A folder of photos, in sub-folders by the first two letters of their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, image_id: str, data: bytes) -> None:
        """Keep `data`, durable when this returns; harmless if it is there.

        Raises BadImage if the id is another's, CatalogUnavailable if the disk will not take it.
        """
        if hashlib.sha256(data).hexdigest() != image_id:
            raise BadImage(f"the bytes given are not those of image {image_id[:80]!r}")
        path = self._path(image_id)
        if path.exists():
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, data)
        except OSError as error:
            raise CatalogUnavailable(f"a photo could not be written to disk: {error.strerror}") from error

    def has(self, image_id: str) -> bool:
        """Whether the bytes of a photo are kept."""
        return self._path(image_id).exists()

    def remove(self, image_id: str) -> None:
        """Keep a photo no longer; harmless if it is not there. Raises CatalogUnavailable if the disk refuses."""
        try:
            self._path(image_id).unlink(missing_ok=True)
        except OSError as error:
            raise CatalogUnavailable(f"a photo could not be removed from disk: {error.strerror}") from error

    def read(self, image_id: str) -> bytes:
        """Return the bytes of a photo. Raises UnknownImage, CatalogUnavailable."""
        try:
            return self._path(image_id).read_bytes()
        except FileNotFoundError:
            raise UnknownImage(f"no image {image_id!r} is kept here") from None
        except OSError as error:
            raise CatalogUnavailable(f"a photo could not be read from disk: {error.strerror}") from error

    def _path(self, image_id: str) -> Path:
        if not _ID.fullmatch(image_id):
            raise UnknownImage(f"{image_id[:80]!r} is not the id of an image: 64 hexadecimal digits")
        return self._folder / image_id[:2] / image_id


def _write_whole(path: Path, data: bytes) -> None:
    """Write beside and rename, so that a reader or a crash never meets half a file."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    reach_disk(path.parent)
