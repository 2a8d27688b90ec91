"""What was seen of photos lately, so that the next page, another filter or a second look cost no model.

A shopper sends the same photo again and again: for every page, every filter, every garment. What is kept are regions
and vectors, in memory, of the last few thousand looks; never a pixel.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

MOST = 2_000  # looks; 10 kB each

T = TypeVar("T")


class Seen(Generic[T]):
    """What came of the last `most` looks. Safe to use from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: LRUCache[Hashable, T] = LRUCache(most)
        self._lock = threading.Lock()

    def recall(self, look: Hashable) -> T | None:
        """Return what was seen, None if that was never, or too long ago."""
        with self._lock:
            found: T | None = self._kept.get(look)
            return found

    def keep(self, look: Hashable, seen: T) -> None:
        """Remember; what was not asked for longest makes room."""
        with self._lock:
            self._kept[look] = seen
