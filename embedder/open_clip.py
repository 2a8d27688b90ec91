"""Checkpoints of OpenCLIP as embedders, such as Marqo-FashionSigLIP: the image tower alone, if it is a timm model.

OpenCLIP (https://github.com/mlfoundations/open_clip) keeps a checkpoint as a folder of a configuration and weights in
which the image tower is ``visual.trunk.*`` (the timm model) and ``visual.head.*`` (the projection).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedder.crops import checked
from embedder.open_clip_config import Looking, Tower, UnsupportedCheckpoint, read_tower
from embedder.protocol import Photo, Space, Vectors
from embedder.timm_backbone import BATCH, WrongModel, load_strictly, state_digest, untrained
from runtime.eager import EagerRuntime
from runtime.network import ANY, Made, Recipe, Runtime

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a network is made
    import torch

WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")
FORM = 2  # of what is made of the same weights; a change of the code below that changes numbers raises it

_VISUAL = "visual."
_MODULE = "module."  # before every name where a model was saved as it was trained on several devices
_READ_BYTES = 1 << 22


class OpenClipEmbedder:
    """Implements `Embedder` by the image tower of an OpenCLIP checkpoint. Safe to use from several threads at once.

    `folder` holds the checkpoint, `name` is what its space is called, the folder's name if none is given. `runtime`
    runs the network, torch on the CPU if none is given.
    Raises UnsupportedCheckpoint, UnknownModel, WrongModel, or what the runtime raises.
    """

    def __init__(self, folder: Path, *, name: str | None = None, runtime: Runtime | None = None) -> None:
        tower = read_tower(folder)
        self._looking = tower.looking
        name = (name or folder.resolve().name).replace("@", "_")
        self._network = (runtime or EagerRuntime()).load(_recipe(folder.resolve(), name, tower))
        about = self._network.about
        self._space = Space(name, about["version"], about["dimensions"])

    @property
    def space(self) -> Space:
        """The space of all vectors made here; its version follows the weights of the tower and how it looks."""
        return self._space

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        squares = [self._looking.square(picture) for picture in pictures]
        batches = (np.stack(squares[start : start + BATCH]) for start in range(0, len(squares), BATCH))
        vectors = [self._network.run(batch) for batch in batches]
        return np.concatenate([np.zeros((0, self._space.dimensions), np.float32), *vectors])


def weights_of(folder: Path) -> Path:
    """Return the weights file of a checkpoint's folder. Raises UnsupportedCheckpoint."""
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise UnsupportedCheckpoint(f"{folder} holds no weights; one of {', '.join(WEIGHTS)} is needed")


def _recipe(folder: Path, name: str, tower: Tower) -> Recipe:
    digest = hashlib.sha256(f"{tower} {FORM}".encode())
    with weights_of(folder).open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return Recipe("embedder.open_clip:make", (str(folder), name), f"openclip-{digest.hexdigest()[:24]}")


def make(folder: str, name: str) -> Made:
    """Make the network of a checkpoint: (N, side, side, 3) uint8 in, (N, D) normalised features out.

    `name` is what it is called. Raises UnsupportedCheckpoint, UnknownModel, WrongModel.
    """
    import torch

    tower, weights = read_tower(Path(folder)), weights_of(Path(folder))
    visual = visual_of(tower)
    load_strictly(visual, _visual_state(weights), f"{_VISUAL}* of {weights}")
    side = tower.looking.side
    module, example = _seeing(visual, tower.looking), torch.zeros(1, side, side, 3, dtype=torch.uint8)
    try:
        with torch.inference_mode():
            shape = tuple(module(example).shape)
    except (AssertionError, RuntimeError) as error:
        raise WrongModel(f"{tower.model} cannot look at a square of {side} pixels: {error}") from error
    if len(shape) != 2 or shape[1] != tower.dimensions:
        raise WrongModel(f"{folder}: features are {shape}, not (1, {tower.dimensions}); see embed_dim and timm_pool")
    digest = hashlib.sha256(f"{asdict(tower)} {state_digest(visual)}".encode()).hexdigest()
    about = {"name": name, "version": digest[:12], "dimensions": shape[1]}
    return Made(module, (example,), ((ANY, side, side, 3),), about)


def visual_of(tower: Tower) -> torch.nn.Module:
    """Return the untrained tower, its parts named as OpenCLIP names them: ``trunk`` and ``head``.

    Raises UnknownModel, WrongModel.
    """
    import torch

    class Visual(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.trunk = _trunk(tower)
            self.head = _head(tower, self.trunk.num_features)

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return self.head(self.trunk(batch))

    return Visual().eval()


def _trunk(tower: Tower) -> torch.nn.Module:
    try:
        if tower.projection == "head":
            return untrained(tower.model, num_classes=tower.dimensions, global_pool=tower.pool)
        if tower.projection == "none":
            return untrained(tower.model, num_classes=0, global_pool=tower.pool)
        trunk = untrained(tower.model, num_classes=None)
        trunk.reset_classifier(0, **({"global_pool": tower.pool} if tower.pool else {}))
    except (AssertionError, TypeError) as error:
        raise WrongModel(f"{tower.model} has no pooling {tower.pool!r}: {error}") from error
    return trunk


def _head(tower: Tower, features: int) -> torch.nn.Module:
    from collections import OrderedDict

    from timm.layers import Mlp
    from torch.nn import Linear, Sequential

    layers: OrderedDict[str, torch.nn.Module] = OrderedDict()
    if tower.projection == "linear":
        layers["proj"] = Linear(features, tower.dimensions, bias=tower.bias)
    elif tower.projection == "mlp":
        layers["mlp"] = Mlp(features, 2 * tower.dimensions, tower.dimensions, bias=(True, tower.bias))
    return Sequential(layers)


def _seeing(visual: torch.nn.Module, looking: Looking) -> torch.nn.Module:
    import torch

    class Seeing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.visual = visual
            self.register_buffer("mean", torch.tensor(looking.mean).view(1, 3, 1, 1) * 255)
            self.register_buffer("std", torch.tensor(looking.std).view(1, 3, 1, 1) * 255)

        def forward(self, squares: torch.Tensor) -> torch.Tensor:
            batch = (squares.permute(0, 3, 1, 2).float() - self.mean) / self.std
            return torch.nn.functional.normalize(self.visual(batch).float(), dim=1)

    return Seeing().eval()


def _visual_state(weights: Path) -> dict[str, torch.Tensor]:
    """Return the weights of the image tower; those of texts and of the loss are left in the file."""
    state = _from_safetensors(weights) if weights.suffix == ".safetensors" else _from_pickle(weights)
    if not state:
        raise WrongModel(f"{weights} holds no weights of an image tower ({_VISUAL}*)")
    return {name.removeprefix(_VISUAL): value for name, value in state.items()}


def _from_safetensors(weights: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys() if name.startswith(_VISUAL)}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise WrongModel(f"{weights} is damaged: {error}") from error


def _from_pickle(weights: Path) -> dict[str, torch.Tensor]:
    from pickle import UnpicklingError

    import torch

    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)  # tensors only: nothing in it is run
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise WrongModel(f"{weights} holds other things than weights, or is damaged: {error}") from error
    state = {name.removeprefix(_MODULE): value for name, value in state.get("state_dict", state).items()}
    return {name: value for name, value in state.items() if name.startswith(_VISUAL)}
