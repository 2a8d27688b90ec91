"""What every embedder promises: crops in, comparable vectors out, all of one named space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Photo = NDArray[np.uint8]
Vectors = NDArray[np.float32]
Likelihoods = NDArray[np.float32]


class EmbedderError(Exception):
    """Base of all faults of an embedder."""


@dataclass(frozen=True, slots=True)
class Space:
    """Name and version of the model that makes a vector; vectors of two spaces are never compared."""

    name: str
    version: str
    dimensions: int

    @property
    def id(self) -> str:
        """The space as it is written in the catalog, in snapshots and in answers: ``name@version``."""
        return f"{self.name}@{self.version}"


class Embedder(Protocol):
    """Turns crops into vectors."""

    @property
    def space(self) -> Space:
        """The space of every vector this embedder makes."""
        ...

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        """Return one vector per crop: (N, D) float32, each row L2-normalised, in the order of `crops`.

        `crops` are (H, W, 3) uint8 sRGB of any size from 1 x 1. No crops give an array of shape (0, D).
        The same crop gives the same vector, whatever else is in the batch (within float tolerance).
        """
        ...


@runtime_checkable
class Naming(Embedder, Protocol):
    """An embedder that tells what kind of garment a crop shows as well, by the same look at it."""

    @property
    def categories(self) -> tuple[str, ...]:
        """The K categories it knows; none where its weights tell nothing of them."""
        ...

    def embed_and_name(self, crops: Sequence[Photo]) -> tuple[Vectors, Likelihoods]:
        """Return what `embed` does, and how likely each category is: (N, K) float32, natural logarithms."""
        ...
