"""The shipped space: what a garment's shape is, by a backbone, and what its colours are, by a histogram, in one vector.

The two parts are weighted, set side by side, and brought down to `dimensions` by one matrix, fitted so that photos of
one garment in other light, cut and surroundings come together (``training/embedder.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embedder.colour import BINS as ALL_BINS
from embedder.colour import histogram
from embedder.crops import checked, fitted, framed
from embedder.folding import fold
from embedder.protocol import Photo, Space, Vectors
from embedder.timm_backbone import BATCH, Input, load_strictly, pooled, untrained
from runtime.eager import EagerRuntime
from runtime.network import ANY, Made, Recipe, Runtime
from runtime.rounding import rounded
from runtime.weights import card_of, verified

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a network is made
    import torch

SHIPPED = Path(__file__).parent / "weights" / "lite0-lab-256.safetensors"
FORM = 2  # of what is made of the same weights; a change of the code below that changes numbers raises it

MODEL = "tf_efficientnet_lite0"
LOOKS_AT = Input(side=224, mean=(127 / 255,) * 3, std=(128 / 255,) * 3)

BACKBONE = "backbone."  # prefix of the model's own weights
SHAPE, COLOUR, BINS = "projection.shape", "projection.colour", "projection.bins"


class FusedEmbedder:
    """Implements `Embedder`. Safe to use from several threads at once.

    `runtime` runs the network, torch on the CPU if none is given. Raises runtime.weights.WeightsError if the weights
    are missing or are not those of their card, or what the runtime raises.
    """

    def __init__(self, weights: Path = SHIPPED, *, runtime: Runtime | None = None) -> None:
        shipped = verified(weights)
        recipe = Recipe("embedder.fused:make", (str(weights.resolve()),), f"fused-{FORM}-{shipped.sha256[:24]}")
        self._network = (runtime or EagerRuntime()).load(recipe)
        self._space = Space(shipped.card["space"], shipped.card["version"], self._network.about["dimensions"])

    @property
    def space(self) -> Space:
        """The space of all vectors made here."""
        return self._space

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        batches = (pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH))
        vectors = [self._network.run(*inputs(batch)) for batch in batches]
        return np.concatenate([np.zeros((0, self._space.dimensions), np.float32), *vectors])


def shipped_space() -> str:
    """Return the id of the shipped space, by its card alone: for those who write and never embed."""
    card = card_of(SHIPPED)
    return f"{card['space']}@{card['version']}"


def make(weights: str) -> Made:
    """Make the network: (N, side, side, 3) uint8 squares and their (N, ALL_BINS) histograms in, (N, D) vectors out."""
    import torch
    from safetensors.torch import load_file

    state = load_file(weights)
    model = {name.removeprefix(BACKBONE): state.pop(name) for name in list(state) if name.startswith(BACKBONE)}
    network = joined(backbone(model), state)
    examples = torch.zeros(1, LOOKS_AT.side, LOOKS_AT.side, 3, dtype=torch.uint8), torch.zeros(1, ALL_BINS)
    shapes = (ANY, LOOKS_AT.side, LOOKS_AT.side, 3), (ANY, ALL_BINS)
    return Made(network, examples, shapes, {"dimensions": state[SHAPE].shape[1]})


def backbone(weights: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Return the backbone of the shipped space with these weights: (N, side, side, 3) uint8 in, (N, C) features out."""
    network = untrained(MODEL)
    load_strictly(network, weights, "the backbone's weights")
    return pooled(rounded(fold(network.eval())), LOOKS_AT)


def joined(features: torch.nn.Module, projection: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Return the network that joins features and histograms by the matrices SHAPE and COLOUR, of the BINS."""
    import torch

    class Joined(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = features
            self.register_buffer("shape", projection[SHAPE].float())
            colour = torch.zeros(ALL_BINS, projection[COLOUR].shape[1])
            colour[projection[BINS].long()] = projection[COLOUR].float()
            self.register_buffer("colour", colour)

        def forward(self, squares: torch.Tensor, histograms: torch.Tensor) -> torch.Tensor:
            vectors = self.features(squares) @ self.shape + histograms @ self.colour
            return torch.nn.functional.normalize(vectors, dim=1)

    return Joined().eval()


def inputs(crops: Sequence[Photo]) -> tuple[NDArray[np.uint8], Vectors]:
    """Return what the network takes of crops, (H, W, 3) uint8: (N, side, side, 3) squares, (N, ALL_BINS) histograms."""
    pictures = [fitted(crop, LOOKS_AT.side) for crop in crops]
    squares = np.stack([framed(picture, LOOKS_AT.side) for picture in pictures])
    return squares, np.stack([histogram(_half(picture)) for picture in pictures])


def _half(picture: Photo) -> Photo:
    """Return a picture at half its sides: finer tells nothing more of colour."""
    import cv2

    size = max(1, picture.shape[1] // 2), max(1, picture.shape[0] // 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
