"""Products that wait on disk for the rows that name them, for tables that do not keep a product's rows together.

In memory stay their keys and places only, of at most MAX_PARENTS products: some tens of megabytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from types import TracebackType

import orjson

from pipeline.feeds.said import Said

MAX_PARENTS = 200_000
MAX_DISK_BYTES = 1024**3
MAX_KEY = 120  # characters: "id:" and a number, or a SKU


class Parents:
    """Keeps what rows say under several keys. Use it in a ``with``."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by __exit__
        self._places: dict[str, tuple[int, int]] = {}
        self._kept = 0
        self._named: set[str] = set()

    def __enter__(self) -> Parents:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def keep(self, keys: Iterable[str], said: Said) -> None:
        """Keep what a row says; of several under one key the first. After MAX_PARENTS, no more are kept."""
        data = orjson.dumps([said.fields, said.custom, sorted(said.asked)])
        start = self._file.seek(0, 2)
        if self._kept >= MAX_PARENTS or start + len(data) > MAX_DISK_BYTES:
            return
        self._kept += 1
        self._file.write(data)
        for key in keys:
            if key and len(key) <= MAX_KEY:
                self._places.setdefault(key, (start, len(data)))

    def get(self, key: str) -> Said | None:
        """Return what was kept under a key."""
        place = self._places.get(key)
        if place is None:
            return None
        self._file.seek(place[0])
        fields, custom, asked = orjson.loads(self._file.read(place[1]))
        return Said(fields, custom, set(asked))

    def name(self, key: str) -> None:
        """Remember that a row names this key as its parent."""
        if len(self._named) < 2 * MAX_PARENTS and len(key) <= MAX_KEY:
            self._named.add(key)

    def named(self, key: str) -> bool:
        """Whether a row names this key as its parent."""
        return key in self._named
