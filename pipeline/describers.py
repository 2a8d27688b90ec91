"""The models of a worker process, by space: those that searches use, and another's while it is filled beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from catalog import KeptSpace
from pipeline.describe import Describer


class Describers:
    """Makes the describer of a space when it is first needed. Safe to use from many threads."""

    def __init__(self, make: Callable[[KeptSpace], Describer]) -> None:
        self._make = make
        self._made: dict[str, Describer] = {}
        self._turn = threading.Lock()

    def of(self, space: KeptSpace) -> Describer:
        """Return the describer of a space. Raises whatever is in the way of loading its models."""
        with self._turn:
            if space.id not in self._made:
                self._made[space.id] = self._make(space)
            return self._made[space.id]

    def add(self, describer: Describer) -> None:
        """Keep a describer that was made elsewhere."""
        with self._turn:
            self._made.setdefault(describer.space.id, describer)

    def keep_only(self, spaces: Collection[str]) -> None:
        """Let go of the models of all other spaces."""
        with self._turn:
            self._made = {key: one for key, one in self._made.items() if key in spaces}
