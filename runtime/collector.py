"""Python's cycle collector, told to look seldom: our records hold no cycles, and it would walk all of them again and
again while batches of thousands are made. Without it a change took 36 us of CPU instead of 47 in the follower."""

from __future__ import annotations

import gc

ALLOCATIONS = 100_000  # between two looks at the youngest objects; by default 700


def look_seldom() -> None:
    """Let the collector look seldom, and never again at what is loaded by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 100)
