"""A lock for many readers or one writer, fair to both: searches go together, a write waits for them and goes alone.

A waiting writer holds back new readers; when it is done, the readers that waited go before the next writer. So
neither a stream of searches nor a stream of writes can keep the other out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ReadWriteLock:
    """Not reentrant: a thread that holds it must not ask for it again."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._reading = 0
        self._writing = False
        self._readers_waiting = 0
        self._writers_waiting = 0
        self._readers_first = 0  # readers who may still enter before the next writer

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Share the lock with other readers."""
        with self._turn:
            self._readers_waiting += 1
            self._turn.wait_for(self._may_read)
            self._readers_waiting -= 1
            self._readers_first = max(0, self._readers_first - 1)
            self._reading += 1
        try:
            yield
        finally:
            with self._turn:
                self._reading -= 1
                if self._reading == 0:
                    self._turn.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock alone."""
        with self._turn:
            self._writers_waiting += 1
            self._turn.wait_for(self._may_write)
            self._writers_waiting -= 1
            self._writing = True
        try:
            yield
        finally:
            with self._turn:
                self._writing = False
                self._readers_first = self._readers_waiting
                self._turn.notify_all()

    def _may_read(self) -> bool:
        return not self._writing and (self._writers_waiting == 0 or self._readers_first > 0)

    def _may_write(self) -> bool:
        return not self._writing and self._reading == 0 and self._readers_first == 0
