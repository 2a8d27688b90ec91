"""The vectors of a partition, one per row, with the product, image and region that each stands for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.column import Slots
from index.engine import faiss
from index.protocol import Vectors

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

BLOCK_ROWS = 16_384  # whose changes are counted together, so that a snapshot need not write the others
MOST_NEW_ROWS = 32_768  # made at once, so that growing never holds up searches for long
SCORED_AT_ONCE = 4_096  # 16-bit rows: they stay in a core's cache from the copy to the sum

_mine = threading.local()

RowVectors = NDArray[np.float32 | np.float16]


class RowTable:
    """Rows for vectors, 16-bit floats or not. Row 0 is nobody's, so that 0 can stand for "none".

    The rows of a product are a chain.
    """

    def __init__(self, dimensions: int, kind: type[np.float32] | type[np.float16] = np.float32) -> None:
        self.dimensions = dimensions
        self.vectors: RowVectors = np.zeros((1, dimensions), kind)
        self.owner: Slots = np.zeros(1, np.int64)  # the product's slot, 0 where the row is free
        self.following: Rows = np.zeros(1, np.int64)  # the next row of the same product
        self.regions: NDArray[np.int32] = np.zeros(1, np.int32)
        self.images: list[str] = [""]
        self.block_revisions: list[int] = [0]  # how often each block of rows was written to
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self.images) - 1 - len(self._free)

    def add(self, owners: Slots, images: Sequence[str], regions: Sequence[int], vectors: Vectors) -> Rows:
        """Store a vector per owner; those of one product stand side by side. Return their rows."""
        rows = self._claim(images)
        for block in np.unique(rows // BLOCK_ROWS).tolist():
            self.block_revisions[block] += 1
        self.vectors[rows] = vectors
        self.owner[rows] = owners
        self.regions[rows] = regions
        same = np.append(owners[1:] == owners[:-1], False)
        self.following[rows] = np.where(same, np.append(rows[1:], 0), 0)
        return rows

    def remove(self, rows: Rows) -> None:
        """Free these distinct rows; what stands in them is written over when they are taken again."""
        self.owner[rows] = 0
        self._free.extend(rows.tolist())

    def chains(self, first: Rows) -> Rows:
        """Return all rows of the products whose first rows are given."""
        found: list[Rows] = []
        rows = first[first > 0]
        while rows.size:
            found.append(rows)
            rows = self.following[rows]
            rows = rows[rows > 0]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def live(self) -> Rows:
        """Return all rows that are taken, ascending."""
        return np.flatnonzero(self.owner[: len(self.images)])

    def true(self, rows: Rows) -> Vectors:
        """Return the (N, D) vectors of these rows."""
        found: Vectors = self.vectors[rows].astype(np.float32, copy=False)
        return found

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the cosine of the (D,) query with each row. The same vectors give the same bits, on any row."""
        found = np.empty(len(rows), np.float32)
        rows = np.ascontiguousarray(rows)
        if self.vectors.dtype == np.float32:
            self._compare(query, rows, found)
        else:
            for start, places, scores in self._in_parts(query, rows, SCORED_AT_ONCE):
                found[start + places] = scores
        return np.clip(found, -1.0, 1.0)

    def nearest(self, query: Vectors, rows: Rows, count: int) -> tuple[Rows, Scores]:
        """Return the `count` of these rows that score highest, or all, in any order; scores as `scores` has them."""
        if self.vectors.dtype == np.float32 or count >= len(rows):
            return rows, self.scores(query, rows)
        parts = [(rows[start + places], scores) for start, places, scores in self._in_parts(query, rows, count)]
        found, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        best = np.argpartition(-scores, count - 1)[:count]
        return found[best], np.clip(scores[best], -1.0, 1.0)

    def load(self, images: list[str], owner: Slots, following: Rows, regions: NDArray[np.int32],
             blocks: Iterator[RowVectors]) -> None:  # fmt: skip
        """Take over what a snapshot holds, one element per row; `images` is complete when `blocks` have been read."""
        self._grow(len(owner))
        self.owner[:], self.following[:], self.regions[:] = owner, following, regions
        self._free = np.flatnonzero(owner == 0)[:0:-1].tolist()
        start = 0
        for block in blocks:
            self.vectors[start : start + len(block)] = block
            start += len(block)
        self.images = images

    def _compare(self, query: Vectors, rows: Rows, into: Scores) -> None:
        if len(rows):
            faiss.fvec_inner_products_by_idx(
                faiss.swig_ptr(into), faiss.swig_ptr(query), faiss.swig_ptr(self.vectors), faiss.swig_ptr(rows),
                self.dimensions, 1, len(rows),
            )  # fmt: skip

    def _in_parts(self, query: Vectors, rows: Rows, count: int) -> Iterator[tuple[int, NDArray[np.int64], Scores]]:
        """Yield where a part of the 16-bit rows starts, and places and scores of its `count` best.

        FAISS multiplies 16-bit floats as they are; to have NumPy widen them takes forty times as long.
        """
        flat = _scratch(self.dimensions)
        for start in range(0, len(rows), SCORED_AT_ONCE):
            some = rows[start : start + SCORED_AT_ONCE]
            together = some[-1] - some[0] == len(some) - 1 and bool((np.diff(some) > 0).all())
            part = self.vectors[some[0] : some[-1] + 1] if together else self.vectors[some]
            flat.reset()
            flat.add_sa_codes(part.view(np.uint8))
            scores, places = flat.search(query[None], min(count, len(some)))
            yield start, places[0], scores[0]

    def _claim(self, images: Sequence[str]) -> Rows:
        rows: list[int] = []
        for image in images:
            if self._free:
                row = self._free.pop()
                self.images[row] = image
            else:
                row = len(self.images)
                self.images.append(image)
            rows.append(row)
        if len(self.images) > len(self.owner):
            self._grow(len(self.images) + min(MOST_NEW_ROWS, len(self.images) // 4))
        return np.array(rows, np.int64)

    def _grow(self, size: int) -> None:
        self.block_revisions.extend([0] * (-(-size // BLOCK_ROWS) - len(self.block_revisions)))
        self.vectors.resize((size, self.dimensions), refcheck=False)  # in place: the allocator moves pages, no bytes
        for column in (self.owner, self.following, self.regions):
            column.resize(size, refcheck=False)


def _scratch(dimensions: int) -> Any:
    """Return this thread's index for 16-bit rows that are compared; it keeps its memory from one call to the next."""
    if getattr(_mine, "dimensions", None) != dimensions:
        kind = faiss.ScalarQuantizer.QT_fp16
        _mine.index = faiss.IndexScalarQuantizer(dimensions, kind, faiss.METRIC_INNER_PRODUCT)
        _mine.dimensions = dimensions
    return _mine.index
