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
from typing import TYPE_CHECKING, Literal

import numpy as np

from embedder.crops import checked, square
from embedder.protocol import EmbedderError, Photo, Space, Vectors
from runtime.weights import verified

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a model is made
    import torch

Pooling = Literal["gem", "own"]

BATCH = 32  # crops per pass of the model; bounds memory, not results
_GEM_POWER = 3.0
_HUBS = ("hf-hub:", "hf_hub:")
_CLOSE = 3  # names offered where one is unknown


class UnknownModel(EmbedderError):
    """A name that timm does not know."""


class WeightsNotHere(EmbedderError):
    """Weights that would have to be downloaded, which is not allowed unless asked for."""


class WrongModel(EmbedderError):
    """Weights that do not fit the model, or a model that does not take a square of pixels."""


@dataclass(frozen=True, slots=True)
class Input:
    """The squares that a model looks at: side in pixels; mean and spread of each channel in 0..1."""

    side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Backbone:
    """A timm model without its classifier. Safe to use from several threads at once."""

    def __init__(self, model: torch.nn.Module, looks_at: Input, pooling: Pooling = "gem", device: str = "cpu") -> None:
        import torch

        self._model = model.to(device, memory_format=torch.channels_last).eval()  # a third faster on a CPU
        self._device = device
        self._pooling = pooling
        self._mean = torch.tensor(looks_at.mean, device=device).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(looks_at.std, device=device).view(1, 3, 1, 1) * 255
        self.side = looks_at.side
        try:
            self.dimensions = self.features([np.zeros((self.side, self.side, 3), np.uint8)]).shape[1]
        except (AssertionError, RuntimeError) as error:
            raise WrongModel(f"the model cannot look at a square of {self.side} pixels: {error}") from error

    def features(self, squares: Sequence[Photo]) -> Vectors:
        """Return the (N, C) float32 L2-normalised features of at least one (side, side, 3) uint8 square."""
        import torch

        with torch.inference_mode():
            parts = [
                self._pooled(torch.from_numpy(np.stack(squares[start : start + BATCH])))
                for start in range(0, len(squares), BATCH)
            ]
            features: Vectors = torch.nn.functional.normalize(torch.cat(parts), dim=1).cpu().numpy()
        return features

    def _pooled(self, pixels: torch.Tensor) -> torch.Tensor:
        batch = pixels.to(self._device).permute(0, 3, 1, 2).float()
        found = self._model.forward_features((batch - self._mean) / self._std)
        if self._pooling == "own" or not _is_map(found, self._model.num_features):
            return self._model.forward_head(found, pre_logits=True).float().flatten(1)
        return found.float().clamp(min=1e-6).pow(_GEM_POWER).mean((2, 3)).pow(1 / _GEM_POWER)


class TimmEmbedder:
    """Implements `Embedder` by any timm model.

    `model` is a timm name, with a tag or not; ``hf-hub:`` names load from that hub. Weights come from `weights`, a
    safetensors file with its card, or are downloaded by timm if `allow_download` is set. `pooling` "own" is the
    model's; "gem" falls back to it where a model has no feature map, as transformers have none.
    Raises UnknownModel, WeightsNotHere, WrongModel, or runtime.weights.WeightsError.
    """

    def __init__(
        self, model: str, *, weights: Path | None = None, allow_download: bool = False, pooling: Pooling = "gem",
        device: str = "cpu",
    ) -> None:  # fmt: skip
        network = _local(model, weights) if weights else _downloaded(model, allow_download)
        self._backbone = Backbone(network, _input_of(network), pooling, device)
        version = f"{pooling}-{_state_digest(network)}"
        self._space = Space(model.replace("@", "_"), version, self._backbone.dimensions)

    @property
    def space(self) -> Space:
        """The space of all vectors made here; its version follows the weights and the pooling."""
        return self._space

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        if not len(crops):
            return np.zeros((0, self._space.dimensions), np.float32)
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        return self._backbone.features([square(picture, self._backbone.side) for picture in pictures])


def untrained(model: str) -> torch.nn.Module:
    """Return a timm model without classifier, randomly initialised, ready to be given weights. Raises UnknownModel."""
    import timm

    try:
        return timm.create_model(model, pretrained=False, num_classes=0)
    except (RuntimeError, KeyError, ValueError) as error:
        close = get_close_matches(model, timm.list_models(), n=_CLOSE)
        hint = f"did you mean {', '.join(close)}?" if close else "see timm.list_models()"
        raise UnknownModel(f"timm knows no model {model!r}; {hint}") from error


def _local(model: str, weights: Path) -> torch.nn.Module:
    from safetensors.torch import load_file

    if model.startswith(_HUBS):
        raise WeightsNotHere(f"{model!r} names a model of a hub; give the timm name to use the weights in {weights}")
    network = untrained(model)
    load_strictly(network, load_file(verified(weights).path), str(weights))
    return network


def load_strictly(network: torch.nn.Module, state: dict[str, torch.Tensor], source: str) -> None:
    """Give a model its weights, all of them and no others. Raises WrongModel, naming `source`."""
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise WrongModel(f"{source} does not fit the model: {error}") from error


def _downloaded(model: str, allow_download: bool) -> torch.nn.Module:
    import timm

    if not allow_download:
        if not model.startswith(_HUBS):
            untrained(model)  # a mistyped name is told as such
        raise WeightsNotHere(
            f"the weights of {model!r} would have to be downloaded; set allow_download (VITRINE_ALLOW_DOWNLOAD=true), "
            "or give a safetensors file"
        )
    return timm.create_model(model, pretrained=True, num_classes=0)


def _input_of(network: torch.nn.Module) -> Input:
    import timm.data

    config = timm.data.resolve_model_data_config(network)
    return Input(config["input_size"][-1], tuple(config["mean"]), tuple(config["std"]))


def _is_map(found: torch.Tensor, channels: int) -> bool:
    return bool(found.ndim == 4 and found.shape[1] == channels)


def _state_digest(network: torch.nn.Module) -> str:
    """Return the first digits of a hash over all weights: two models never share a space by name alone."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:12]
