"""What is measured of every index, and Vitrine's own behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from benchmarks.index.vectors import PAGE, Numbers
from index import EVERYTHING, Between, Entry, IndexedRegion, Vectors, Where
from index.faiss_index import FaissIndex

STORE, SPACE = "store", "space@1"
BATCH = 1_000
EVERY = 100.0


class System(Protocol):
    """Vectors by place, each with a number by which searches are filtered."""

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Hold the (N, D) vectors at places 0..N-1, ready to be searched."""
        ...

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Return the places of the ten nearest to the (D,) query among those whose number is at most `share`."""
        ...

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Hold these too."""
        ...

    def delete(self, places: Sequence[int]) -> None:
        """Forget these."""
        ...

    def widen(self) -> bool:
        """Search wider, for more recall and longer; return whether that can be done."""
        ...


class Vitrine:
    """Our index, with as many attributes as a merchant's products have."""

    def __init__(self, storage: str, device: str = "cpu") -> None:
        self.storage = storage
        self.index = FaissIndex(storage=storage, device=device)

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Fill it as the follower does, and wait for its lists."""
        self.add(range(len(vectors)), vectors, percentiles)
        self.index.settle()

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Search through the door."""
        where = EVERYTHING if share == EVERY else Where((Between("percentile", None, share),))
        return [int(one.sku[1:]) for one in self.index.search(STORE, SPACE, query[None], PAGE, where)[0]]

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Upsert in batches."""
        for start in range(0, len(places), BATCH):
            self.index.upsert(STORE, SPACE, [
                entry(place, vectors[start + number], float(percentiles[start + number]))
                for number, place in enumerate(places[start : start + BATCH])
            ])  # fmt: skip

    def delete(self, places: Sequence[int]) -> None:
        """Delete in batches."""
        for start in range(0, len(places), BATCH):
            self.index.delete(STORE, [f"p{place}" for place in places[start : start + BATCH]])

    def widen(self) -> bool:
        """It measures by itself how wide to search."""
        return False


def entry(place: int, vector: Vectors, percentile: float, version: int = 1) -> Entry:
    """Return a product as merchants have them."""
    return Entry(
        f"p{place}",
        version,
        {
            "sku": f"p{place}",
            "group_id": f"g{place // 3}",
            "availability": "in_stock",
            "brand": f"brand {place % 211}",
            "category": f"category {place % 10}",
            "color": (f"color {place % 13}",),
            "currency": "eur",
            "gender": "female",
            "material": f"material {place % 31}",
            "price": float(place % 499),
            "size": f"size {place % 7}",
            "percentile": percentile,
        },
        (IndexedRegion("image", 0, np.ascontiguousarray(vector)),),
    )
