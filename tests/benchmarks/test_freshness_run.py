"""A short freshness run on a small store: every write that is looked for shows, and no deleted product does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.report import ROOT

ARGUMENTS = ("--products", "200", "--rate", "40", "--seconds", "4", "--photos", "0", "--mix", "40:30:30")


def test_writes_show_and_deleted_products_do_not(tmp_path: Path) -> None:
    out = tmp_path / "freshness.json"
    subprocess.run([sys.executable, "-m", "benchmarks.freshness", *ARGUMENTS, "--json", str(out)], cwd=ROOT, check=True)
    figures = json.loads(out.read_text())
    assert (figures["ghosts"], figures["never_shown"], figures["failed_writes"]) == (0, 0, 0)
    assert all(figures[f"{kind}_count"] for kind in ("update", "relist", "delete"))
    assert figures["write_count"] == 160
