"""Durations, and beside each the seconds of a core that were used: on a busy machine the two are far apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Note how long the block takes, `<name>_seconds`, and what it uses, `<name>_cpu_seconds`."""
    start, used = time.perf_counter(), time.process_time()
    yield
    figures[f"{name}_seconds"] = time.perf_counter() - start
    figures[f"{name}_cpu_seconds"] = time.process_time() - used
