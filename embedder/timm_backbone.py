"""Any timm model as an embedder: squares in, pooled features out.

Generalised-mean pooling (GeM) keeps what is strong anywhere in the picture, which suits small details of garments:
F. Radenović, G. Tolias, O. Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation", 2018,
https://arxiv.org/abs/1711.02512
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from embedder.crops import checked, square
from embedder.protocol import EmbedderError, Photo, Space, Vectors
from runtime.eager import EagerRuntime
from runtime.network import ANY, Made, Recipe, Runtime
from runtime.weights import verified

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a model is made
    import torch

Pooling = Literal["gem", "own"]

BATCH = 32  # crops per pass of the model; bounds memory, not results
FORM = 1  # of what is made of the same weights; a change of the code below that changes numbers raises it
_GEM_POWER = 3.0
HUBS = ("hf-hub:", "hf_hub:")
_CLOSE = 3  # names offered where one is unknown


class UnknownModel(EmbedderError):
    """A name that timm does not know."""


class WeightsNotHere(EmbedderError):
    """Weights that would have to be downloaded, which is not allowed unless asked for, or failed."""


class WrongModel(EmbedderError):
    """Weights that do not fit the model, or a model that does not take a square of pixels."""


@dataclass(frozen=True, slots=True)
class Input:
    """The squares that a model looks at: side in pixels; mean and spread of each channel in 0..1."""

    side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class TimmEmbedder:
    """Implements `Embedder` by any timm model. Safe to use from several threads at once.

    `model` is a timm name, with a tag or not; ``hf-hub:`` names load from that hub. Weights come from `weights`, a
    safetensors file with its card, or are downloaded by timm if `allow_download` is set. `pooling` "own" is the
    model's; "gem" falls back to it where a model has no feature map, as transformers have none. `runtime` runs the
    network, torch on the CPU if none is given.
    Raises UnknownModel, WeightsNotHere, WrongModel, runtime.weights.WeightsError, or what the runtime raises.
    """

    def __init__(
        self, model: str, *, weights: Path | None = None, allow_download: bool = False, pooling: Pooling = "gem",
        runtime: Runtime | None = None,
    ) -> None:  # fmt: skip
        self._network = (runtime or EagerRuntime()).load(_recipe(model, weights, allow_download, pooling))
        about = self._network.about
        self._side = about["side"]
        self._space = Space(model.replace("@", "_"), about["version"], about["dimensions"])

    @property
    def space(self) -> Space:
        """The space of all vectors made here; its version follows the weights and the pooling."""
        return self._space

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        squares = [square(picture, self._side) for picture in pictures]
        batches = (np.stack(squares[start : start + BATCH]) for start in range(0, len(squares), BATCH))
        vectors = [self._network.run(batch) for batch in batches]
        return np.concatenate([np.zeros((0, self._space.dimensions), np.float32), *vectors])


def _recipe(model: str, weights: Path | None, allow_download: bool, pooling: Pooling) -> Recipe:
    """Return how the network is made. What a hub gave is kept by its name: a space does not change by itself."""
    if weights is None:
        digest = hashlib.sha256(f"{model} {pooling} {FORM}".encode()).hexdigest()
    else:
        if model.startswith(HUBS):
            raise WeightsNotHere(f"{model!r} names a model of a hub; to use {weights} give the name timm has for it")
        digest = hashlib.sha256(f"{model} {pooling} {FORM} {verified(weights).sha256}".encode()).hexdigest()
    arguments = (model, pooling, str(weights.resolve()) if weights else "", "download" if allow_download else "")
    return Recipe("embedder.timm_backbone:make", arguments, f"timm-{digest[:24]}")


def make(model: str, pooling: Pooling, weights: str, allow_download: str) -> Made:
    """Make the network of a timm model: (N, side, side, 3) uint8 in, (N, C) normalised features out.

    Weights are downloaded by timm if none are given and `allow_download` is not empty.
    Raises UnknownModel, WeightsNotHere, WrongModel.
    """
    import torch

    network = _local(model, Path(weights)) if weights else _downloaded(model, bool(allow_download))
    looks_at = _input_of(network)
    module = pooled(network, looks_at, pooling)
    example = torch.zeros(1, looks_at.side, looks_at.side, 3, dtype=torch.uint8)
    try:
        with torch.inference_mode():
            dimensions = module(example).shape[1]
    except (AssertionError, RuntimeError) as error:
        raise WrongModel(f"the model cannot look at a square of {looks_at.side} pixels: {error}") from error
    version = f"{pooling}-{state_digest(network)}"
    about = {"name": model, "version": version, "side": looks_at.side, "dimensions": dimensions}
    return Made(module, (example,), ((ANY, looks_at.side, looks_at.side, 3),), about)


def pooled(model: torch.nn.Module, looks_at: Input, pooling: Pooling = "gem") -> torch.nn.Module:
    """Return a timm model without its classifier as a network: (N, side, side, 3) uint8 in, (N, C) features out.

    The features are L2-normalised.
    """
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.register_buffer("mean", torch.tensor(looks_at.mean).view(1, 3, 1, 1) * 255)
            self.register_buffer("std", torch.tensor(looks_at.std).view(1, 3, 1, 1) * 255)

        def forward(self, squares: torch.Tensor) -> torch.Tensor:
            batch = (squares.permute(0, 3, 1, 2).float() - self.mean) / self.std
            return torch.nn.functional.normalize(self._pool(self.model.forward_features(batch)), dim=1)

        def _pool(self, found: torch.Tensor) -> torch.Tensor:
            if pooling == "own" or not _is_map(found, self.model.num_features):
                return self.model.forward_head(found, pre_logits=True).float().flatten(1)
            return found.float().clamp(min=1e-6).pow(_GEM_POWER).mean((2, 3)).pow(1 / _GEM_POWER)

    return Pooled().eval()


def names_like(pattern: str) -> list[tuple[str, bool]]:
    """Return timm's models whose names hold the pattern ("vit", "*siglip*_224"), and whether timm has weights of them.

    Those that timm has weights of go by one name for each, ``model.tag``.
    """
    import timm

    wanted = pattern if "*" in pattern else f"*{pattern}*"
    trained = timm.list_models(wanted, pretrained=True)
    models = {name.partition(".")[0] for name in trained}
    others = [name for name in timm.list_models(wanted) if name not in models]
    return sorted([(name, True) for name in trained] + [(name, False) for name in others])


def untrained(model: str, *, num_classes: int | None = 0, global_pool: str | None = None) -> torch.nn.Module:
    """Return a timm model, randomly initialised, ready to be given weights; without classifier unless asked for one.

    None leaves the model what it has by itself. Raises UnknownModel, or what timm raises of arguments it cannot take.
    """
    return _created(model, num_classes=num_classes, global_pool=global_pool)


def _local(model: str, weights: Path) -> torch.nn.Module:
    from safetensors.torch import load_file

    network = untrained(model)
    load_strictly(network, load_file(weights), str(weights))
    return network


def load_strictly(network: torch.nn.Module, state: dict[str, torch.Tensor], source: str) -> None:
    """Give a model its weights, all of them and no others. Raises WrongModel, naming `source`."""
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise WrongModel(f"{source} does not fit the model: {error}") from error


def _downloaded(model: str, allowed: bool) -> torch.nn.Module:
    if not allowed:
        if not model.startswith(HUBS):
            untrained(model)  # a mistyped name is told as such
        raise WeightsNotHere(
            f"the weights of {model!r} would have to be downloaded; set allow_download (VITRINE_ALLOW_DOWNLOAD=true), "
            "or give a safetensors file"
        )
    try:
        return _created(model, pretrained=True, num_classes=0)
    except OSError as error:  # of the network, of the hub, or of a disk
        raise WeightsNotHere(f"the weights of {model!r} could not be downloaded: {error}") from error


def _created(model: str, **options: Any) -> torch.nn.Module:
    import timm

    try:
        return timm.create_model(model, **options)
    except (RuntimeError, KeyError, ValueError) as error:
        close = get_close_matches(model, timm.list_models(), n=_CLOSE)
        hint = f"did you mean {', '.join(close)}?" if close else "'vitrine models list PATTERN' looks for names"
        raise UnknownModel(f"timm cannot make a model {model!r} ({error}); {hint}") from error


def _input_of(network: torch.nn.Module) -> Input:
    import timm.data

    config = timm.data.resolve_model_data_config(network)
    return Input(config["input_size"][-1], tuple(config["mean"]), tuple(config["std"]))


def _is_map(found: torch.Tensor, channels: int) -> bool:
    return bool(found.ndim == 4 and found.shape[1] == channels)


def state_digest(network: torch.nn.Module) -> str:
    """Return the first digits of a hash over all weights: two models never share a space by name alone."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:12]
