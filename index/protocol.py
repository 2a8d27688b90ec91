"""What every vector index promises. It follows the catalog, can be thrown away, and answers with candidates only.

An index holds entries, one per product, of many stores and of one or more spaces. Nothing crosses stores or spaces.
No word of an engine (nprobe, ef, consistency level) passes through this protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.where import EVERYTHING, Attributes, Where

Vectors = NDArray[np.float32]


class VectorIndexError(Exception):
    """Base of all faults of an index."""


class WrongVectors(VectorIndexError):
    """Vectors whose shape, dtype or values do not fit the space they were given for."""


class WrongAttributes(VectorIndexError):
    """Attributes of a type that no condition can be held against."""


class UnusableSnapshot(VectorIndexError):
    """A snapshot that is damaged, cut off, or of another format; the index is to be rebuilt."""


@dataclass(frozen=True, slots=True)
class IndexedRegion:
    """One searchable vector of a product: which image, which region of it, and its (D,) L2-normalised vector."""

    image_id: str
    region: int
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one product.

    `regions` None keeps the vectors it has (an attribute change); () leaves it none, so that it is held but not found.
    """

    sku: str
    version: int
    attributes: Attributes
    regions: tuple[IndexedRegion, ...] | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that may answer a query, by its best region; `score` is the cosine similarity in -1..1."""

    sku: str
    image_id: str
    region: int
    score: float
    version: int


class VectorIndex(Protocol):
    """Entries in, candidates out."""

    def upsert(self, store: str, space: str, entries: Sequence[Entry]) -> list[str]:
        """Add or replace entries, as if one after another; return the SKUs not held that came with regions None.

        An entry older (lower version) than what is held is ignored; repeats are harmless. A batch is applied whole
        or not at all: raises WrongVectors or WrongAttributes, naming the SKU, before anything is changed.
        """
        ...

    def delete(self, store: str, skus: Sequence[str]) -> None:
        """Forget these products in every space of the store; unknown ones are ignored.

        The version is forgotten too: an entry that comes later counts as new, so callers keep changes in order.
        """
        ...

    def search(
        self, store: str, space: str, vectors: Vectors, limit: int, where: Where = EVERYTHING
    ) -> list[list[Candidate]]:
        """Return, for each of the (N, D) query vectors, at most `limit` products, best first, each product once.

        A full page comes back whenever at least `limit` products pass `where`, however few pass. Ties are broken
        by SKU. A store or space the index does not know answers with empty lists.
        """
        ...

    def scan(self, store: str, space: str) -> Iterator[tuple[str, int]]:
        """Yield (sku, version) of every entry of the store in that space, in no given order."""
        ...

    def count(self, store: str, space: str) -> int:
        """Number of entries of the store in that space."""
        ...

    def snapshot(self, folder: Path, checkpoint: int) -> None:
        """Write everything and the checkpoint into `folder`, atomically: a reader sees the old or the new one.

        Searches and writes go on. What is written meanwhile may be in it; replaying it after a restore is harmless.
        """
        ...

    def restore(self, folder: Path) -> int | None:
        """Replace the content by the snapshot's and return its checkpoint; None where `folder` holds none.

        Raises UnusableSnapshot, and leaves the content as it was, if the snapshot cannot be trusted.
        """
        ...
