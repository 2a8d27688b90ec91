"""Networks as OpenVINO runs them: exported once, whole or not at all, and the same to the eye as torch's."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import Photo, YoloDetector
from detector.network import stay_at_home
from detector.prominence import overlap
from embedder.fused import FusedEmbedder
from pipeline.describe import crop
from runtime.compiled import CompiledRuntime, ExportFailed, exported
from runtime.eager import EagerRuntime, NoSuchDevice
from runtime.installed import format_now
from runtime.network import Recipe

ROOT = Path(__file__).parents[2]
SERVES_WITHOUT = """
import sys
import numpy as np
from service.models import make_describer
from service.settings import Settings
make_describer(Settings()).describe([np.full((200, 160, 3), 90, np.uint8)])
print(sorted({"torch", "torchvision", "timm", "ultralytics"} & set(sys.modules)))
"""

COMES_AND_GOES = """
import os, signal, sys, threading
from pathlib import Path
from runtime.compiled import CompiledRuntime
signal.signal(signal.SIGUSR1, lambda *_: print("handled", flush=True))
runtimes = [CompiledRuntime(Path(sys.argv[1]), 1) for _ in range(2)]
del runtimes[0]  # not the last that came
last = threading.Thread(target=runtimes.clear)
last.start()
last.join()
os.kill(os.getpid(), signal.SIGUSR1)
"""


def recipe(weight: str = "1", make: str = "make") -> Recipe:
    return Recipe(f"tests.contracts.small_network:{make}", (weight,), f"small-{make}-{weight}")


@pytest.fixture(scope="module")
def compiled(networks: Path) -> CompiledRuntime:
    return CompiledRuntime(networks, threads=2)


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    """A street, parts of it large and small, one of them in the dark."""
    stay_at_home()
    from ultralytics.utils import ASSETS

    with Image.open(ASSETS / "bus.jpg") as image:
        street = np.asarray(image.convert("RGB"))
    return [street, street[370:930, :270], street[380:920, 200:420], (street[350:950] * 0.5).astype(np.uint8)]


def test_boxes_are_those_of_torch(compiled: CompiledRuntime, photos: list[Photo]) -> None:
    ours = YoloDetector(runtime=compiled).detect(photos)
    theirs = YoloDetector(runtime=EagerRuntime()).detect(photos)
    assert sum(map(len, theirs)) > len(photos)
    for one, other in zip(ours, theirs, strict=True):
        sure = [region for region in other if region.confidence > 0.3]  # at the threshold a hair decides
        assert len(sure) <= len(one)
        for region in sure:
            same = max(one, key=lambda found: overlap(found.box, region.box))
            assert overlap(same.box, region.box) >= 0.98
            assert same.category == region.category


def test_vectors_are_those_of_torch(compiled: CompiledRuntime, photos: list[Photo]) -> None:
    regions = YoloDetector(runtime=compiled).detect(photos)
    crops = [crop(photo, region) for photo, found in zip(photos, regions, strict=True) for region in found]
    ours = FusedEmbedder(runtime=compiled).embed([*crops, *photos])
    theirs = FusedEmbedder(runtime=EagerRuntime()).embed([*crops, *photos])
    alike = (ours * theirs).sum(axis=1)
    assert np.sort(alike)[1] >= 0.999
    assert alike.min() >= 0.9985  # of a small dark pair of pants .9989: its convolutions in bfloat16, docs/models.md


def test_processes_that_start_together_export_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        loaded = list(pool.map(lambda _: CompiledRuntime(tmp_path, threads=1).load(recipe()), range(3)))
    assert [network.about for network in loaded] == [{"weight": 1.0}] * 3
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [next(tmp_path.glob("small-make-1-openvino-*/"))]


def test_what_was_exported_is_not_made_again(networks: Path) -> None:
    place = exported(recipe("2.5"), networks)
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    CompiledRuntime(networks, threads=1).load(recipe("2.5"))
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


def test_an_export_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="killed half-way"):
        CompiledRuntime(tmp_path, threads=1).load(recipe(make="die"))
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_gpu_that_is_not_there_is_told() -> None:
    import torch

    missing = f"cuda:{torch.cuda.device_count()}" if torch.cuda.is_available() else "cuda"
    with pytest.raises(NoSuchDevice, match="VITRINE_DEVICE"):
        EagerRuntime(missing)


def test_serving_on_a_cpu_loads_neither_torch_nor_ultralytics(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SERVES_WITHOUT], capture_output=True, text=True, cwd=ROOT, timeout=240, check=False,
    )  # fmt: skip
    assert ended.stdout.strip() == "[]", ended.stderr[-2000:]


def test_signals_are_handled_after_runtimes_have_gone(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", COMES_AND_GOES, str(tmp_path)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (0, "handled\n"), ended.stderr


def test_a_device_that_is_none_is_told() -> None:
    with pytest.raises(NoSuchDevice, match="'toaster' is no device"):
        EagerRuntime("toaster")


def test_what_a_killed_export_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / f"{recipe().digest}-{format_now()}.abcdef"
    left.mkdir()
    assert exported(recipe(), tmp_path).name == left.stem
    assert not left.exists()
