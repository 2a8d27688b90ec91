"""The shipped space: what a garment's shape is, by a backbone, and what its colours are, by a histogram, in one vector.

The two parts are weighted, set side by side, and brought down to `dimensions` by one matrix, fitted so that photos of
one garment in other light, cut and surroundings come together (``training/embedder.py``). The shape tells the garment's
category as well (``training/naming.py``): the vector keeps too little of it for that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embedder.colour import BINS as ALL_BINS
from embedder.colour import histogram
from embedder.crops import checked, fitted, framed
from embedder.folding import fold
from embedder.protocol import Likelihoods, Photo, Space, Vectors
from embedder.timm_backbone import BATCH, Input, load_strictly, pooled, untrained
from runtime.eager import EagerRuntime
from runtime.network import ANY, Made, Recipe, Runtime
from runtime.rounding import rounded
from runtime.weights import card_of, verified

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a network is made
    import torch

SHIPPED = Path(__file__).parent / "weights" / "lite0-lab-256.safetensors"
FORM = 3  # of what is made of the same weights; a change of the code below that changes numbers raises it

MODEL = "tf_efficientnet_lite0"
LOOKS_AT = Input(side=224, mean=(127 / 255,) * 3, std=(128 / 255,) * 3)

BACKBONE = "backbone."  # prefix of the model's own weights
SHAPE, COLOUR, BINS = "projection.shape", "projection.colour", "projection.bins"
KINDS, PRIORS = "naming.kinds", "naming.priors"  # (C, K) and (K,): how a shape speaks for each of K categories
CATEGORIES = "categories"  # in the file's metadata: their names, a JSON list


class FusedEmbedder:
    """Implements `Naming`. Safe to use from several threads at once.

    `runtime` runs the network, torch on the CPU if none is given. Raises runtime.weights.WeightsError if the weights
    are missing or are not those of their card, or what the runtime raises.
    """

    def __init__(self, weights: Path = SHIPPED, *, runtime: Runtime | None = None) -> None:
        shipped = verified(weights)
        recipe = Recipe("embedder.fused:make", (str(weights.resolve()),), f"fused-{FORM}-{shipped.sha256[:24]}")
        self._network = (runtime or EagerRuntime()).load(recipe)
        self._space = Space(shipped.card["space"], shipped.card["version"], self._network.about["dimensions"])
        self._categories: tuple[str, ...] = tuple(self._network.about["categories"])

    @property
    def space(self) -> Space:
        """The space of all vectors made here."""
        return self._space

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that it tells apart; none where the weights hold no KINDS."""
        return self._categories

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return (N, D) float32 vectors, L2-normalised, of (H, W, 3) uint8 sRGB crops. Raises BadCrop."""
        return self.embed_and_name(crops)[0]

    def embed_and_name(self, crops: Sequence[Photo]) -> tuple[Vectors, Likelihoods]:
        """Return the vectors of crops, and how likely each category is; see `Naming`. Raises BadCrop."""
        pictures = [checked(crop, number) for number, crop in enumerate(crops)]
        batches = (pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH))
        told = [self._network.run(*inputs(batch)) for batch in batches]
        dimensions = self._space.dimensions
        rows = np.concatenate([np.zeros((0, dimensions + len(self._categories)), np.float32), *told])
        return np.ascontiguousarray(rows[:, :dimensions]), rows[:, dimensions:]


def shipped_space() -> str:
    """Return the id of the shipped space, by its card alone: for those who write and never embed."""
    card = card_of(SHIPPED)
    return f"{card['space']}@{card['version']}"


def make(weights: str) -> Made:
    """Make the network: (N, side, side, 3) uint8 squares and their (N, ALL_BINS) histograms in, (N, D + K) out.

    D columns are the vector, K how likely each category is.
    """
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file

    state = load_file(weights)
    with safe_open(weights, "pt") as file:
        categories = json.loads((file.metadata() or {}).get(CATEGORIES, "[]"))
    model = {name.removeprefix(BACKBONE): state.pop(name) for name in list(state) if name.startswith(BACKBONE)}
    network = joined(backbone(model), state)
    examples = torch.zeros(1, LOOKS_AT.side, LOOKS_AT.side, 3, dtype=torch.uint8), torch.zeros(1, ALL_BINS)
    shapes = (ANY, LOOKS_AT.side, LOOKS_AT.side, 3), (ANY, ALL_BINS)
    return Made(network, examples, shapes, {"dimensions": state[SHAPE].shape[1], CATEGORIES: categories})


def backbone(weights: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Return the backbone of the shipped space with these weights: (N, side, side, 3) uint8 in, (N, C) features out."""
    network = untrained(MODEL)
    load_strictly(network, weights, "the backbone's weights")
    return pooled(rounded(fold(network.eval())), LOOKS_AT)


def joined(features: torch.nn.Module, projection: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Return the network that joins features and histograms by the matrices SHAPE and COLOUR, of the BINS.

    Where there are KINDS, what the features tell by them stands behind the vector.
    """
    import torch

    class Joined(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = features
            self.register_buffer("shape", projection[SHAPE].float())
            colour = torch.zeros(ALL_BINS, projection[COLOUR].shape[1])
            colour[projection[BINS].long()] = projection[COLOUR].float()
            self.register_buffer("colour", colour)
            self.names = KINDS in projection
            if self.names:
                self.register_buffer("kinds", projection[KINDS].float())
                self.register_buffer("priors", projection[PRIORS].float())

        def forward(self, squares: torch.Tensor, histograms: torch.Tensor) -> torch.Tensor:
            features = self.features(squares)
            vectors = torch.nn.functional.normalize(features @ self.shape + histograms @ self.colour, dim=1)
            if not self.names:
                return vectors
            return torch.cat([vectors, torch.log_softmax(features @ self.kinds + self.priors, dim=1)], dim=1)

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
