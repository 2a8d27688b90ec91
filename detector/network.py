"""Detection networks of Ultralytics, loaded so that nothing is downloaded, installed, reported or unpickled unasked.

Shipped weights are safetensors beside a model card; the network is built from the architecture the card names, a file
inside the ultralytics package. A checkpoint of one's own (``.pt``) can be loaded too; being a pickle, it can run code,
so load only what you trust.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from detector.protocol import CATEGORIES, DetectorError
from runtime.network import ANY, Made, Recipe
from runtime.rounding import rounded
from runtime.weights import Weights, WeightsError, card_of, verified

if TYPE_CHECKING:
    import torch

FORM = 2  # of what is made of the same weights; a change of the code below that changes numbers raises it
MADE_BY = ("name", "architecture", "head_classes", "classes")  # what a card says that the network is made by
IMAGE_SIZE = 640  # Ultralytics' own, where the weights do not say
SPELLINGS = {"sunglass": "sunglasses", "shoes": "shoe", "trousers": "pants", "jeans": "pants", "t-shirt": "shirt"}


class UnusableWeights(DetectorError):
    """Weights that are missing, damaged, or of a model that finds no garments."""


def recipe(weights: Path) -> Recipe:
    """Return how the network of weights is made: safetensors with a model card, or an Ultralytics ``.pt``.

    Raises UnusableWeights.
    """
    try:
        digest = sha256(weights.read_bytes()).hexdigest() if weights.suffix == ".pt" else _digest(verified(weights))
    except (WeightsError, OSError) as error:
        raise UnusableWeights(str(error) if isinstance(error, WeightsError) else f"{weights} is missing") from error
    return Recipe("detector.network:make", (str(weights.resolve()),), f"detector-{FORM}-{digest[:24]}")


def _digest(weights: Weights) -> str:
    """Return a hash of weights and of what their card says of the network. Raises WeightsError if it lacks any."""
    lacking = [name for name in MADE_BY if name not in weights.card]
    if lacking:
        raise WeightsError(f"the card of {weights.path} lacks {', '.join(lacking)}")
    said = {name: weights.card[name] for name in MADE_BY}
    return sha256(f"{weights.sha256} {json.dumps(said, sort_keys=True)}".encode()).hexdigest()


def image_size_of(weights: Path) -> int:
    """Return the longer side of photos, in pixels, that the weights were taught on, as far as that is known."""
    return IMAGE_SIZE if weights.suffix == ".pt" else int(card_of(weights).get("image_size", IMAGE_SIZE))


def calibration_of(weights: Path) -> Mapping[str, Sequence[float]]:
    """Return the calibration of weights by class, slope and offset, as far as their card has one."""
    lines: Mapping[str, Sequence[float]] = {} if weights.suffix == ".pt" else card_of(weights).get("calibration", {})
    return lines


def make(weights: str) -> Made:
    """Make the network: (N, H, W, 3) uint8 canvases in, (N, 4 + classes, places) out. Raises UnusableWeights."""
    import torch

    stay_at_home()
    path = Path(weights)
    name, module, classes = _from_checkpoint(path) if path.suffix == ".pt" else card_network(path)
    categories = [category_of(one) for one in classes]
    if not any(categories):
        raise UnusableWeights(f"{path} knows none of the garments {', '.join(CATEGORIES)}")
    head = module.model[-1]
    head.end2end = False  # of heads that can do without suppression, the other output: all are treated alike
    if head.end2end:
        raise UnusableWeights(f"{path} has lost its one-to-many head by fusion; use the checkpoint as it was trained")
    rounded(module.fuse(verbose=False).eval().requires_grad_(False))
    head.dfl = _expectation(head.reg_max)
    head.export, head.dynamic, head.format = True, True, "openvino"  # the boxes alone, of canvases of any size
    canvases = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    about = {"name": name, "classes": classes, "categories": categories}
    return Made(_scaled(module), (canvases,), ((ANY, ANY, ANY, 3),), about)


def _expectation(levels: int) -> torch.nn.Module:
    """Return what reads a distance off its distribution over `levels`; Ultralytics does it by a convolution.

    As plain sums it stays in full precision where convolutions run in bfloat16, which would cost boxes a pixel.
    """
    import torch

    class Expectation(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("distances", torch.arange(levels).float().view(1, 1, levels, 1))

        def forward(self, found: torch.Tensor) -> torch.Tensor:
            shares = found.view(found.shape[0], 4, levels, found.shape[2]).softmax(2)
            return (shares * self.distances).sum(2)

    return Expectation()


def _scaled(module: torch.nn.Module) -> torch.nn.Module:
    """Return the network with what comes before it: bytes, channels last, become 0..1, channels first."""
    from torch.nn import Module

    class Scaled(Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = module

        def forward(self, canvases: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.network(canvases.permute(0, 3, 1, 2).float() / 255)
            return found

    return Scaled()


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


def card_network(path: Path) -> tuple[str, torch.nn.Module, list[str]]:
    """Return the network of weights with a card as Ultralytics has it: its name, the module, its classes."""
    from safetensors.torch import load as read

    weights = verified(path)
    names = weights.card["classes"]
    module = _build(weights.card["architecture"], weights.card["head_classes"], len(names))
    module.load_state_dict({key: value.float() for key, value in read(path.read_bytes()).items()})
    return f"{weights.card['name']}@{weights.sha256[:12]}", module, names


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


def _from_checkpoint(path: Path) -> tuple[str, torch.nn.Module, list[str]]:
    from ultralytics.nn.tasks import load_checkpoint

    digest = sha256(path.read_bytes()).hexdigest()
    try:
        module, _ = load_checkpoint(path)
    except (TypeError, ModuleNotFoundError) as error:
        raise UnusableWeights(f"{path} is not a detection checkpoint of Ultralytics: {error}") from error
    names: Mapping[int, str] = module.names
    return f"{path.stem}@{digest[:12]}", module, [names[number] for number in sorted(names)]
