"""A detector as shipped, the photo of people that ultralytics carries, and a checkpoint of classes not quite ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import Photo, YoloDetector
from detector.network import stay_at_home

OWN_CLASSES = ("person", "sunglass", "Shirt", "car", "trousers")


@pytest.fixture(scope="session")
def shipped() -> YoloDetector:
    return YoloDetector()


@pytest.fixture(scope="session")
def people() -> Photo:
    """A street: a bus, three people whole and one cut off, in coats, trousers and shoes; 810 x 1080."""
    stay_at_home()
    from ultralytics.utils import ASSETS

    with Image.open(ASSETS / "bus.jpg") as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="session")
def own_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Ultralytics checkpoint of random weights, class names of its own, and a head as wide as its start weights'."""
    stay_at_home()
    import torch
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    torch.manual_seed(0)
    architecture = yaml_model_load("yolov8n.yaml")
    start = DetectionModel(architecture | {"nc": 80}, verbose=False)
    model = DetectionModel(architecture | {"nc": len(OWN_CLASSES)}, verbose=False)
    model.load(start, verbose=False)
    model.names = dict(enumerate(OWN_CLASSES))
    with torch.no_grad():
        for branch in model.model[-1].cv3:
            branch[-1].bias.fill_(-1.0)  # else random weights find nothing
    path = tmp_path_factory.mktemp("checkpoint") / "own.pt"
    torch.save({"model": model.half(), "train_args": {}}, path)
    return path
