"""``vitrine models``: what there is, what it costs, and that serving starts from what was installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from embedder.fused import shipped_space
from tests.contracts.test_embedder_contract import drawn_weights
from tests.embedder import checkpoints
from tests.service.conftest import Command

ROOT = Path(__file__).parents[2]
STARTS = """
import sys
import numpy as np
from service.models import make_embedder
from service.settings import Settings
embedder = make_embedder(Settings())
print(embedder.embed([np.full((90, 60, 3), 90, np.uint8)]).shape, sorted({"torch", "timm"} & set(sys.modules)))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VITRINE_MODEL_CACHE", str(tmp_path / "networks"))
    monkeypatch.setenv("VITRINE_MODEL_THREADS", "1")
    return tmp_path / "networks"


@pytest.fixture
def fashion(tmp_path: Path) -> Path:
    return checkpoints.write(tmp_path / "fashion", checkpoints.PROJECTED, 24)


def test_what_a_space_costs_is_said(vitrine: Command, cache: Path, tmp_path: Path) -> None:
    weights = drawn_weights("test_resnet", tmp_path)
    told = vitrine("models", "try", "test_resnet", "--weights", str(weights))
    assert told.exit_code == 0, told.output
    lines = dict(line.split(maxsplit=1) for line in told.output.splitlines())
    assert lines["space"].startswith("test_resnet@gem-")
    megabytes = float(re.match(r"([0-9.]+) MB on the disk", lines["size"])[1])
    assert megabytes == pytest.approx(sum(path.stat().st_size for path in cache.glob("*/*")) / 1e6, abs=0.06)
    dimensions = int(lines["dimensions"])
    assert lines["index"].startswith(f"{dimensions * 2:,} bytes a vector; {dimensions * 3:,} in a store of 20,000")
    assert re.fullmatch(r"[0-9.]+ ms alone, [0-9.]+ ms in a batch of 8; medians", lines["crop"])
    assert re.fullmatch(r"[0-9.]+ s; [0-9.]+ s the first time", lines["load"])


def test_torch_says_what_it_costs_too(vitrine: Command, fashion: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_RUNTIME", "torch")
    told = vitrine("models", "try", str(fashion))
    assert told.exit_code == 0, told.output
    assert "MB in memory" in told.output and "fashion@" in told.output
    assert "only for OpenVINO" in vitrine("models", "install", str(fashion)).output


def test_serving_starts_without_torch_from_what_was_installed(vitrine: Command, cache: Path, fashion: Path) -> None:
    assert "fashion" not in vitrine("models", "list").output
    installed = vitrine("models", "install", str(fashion))
    assert installed.exit_code == 0, installed.output
    assert "yolov8n" in installed.output and "fashion@" in installed.output
    listed = vitrine("models", "list").output
    assert shipped_space() in listed and str(cache) in listed
    assert re.search(r"MB  fashion$", listed, re.M) and "yolov8n" in listed
    before = sorted(cache.rglob("*"))
    started = subprocess.run(
        [sys.executable, "-c", STARTS], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
        env=os.environ | {"VITRINE_EMBEDDER_MODEL": str(fashion)},
    )  # fmt: skip
    assert started.stdout.strip() == "(1, 24) []", started.stderr[-2000:]
    assert sorted(cache.rglob("*")) == before
    assert all(place.stat().st_mode & 0o005 == 0o005 for place in cache.iterdir() if place.is_dir())


def test_models_of_timm_are_listed_by_a_part_of_their_name(vitrine: Command) -> None:
    listed = vitrine("models", "list", "test_vit").output
    assert "test_vit3.r160_in1k\n" in listed and "test_vit4  (needs --weights)" in listed
    unknown = vitrine("models", "list", "no_such_model")
    assert (unknown.exit_code, "timm knows no model like 'no_such_model'" in unknown.output) == (1, True)


def test_mistakes_are_told_with_what_to_do(
    vitrine: Command, fashion: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*arguments: str) -> str:
        result = vitrine("models", *arguments)
        assert result.exit_code == 1, result.output
        return result.output

    monkeypatch.setenv("VITRINE_RUNTIME", "torch")
    weights = str(drawn_weights("test_resnet", tmp_path))
    assert "did you mean" in told("try", "test_resnett", "--weights", weights)
    assert "does not fit the model" in told("try", "test_vit", "--weights", weights)
    assert "VITRINE_ALLOW_DOWNLOAD=true" in told("try", "test_resnet")
    assert "give its name, too" in told("try", "--weights", weights)
    (fashion / "open_clip_config.json").unlink()
    assert "open_clip_config.json is missing" in told("try", str(fashion))
    monkeypatch.setenv("VITRINE_DEVICE", "cuda:99")
    assert "VITRINE_DEVICE" in told("try", "test_resnet", "--weights", weights)


def test_weights_without_the_name_of_their_model_are_refused(
    vitrine: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_EMBEDDER_WEIGHTS", str(drawn_weights("test_resnet", tmp_path)))
    told = vitrine("doctor")
    assert told.exit_code == 1
    assert "VITRINE_EMBEDDER_WEIGHTS" in told.output and "VITRINE_EMBEDDER_MODEL" in told.output
