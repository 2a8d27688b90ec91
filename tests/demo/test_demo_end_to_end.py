"""`make demo` as a new user runs it, with fewer products: rendered, imported, served, searched, photographed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

SKUS = 12


def test_demo_answers_every_photo_and_leaves_a_picture_of_each_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--skus", str(SKUS), "--out", str(tmp_path)]
    run = subprocess.run(command, check=False, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "known garments are among the first" in run.stdout
    scenes = sorted(path.stem for path in (tmp_path / "pictures").glob("street-*.png"))
    assert scenes == ["street-1", "street-2", "street-3", "street-4"]
    with Image.open(tmp_path / "pictures" / "bus.png") as people:
        assert people.size == (1280, 900)
