"""A short chaos run: what was acknowledged outlives kills of every process and faults of every server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.chaos.__main__ import PROMISES, main

ARGUMENTS = ("--moments", "2", "--pairs", "100", "--redis-pause", "2", "--rate", "40", "--quiet", "120",
             "--without-host", "never")  # fmt: skip


def test_every_promise_holds_while_processes_are_killed_and_servers_fail(tmp_path: Path) -> None:
    out = tmp_path / "chaos.json"
    with pytest.raises(SystemExit) as ended:
        main([*ARGUMENTS, "--json", str(out)])
    figures = json.loads(out.read_text())
    assert {name: figures[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0)
    assert ended.value.code == 0
    assert (figures["pairs"], figures["redis_stopped"], figures["postgres_crashed"]) == (100, 1, 1)
    assert figures["acknowledged"] > 200
