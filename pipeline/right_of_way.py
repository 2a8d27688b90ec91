"""Searches go first: what can wait a moment gives way while one is under way.

On a machine of two cores a search uses both of them. The follower of the log, in the same process, takes its turn
between searches, and where there is no gap, after a short while: so a change is not held up for long.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RightOfWay:
    """Knows whether a search is under way. Safe to use from many threads."""

    def __init__(self) -> None:
        self._searches = 0
        self._pressed = 0
        self._changed = threading.Condition()

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Go first."""
        with self._changed:
            self._searches += 1
        try:
            yield
        finally:
            with self._changed:
                self._searches -= 1
                self._changed.notify_all()

    @contextmanager
    def pressing(self) -> Iterator[None]:
        """Say that somebody waits for those who give way: they do not give way meanwhile."""
        with self._changed:
            self._pressed += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._pressed -= 1

    def give_way(self, seconds: float) -> None:
        """Wait until no search is under way or somebody presses, no longer than that."""
        with self._changed:
            self._changed.wait_for(lambda: not self._searches or self._pressed, seconds)
