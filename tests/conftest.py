"""The order of the tests, and what their processes share."""

from __future__ import annotations

from pathlib import Path

import pytest

WAITING = ("workers", "service", "benchmarks", "page", "runtime")  # folders whose tests mostly wait for processes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, so that at the end no process waits for another.

    A file's tests run in one process, which sets up once what they share.
    """
    items.sort(key=lambda item: item.path.parent.name not in WAITING)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where networks are exported to that any test may use: each once, whatever process asks first."""
    own = tmp_path_factory.getbasetemp()
    return (own if worker_id == "master" else own.parent) / "networks"
