"""The shipped space: what a garment's shape is, by a backbone, and what its colours are, by a histogram, in one vector.

The two parts are weighted, set side by side, and brought down to `dimensions` by one matrix, fitted so that photos of
one garment in other light, cut and surroundings come together (``training/embedder.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from embedder.colour import histogram
from embedder.crops import checked, square
from embedder.folding import fold
from embedder.protocol import Photo, Space, Vectors
from embedder.timm_backbone import Backbone, Input, load_strictly, untrained
from runtime.weights import card_of, verified

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a model is made
    import torch

SHIPPED = Path(__file__).parent / "weights" / "lite0-lab-256.safetensors"

MODEL = "tf_efficientnet_lite0"
LOOKS_AT = Input(side=224, mean=(127 / 255,) * 3, std=(128 / 255,) * 3)

BACKBONE = "backbone."  # prefix of the model's own weights
SHAPE, COLOUR, BINS = "projection.shape", "projection.colour", "projection.bins"


@dataclass(frozen=True, slots=True)
class Projection:
    """The matrix that joins both parts: (C, D) for features, (B, D) for the histogram's `bins`.

    Torch multiplies, so that the service's one limit on threads holds here too; numpy's would take every core.
    """

    shape: torch.Tensor
    colour: torch.Tensor
    bins: torch.Tensor

    def join(self, features: Vectors, histograms: Vectors) -> Vectors:
        """Return the (N, D) L2-normalised vectors of (N, C) features and (N, all bins) histograms."""
        import torch

        with torch.inference_mode():
            colours = torch.from_numpy(histograms)[:, self.bins]
            joined = torch.from_numpy(features) @ self.shape + colours @ self.colour
            vectors: Vectors = torch.nn.functional.normalize(joined, dim=1).numpy()
        return vectors


class FusedEmbedder:
    """Implements `Embedder`. Safe to use from several threads at once.

    Raises runtime.weights.WeightsError if the weights are missing or are not those of their card.
    """

    def __init__(self, weights: Path = SHIPPED, *, device: str = "cpu") -> None:
        from safetensors.torch import load_file

        shipped = verified(weights)
        state = load_file(shipped.path)
        model = {name.removeprefix(BACKBONE): state.pop(name) for name in list(state) if name.startswith(BACKBONE)}
        self._backbone = backbone(model, device)
        self._projection = Projection(state[SHAPE].float(), state[COLOUR].float(), state[BINS])
        self._space = Space(shipped.card["space"], shipped.card["version"], self._projection.shape.shape[1])

    @property
    def space(self) -> Space:
        """The space of all vectors made here."""
        return self._space

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        if not pictures:
            return np.zeros((0, self._space.dimensions), np.float32)
        squares = [square(picture, self._backbone.side) for picture in pictures]
        return self._projection.join(self._backbone.features(squares), histograms(squares))


def shipped_space() -> str:
    """Return the id of the shipped space, by its card alone: for those who write and never embed."""
    card = card_of(SHIPPED)
    return f"{card['space']}@{card['version']}"


def backbone(weights: dict[str, torch.Tensor], device: str = "cpu") -> Backbone:
    """Return the backbone of the shipped space with these weights."""
    network = untrained(MODEL)
    load_strictly(network, weights, "the backbone's weights")
    return Backbone(fold(network.eval()), LOOKS_AT, device=device)


def histograms(squares: Sequence[Photo]) -> Vectors:
    """Return the (N, all bins) histograms of squares, taken at half their side: finer tells nothing more of colour."""
    return np.stack([histogram(np.asarray(Image.fromarray(one).reduce(2))) for one in squares])
