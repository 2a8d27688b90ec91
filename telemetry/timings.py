"""A stopwatch for the stages of one request: what an answer reports and what the histograms collect."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Histogram

from telemetry.metrics import SEARCH_STAGE_SECONDS


class Timings:
    """Seconds spent per stage. One per request and thread; a stage that runs twice adds up.

    `histogram` carries a label ``stage`` and observes every stage as it ends, a failed one too.
    """

    def __init__(
        self, histogram: Histogram = SEARCH_STAGE_SECONDS, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._histogram = histogram
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside the ``with`` block under this name."""
        started = self._clock()
        try:
            yield
        finally:
            self.add(name, self._clock() - started)

    def add(self, name: str, seconds: float) -> None:
        """Note a stage that was timed elsewhere, for example by a batch that served several requests."""
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds
        self._histogram.labels(stage=name).observe(seconds)

    @property
    def milliseconds(self) -> dict[str, float]:
        """Milliseconds per stage, in the order the stages first ended, rounded to a hundredth."""
        return {name: round(seconds * 1000, 2) for name, seconds in self._seconds.items()}
