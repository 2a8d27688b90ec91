"""The order of the tests, and what their processes share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

WAITING = ("workers", "service", "benchmarks", "page", "runtime")  # folders whose tests mostly wait for processes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, so that at the end no process waits for another."""
    items.sort(key=lambda item: item.path.parent.name not in WAITING)


@pytest.fixture(scope="session", autouse=True)
def networks(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where networks are exported to that any test may use: each once a run, whatever process asks first."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "networks"
    os.environ["VITRINE_MODEL_CACHE"] = str(folder)  # for the servers and commands that tests start, too
    return folder
