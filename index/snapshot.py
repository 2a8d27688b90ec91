"""Snapshots on disk: a folder of array files and a manifest with the SHA-256 of each; the newest is named by `current`.

    folder/current            the name of the newest snapshot, replaced in one step when that is complete
    folder/<name>/manifest.json, *.arrays

A file whose content did not change since the last snapshot is linked, not written again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import array_file
from index.protocol import UnusableSnapshot
from index.texts import Arrays
from runtime.disk import reach_disk

FORMAT = "vitrine-index/3"
CURRENT, MANIFEST, LOCK = "current", "manifest.json", "lock"
READERS = 4  # files whose SHA-256 is taken at once


@dataclass(frozen=True, slots=True)
class Written:
    """What is known of a file that was written or read: the revision of its part, and its SHA-256."""

    revision: int
    sha256: str


class SnapshotWriter:
    """A snapshot in the making; nobody sees it before `commit`."""

    def __init__(self, folder: Path, known: dict[str, Written]) -> None:
        self.written: dict[str, Written] = {}
        self._committed = False
        self._folder = folder
        self._known = known
        self._before = _current(folder)
        self._before_files = _files_before(self._before)
        self._making = Path(tempfile.mkdtemp(dir=folder, prefix="snapshot-"))

    def holds(self, file: str, revision: int) -> bool:
        """Whether this snapshot, or the last one in this folder, holds this very content."""
        if file in self.written:
            return self.written[file].revision == revision
        known = self._known.get(file)
        return known is not None and known.revision == revision and self._before_files.get(file) == known.sha256

    def keep(self, file: str) -> None:
        """Take a file over from the last snapshot, unless it was written anew."""
        if file in self.written:
            return
        assert self._before is not None
        try:
            os.link(self._before / file, self._making / file)
        except OSError:  # a file system without links
            shutil.copyfile(self._before / file, self._making / file)
        self.written[file] = self._known[file]

    def save(self, file: str, revision: int, arrays: Arrays) -> None:
        """Write a file."""
        path = self._making / file
        with path.open("wb") as out:
            array_file.write(out, arrays)
            out.flush()
            os.fsync(out.fileno())
        self.written[file] = Written(revision, _sha256(path))

    def commit(self, checkpoint: int, partitions: list[dict[str, Any]]) -> None:
        """Make this the newest snapshot and remove what it replaces."""
        manifest = {
            "format": FORMAT,
            "checkpoint": checkpoint,
            "partitions": partitions,
            "files": {file: written.sha256 for file, written in self.written.items()},
        }
        _write(self._making / MANIFEST, json.dumps({**manifest, "sha256": _digest(manifest)}, indent=1))
        reach_disk(self._making)
        pointer = self._making.with_suffix(".current")
        _write(pointer, self._making.name)
        pointer.replace(self._folder / CURRENT)
        self._committed = True
        reach_disk(self._folder)
        for other in self._folder.glob("snapshot-*"):
            if other.is_dir() and other != self._making:
                shutil.rmtree(other, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was written, after a failure; a snapshot that is the newest already stays."""
        if self._committed:
            return
        shutil.rmtree(self._making, ignore_errors=True)
        self._making.with_suffix(".current").unlink(missing_ok=True)


class SnapshotReader:
    """A snapshot whose every file was held against the manifest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        manifest = _manifest(path)
        self.checkpoint: int = manifest["checkpoint"]
        self.partitions: list[dict[str, Any]] = manifest["partitions"]
        self.files: dict[str, str] = manifest["files"]
        with ThreadPoolExecutor(READERS) as readers:
            for file, found in zip(self.files, readers.map(_sha256, [path / file for file in self.files]), strict=True):
                if found != self.files[file]:
                    raise UnusableSnapshot(f"{path / file} is damaged: its SHA-256 is not the manifest's")

    def load(self, file: str) -> Arrays:
        """Return the arrays of a file, not to be written to."""
        if file not in self.files:
            raise UnusableSnapshot(f"{file} is not in the manifest of {self._path}")
        return array_file.read(self._path / file)


@contextmanager
def writing(folder: Path, known: dict[str, Written]) -> Iterator[SnapshotWriter]:
    """Hold the folder against other writers and make a snapshot in it; on a failure the old one stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer = SnapshotWriter(folder, known)
        try:
            yield writer
        except BaseException:
            writer.discard()
            raise


@contextmanager
def reading(folder: Path) -> Iterator[SnapshotReader | None]:
    """Open the newest snapshot; None where the folder holds none. Raises UnusableSnapshot if it cannot be trusted."""
    if not (folder / CURRENT).exists():
        yield None
        return
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # so that no writer removes it meanwhile
        path = _current(folder)
        if path is None:
            raise UnusableSnapshot(f"{folder / CURRENT} names no snapshot; it is to be built anew")
        try:
            yield SnapshotReader(path)
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise UnusableSnapshot(f"the snapshot in {path} cannot be read: {error}") from error


def _current(folder: Path) -> Path | None:
    try:
        name = (folder / CURRENT).read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return folder / name if name and (folder / name).is_dir() and Path(name).name == name else None


def _files_before(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        files: dict[str, str] = _manifest(path)["files"]
    except (UnusableSnapshot, OSError):
        return {}
    return files


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text())
        said = manifest.pop("sha256")
    except (ValueError, KeyError, AttributeError) as error:
        raise UnusableSnapshot(f"{path / MANIFEST} is damaged: {error}") from error
    if manifest.get("format") != FORMAT:
        raise UnusableSnapshot(f"{path} has format {manifest.get('format')!r}, this version reads {FORMAT!r}")
    if said != _digest(manifest):
        raise UnusableSnapshot(f"{path / MANIFEST} is damaged: its SHA-256 is not what it says")
    checked: dict[str, Any] = manifest
    return checked


def _digest(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
