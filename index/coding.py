"""What vectors and queries go through before they come together in the lists, so that rounding costs little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.protocol import Vectors

LEVEL = 127  # the highest of a byte's levels, and the lowest below zero
LEAST_STEP = 1e-9  # of vectors that are all one
SEED = 20_261_124

Learnt = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CodedQuery:
    """The (D,) values that are held against the lists, and what makes true scores of those found there."""

    values: Vectors
    scale: float = 1.0
    lacking: float = 0.0


class Coding(Protocol):
    """A way to code. `Coding.query(q)` against `Coding.vectors(v)` gives the scores of q and v, rounded."""

    def vectors(self, vectors: Vectors) -> Vectors:
        """Return what the lists hold of (N, D) vectors."""
        ...

    def query(self, query: Vectors) -> CodedQuery:
        """Return what is held against them for a (D,) query."""
        ...


class AsTheyAre:
    """Codes nothing."""

    def vectors(self, vectors: Vectors) -> Vectors:
        """Return them."""
        return vectors

    def query(self, query: Vectors) -> CodedQuery:
        """Return it."""
        return CodedQuery(query)


class Bytes:
    """Whole numbers from -127 to 127: a vector's in steps around the middle of all, a query's in steps of its own.

    FAISS multiplies such bytes with each other, 1.7 times as fast as it would make floats of them. One step serves all
    dimensions: steps by dimension would leave a query few levels in most. `learnt` are the D middles and the step.
    """

    def __init__(self, learnt: Learnt) -> None:
        self._middles, self._step = learnt[:-1], learnt[-1]

    @staticmethod
    def learn(sample: Vectors) -> Learnt:
        """Return the middles and the step of an (N, D) sample; what comes later and lies beyond goes to the edge."""
        low, high = sample.min(axis=0), sample.max(axis=0)
        step = max((high - low).max() / (2 * LEVEL), LEAST_STEP)
        return np.append((low + high) / 2, step).astype(np.float32)

    def vectors(self, vectors: Vectors) -> Vectors:
        """Return the numbers of (N, D) vectors."""
        levels: Vectors = np.rint((vectors - self._middles) / self._step)
        return levels.clip(-LEVEL, LEVEL, out=levels)

    def query(self, query: Vectors) -> CodedQuery:
        """Return the numbers of a (D,) query."""
        step = max(float(np.abs(query).max()) / LEVEL, LEAST_STEP)
        return CodedQuery(
            np.rint(query / step).astype(np.float32), step * float(self._step), float(query @ self._middles)
        )


class Turned:
    """Turned at random: a bit per dimension tells the more, the more alike the dimensions are."""

    def __init__(self, dimensions: int) -> None:
        random = np.random.default_rng(SEED).standard_normal((dimensions, dimensions))
        self._turn = np.ascontiguousarray(np.linalg.qr(random)[0], np.float32)

    def vectors(self, vectors: Vectors) -> Vectors:
        """Return (N, D) vectors, turned."""
        return np.ascontiguousarray(vectors @ self._turn)

    def query(self, query: Vectors) -> CodedQuery:
        """Return the (D,) query, turned alike."""
        return CodedQuery(np.ascontiguousarray(query @ self._turn))
