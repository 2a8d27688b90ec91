"""Small pictures of images, made when they are first asked for and kept while memory allows.

A page of hits asks for its pictures at once, and shoppers ask for the same ones; the photos themselves never change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from pipeline.photo import PhotoLimits, decode, thumbnail

MAX_BYTES = 64 * 1024 * 1024


class Thumbnails:
    """At most `max_bytes` of JPEGs, those asked for longest ago forgotten first. Safe to use from many threads."""

    def __init__(self, limits: PhotoLimits, max_bytes: int = MAX_BYTES) -> None:
        self._limits = limits
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, image_id: str, side: int, read: Callable[[], bytes]) -> bytes:
        """Return the JPEG of an image, `side` pixels at most; `read` gives the photo if it must be made."""
        key = image_id, side
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = thumbnail(decode(read(), self._limits, max_side=2 * side).pixels, side)
        with self._lock:
            self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, int], made: bytes) -> None:
        if key not in self._kept:
            self._bytes += len(made)
        self._kept[key] = made
        while self._bytes > self._max_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= len(forgotten)
