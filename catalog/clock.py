"""The clock that the catalog is given, so that tests and replays can hold it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware of its zone."""
    return datetime.now(UTC)
