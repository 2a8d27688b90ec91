"""Detection networks of Ultralytics, loaded so that nothing is downloaded, installed, reported or unpickled unasked.

Shipped weights are safetensors beside a model card; the network is built from the architecture the card names, a file
inside the ultralytics package. A checkpoint of one's own (``.pt``) can be loaded too; being a pickle, it can run code,
so load only what you trust.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from detector.protocol import CATEGORIES, DetectorError
from runtime.weights import WeightsError, verified

if TYPE_CHECKING:
    import torch

SPELLINGS = {"sunglass": "sunglasses", "shoes": "shoe", "trousers": "pants", "jeans": "pants", "t-shirt": "shirt"}


class UnusableWeights(DetectorError):
    """Weights that are missing, damaged, or of a model that finds no garments."""


@dataclass(frozen=True, slots=True)
class Network:
    """A detection network, ready to infer. `categories` has one entry per class, None where that is no garment."""

    name: str
    module: torch.nn.Module
    categories: tuple[str | None, ...]


def load(weights: Path, device: str) -> Network:
    """Return the network whose weights lie at `weights`: safetensors with a model card, or an Ultralytics ``.pt``.

    Raises UnusableWeights.
    """
    stay_at_home()
    network = _from_checkpoint(weights) if weights.suffix == ".pt" else _from_card(weights)
    if not any(network.categories):
        raise UnusableWeights(f"{weights} knows none of the garments {', '.join(CATEGORIES)}")
    network.module.fuse(verbose=False).eval().to(device).requires_grad_(False)
    return network


def stay_at_home() -> None:
    """Tell Ultralytics to work offline and quietly; to be called before its first import in a process.

    Its own way to be told is the environment. The settings file of the user is left as it is.
    """
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    from ultralytics.utils import SETTINGS

    dict.update(SETTINGS, sync=False)  # past its own update(), which would write the file


def category_of(name: str) -> str | None:
    """Return our category for a model's class name, None if it is none of ours."""
    plain = name.strip().lower()
    known = SPELLINGS.get(plain, plain)
    return known if known in CATEGORIES else None


def _from_card(path: Path) -> Network:
    from safetensors.torch import load as read

    try:
        weights = verified(path)
    except WeightsError as error:
        raise UnusableWeights(str(error)) from error
    names = weights.card["classes"]
    module = _build(weights.card["architecture"], weights.card["head_classes"], len(names))
    module.load_state_dict({key: value.float() for key, value in read(path.read_bytes()).items()})
    name = f"{weights.card['name']}@{weights.sha256[:12]}"
    return Network(name, module, tuple(map(category_of, names)))


def _build(architecture: str, head_classes: int, classes: int) -> torch.nn.Module:
    """Return an untrained network; its head is as wide as that of the start weights, which had `head_classes`."""
    from torch.nn import Conv2d
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    module = DetectionModel(yaml_model_load(architecture) | {"nc": head_classes}, verbose=False)
    head = module.model[-1]
    for branch in head.cv3:
        branch[-1] = Conv2d(branch[-1].in_channels, classes, 1)
    head.nc, head.no = classes, classes + 4 * head.reg_max
    return module


def _from_checkpoint(path: Path) -> Network:
    from ultralytics.nn.tasks import load_checkpoint

    if not path.is_file():
        raise UnusableWeights(f"{path} is missing")
    digest = sha256(path.read_bytes()).hexdigest()
    try:
        module, _ = load_checkpoint(path)
    except (TypeError, ModuleNotFoundError) as error:
        raise UnusableWeights(f"{path} is not a detection checkpoint of Ultralytics: {error}") from error
    names: Mapping[int, str] = module.names
    return Network(f"{path.stem}@{digest[:12]}", module, tuple(category_of(names[i]) for i in sorted(names)))
