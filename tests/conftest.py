"""The order of the tests."""

from __future__ import annotations

import pytest

WAITING = ("workers", "service", "benchmarks", "page", "runtime")  # folders whose tests mostly wait for processes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, so that at the end no process waits for another."""
    items.sort(key=lambda item: item.path.parent.name not in WAITING)
