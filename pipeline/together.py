"""Single writes that come at the same time share a transaction: the database flushes once for all of them.

Whoever comes first writes for everybody who waits; who comes meanwhile waits for the next turn. Under light load a
write goes alone and at once (DeWitt et al., "Implementation Techniques for Main Memory Database Systems", 1984, called
it group commit).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from catalog import CatalogError, Edit, Receipt

Outcome = Receipt | CatalogError | ValidationError


@dataclass(slots=True)
class _Waiting:
    """A write whose turn has not come, or what became of it."""

    store: str
    edit: Edit
    outcome: Outcome | BaseException | None = None


class Together:
    """Writes of one process. `apply` writes the edits of one store in one transaction, each for itself."""

    def __init__(self, apply: Callable[[str, Sequence[Edit]], Sequence[Outcome]]) -> None:
        self._apply = apply
        self._turn = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._writing = False

    def write(self, store: str, edit: Edit) -> Receipt:
        """Write one edit, durable when this returns. Raises why it changed nothing."""
        mine, taken = _Waiting(store, edit), list[_Waiting]()
        with self._turn:
            self._waiting.append(mine)
            self._turn.wait_for(lambda: mine.outcome is not None or not self._writing)
            if mine.outcome is None:
                self._writing, taken, self._waiting = True, self._waiting, []
        if taken:
            self._write(taken)
        if isinstance(mine.outcome, Receipt):
            return mine.outcome
        raise mine.outcome or RuntimeError("a write was neither done nor refused")

    def _write(self, taken: list[_Waiting]) -> None:
        try:
            for store in dict.fromkeys(one.store for one in taken):
                self._write_store(store, [one for one in taken if one.store == store])
        finally:
            with self._turn:
                self._writing = False
                self._turn.notify_all()

    def _write_store(self, store: str, writes: list[_Waiting]) -> None:
        """Write those of one store; where that is not possible, every one of them learns why."""
        outcomes: Sequence[Outcome | BaseException]
        try:
            outcomes = self._apply(store, [one.edit for one in writes])
        except BaseException as error:
            outcomes = [error] * len(writes)
        for one, outcome in zip(writes, outcomes, strict=True):
            one.outcome = outcome
