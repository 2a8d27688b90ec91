"""Vectors to search among, queries near them, and what brute force finds.

Made up: families, clusters of Zipf-like popularity, and a query some way off a stored vector, as a second photo of a
garment is. Or grown around real ones: each is a design, of which there are several photos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import Vectors

Places = NDArray[np.int64]
Numbers = NDArray[np.float64]

PAGE = 10
QUERIES = 200
SHARES = (100.0, 50.0, 5.0, 0.5)  # per cent of the vectors that pass a filter
CLUSTER = 40  # vectors around one centre, on average
STORED_NOISE, QUERY_NOISE = 0.8, 0.6  # beside a direction of length 1
EQUAL = 1e-6


@dataclass(frozen=True)
class Trial:
    """(N, D) vectors, a number in 0..100 for each that filters ask for, queries, and per share the true page's last."""

    vectors: Vectors
    percentiles: Numbers
    queries: Vectors
    least: Mapping[float, NDArray[np.float32]]

    def save(self, folder: Path) -> None:
        """Write it where other processes find it."""
        for name in ("vectors", "percentiles", "queries"):
            np.save(folder / f"{name}.npy", getattr(self, name))
        np.save(folder / "least.npy", np.stack([self.least[share] for share in SHARES]))

    @classmethod
    def load(cls, folder: Path) -> Trial:
        """Read what `save` wrote; the vectors are mapped, so that they do not count as memory of who reads them."""
        least = np.load(folder / "least.npy")
        return cls(
            np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "percentiles.npy"),
            np.load(folder / "queries.npy"), dict(zip(SHARES, least, strict=True)),
        )  # fmt: skip

    def recall(self, pages: Sequence[Sequence[int]], share: float) -> float:
        """Return the share of the true pages that these pages of places hold; equals may stand for each other."""
        got = wanted = 0
        passing = int(np.count_nonzero(self.percentiles <= share))
        for page, query, least in zip(pages, self.queries, self.least[share], strict=True):
            true = self.vectors[list(page)] @ query
            allowed = self.percentiles[list(page)] <= share
            got += int(np.count_nonzero((true >= least - EQUAL) & allowed))
            wanted += min(PAGE, passing)
        return got / wanted


def trial(vectors: Vectors) -> Trial:
    """Return what to ask of an index of these (N, D) vectors, and the truth."""
    percentiles = np.random.default_rng(5).uniform(0, 100, len(vectors))
    queries = beside(vectors[np.random.default_rng(6).choice(len(vectors), QUERIES)], QUERY_NOISE, 7)
    least = {share: np.empty(QUERIES, np.float32) for share in SHARES}
    for number, query in enumerate(queries):
        scores = vectors @ query
        for share in SHARES:
            there = scores[percentiles <= share]
            least[share][number] = np.partition(there, -min(PAGE, len(there)))[-min(PAGE, len(there))]
    return Trial(vectors, percentiles, queries, least)


def made_up(count: int, dimensions: int) -> Vectors:
    """Make vectors up."""
    random = np.random.default_rng(1)
    clusters = max(1, count // CLUSTER)
    families = random.standard_normal((12, dimensions), dtype=np.float32)
    apart = 0.9 * random.standard_normal((clusters, dimensions), dtype=np.float32)
    return around(unit(families[random.integers(0, 12, clusters)] + apart), count)


def around(centres: Vectors, count: int) -> Vectors:
    """Return `count` vectors around the (C, D) centres, some of which are far more popular than others."""
    random = np.random.default_rng(3)
    popularity = 1.0 / np.arange(1, len(centres) + 1) ** 0.7
    return beside(centres[random.choice(len(centres), count, p=popularity / popularity.sum())], STORED_NOISE, 2)


def beside(vectors: Vectors, noise: float, seed: int) -> Vectors:
    """Return vectors some way off the given ones; the same seed twice would make twins of vectors and queries."""
    random = np.random.default_rng(seed)
    off = random.standard_normal(vectors.shape, dtype=np.float32)
    return unit(vectors + np.float32(noise / np.sqrt(vectors.shape[1])) * off)


def unit(vectors: Vectors) -> Vectors:
    """Normalise each row."""
    normal: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return normal
