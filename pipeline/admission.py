"""How many searches work at once, how many wait, and who is sent away: early and plainly, rather than late.

A machine of two cores answers sixteen searches no sooner by beginning all of them. They take turns, first come first
served; a search that cannot be answered in time, or whose client has left, costs no model anything.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.25  # how often a search that waits looks whether its client is still there


class Overloaded(Exception):
    """Too many searches wait already, or this one waited too long; to be asked again later."""


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


class Turn:
    """A search's turn at the models."""

    def __init__(self, hand_on: Callable[[], None]) -> None:
        self._hand_on = hand_on
        self._ended = False

    def end(self) -> None:
        """Hand the turn on: what is left to do needs no model. To be called by the thread that holds it."""
        if not self._ended:
            self._ended = True
            self._hand_on()


class Admission:
    """Lets `at_once` searches work and `most_waiting` wait for `seconds` at most. Safe to use from many threads."""

    def __init__(self, at_once: int, most_waiting: int, seconds: float) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many searches wait at this moment."""
        return len(self._waiting)

    @contextmanager
    def turn(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[Turn]:
        """Wait for a turn and hold it; it may be ended early. `is_wanted` says whether the client is still there.

        Raises Overloaded or ClientLeft.
        """
        self._enter(is_wanted)
        turn = Turn(self._hand_on)
        try:
            yield turn
        finally:
            turn.end()

    def _enter(self, is_wanted: Callable[[], bool]) -> None:
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            if len(self._waiting) >= self._most_waiting:
                raise Overloaded("too many searches are under way; ask again in a moment")
            mine = threading.Event()
            self._waiting.append(mine)
        end = time.monotonic() + self._seconds
        while not mine.wait(min(LOOK_SECONDS, max(0.0, end - time.monotonic()))):
            if not is_wanted():
                self._leave(mine)
                raise ClientLeft("the client left before its search began")
            if time.monotonic() >= end:
                self._leave(mine)
                raise Overloaded(f"the search waited {self._seconds:g} s for its turn; ask again in a moment")

    def _leave(self, mine: threading.Event) -> None:
        """Wait no more; a turn that came meanwhile is handed on."""
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                return
        self._hand_on()

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
