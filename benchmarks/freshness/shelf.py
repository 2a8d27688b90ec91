"""Which products are listed, which are gone, and which of them somebody is busy with."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import Literal

from benchmarks import made_up

Kind = Literal["update", "relist", "delete"]
KINDS: tuple[Kind, ...] = ("update", "relist", "delete")


class Shelf:
    """Hands out products to write to, each to one writer at a time. Safe to use from many threads."""

    def __init__(self, image_ids: Sequence[str], weights: Sequence[float], seed: int) -> None:
        self._image_ids = image_ids
        self._weights = weights
        self._random = random.Random(seed)
        self._listed = list(range(len(image_ids)))
        self._gone: list[int] = []
        self._next = len(image_ids)
        self._lock = threading.Lock()

    def take(self) -> tuple[Kind, int]:
        """Return what to do, and the number of the product to do it to; nobody else gets it until it is put back.

        Where none is gone, a product that is new lists the photo of another one: to the catalog that is the same.
        """
        with self._lock:
            kind = self._random.choices(KINDS, self._weights)[0]
            if kind == "relist":
                return kind, self._gone.pop(self._random.randrange(len(self._gone))) if self._gone else self._new()
            place = self._random.randrange(len(self._listed))
            self._listed[place], self._listed[-1] = self._listed[-1], self._listed[place]
            return kind, self._listed.pop()

    def put_back(self, number: int, *, listed: bool) -> None:
        """Say how the product stands now that nobody is busy with it."""
        with self._lock:
            (self._listed if listed else self._gone).append(number)

    def fields(self, number: int) -> dict[str, object]:
        """Return what to list a product with."""
        return made_up.fields(number, self._image_ids[number % len(self._image_ids)])

    def _new(self) -> int:
        self._next += 1
        return self._next - 1
