"""Every stored result says under what circumstances it came about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report

RESULTS = sorted((report.ROOT / "benchmarks" / "results").glob("*.json"))


@pytest.fixture
def handed_over(tmp_path: Path) -> Path:
    path = tmp_path / "out.json"
    report.hand_over("some", {**report.milliseconds("write_", [0.1, 0.3]), "nothing": None}, {"rate": 200}, path)
    return path


def check(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    about = found["about"]
    assert isinstance(about, dict)
    assert about.keys() >= {"benchmark", "settings", "date", "commit", "machine", "versions"}, path
    assert about["machine"].keys() >= {"cpu", "cores", "memory_gib"}, path
    return found


def test_figures_come_with_their_circumstances(handed_over: Path) -> None:
    found = check(handed_over)
    assert (found["write_mean_ms"], found["write_p50_ms"], found["write_count"]) == (200.0, 200.0, 2)
    assert found["nothing"] is None


def test_durations_that_never_happened_are_none() -> None:
    assert report.milliseconds("", [])["mean_ms"] is None


def test_stored_results_have_their_circumstances() -> None:
    for path in RESULTS:
        check(path)
