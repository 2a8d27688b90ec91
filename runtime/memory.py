"""Memory given back to the system, which the C library would keep for later."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give back what was freed. After large passing arrays the C library keeps as much again as is in use."""
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)
