"""Rows sorted into lists of near neighbours, so that a search reads a few lists in place of every vector.

FAISS's IVF with 16-bit floats (Jégou, Douze, Schmid, "Product quantization for nearest neighbor search", 2011,
https://doi.org/10.1109/TPAMI.2010.57) and a hashed direct map, from which rows are removed one by one. Scores from
here are rounded; whoever asks ranks again by the true vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.engine import faiss
from index.protocol import Vectors
from index.rows import Rows, RowTable, Scores

SEED = 20_250_101
POINTS_PER_LIST = 32  # enough for a stable k-means, see benchmarks/index.py
ROUNDS = 8
SAMPLE_ROWS = 50_000  # rows on which the number of lists to read is measured
SAMPLE_QUERIES = 96
COVERED = 0.995  # share of the true neighbours that must lie in the lists that are read
DEPTHS = (1, 4, 16, 64, 256, 1024)
ROUNDING = 1e-3  # scores of 16-bit vectors are off by less

Lists = NDArray[np.int64]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Training:
    """What is learnt from the vectors: (L, D) centres, and how many lists to read for neighbours down to a depth."""

    centres: Vectors
    depths: NDArray[np.float64]
    probes: NDArray[np.float64]


class InvertedLists:
    """Lists of rows around the centres of a training."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.count, dimensions = training.centres.shape
        self.added = 0  # rows ever added: when they are many more than were trained on, it is time to train anew
        self._coarse = faiss.IndexFlatIP(dimensions)
        self._coarse.add(training.centres)
        self._ivf = faiss.IndexIVFScalarQuantizer(
            self._coarse, dimensions, self.count, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
        )
        self._ivf.is_trained = True  # 16-bit floats have nothing to learn, and the centres are there
        self._ivf.set_direct_map_type(faiss.DirectMap.Hashtable)

    def nearest(self, vectors: Vectors) -> Lists:
        """Return the list that each of the (N, D) vectors belongs to."""
        _, lists = self._coarse.search(vectors, 1)
        return np.ascontiguousarray(lists[:, 0])

    def add(self, rows: Rows, vectors: Vectors, lists: Lists) -> None:
        """Put rows into the lists that `nearest` told."""
        self._ivf.add_core(len(rows), faiss.swig_ptr(vectors), faiss.swig_ptr(rows), faiss.swig_ptr(lists))
        self.added += len(rows)

    def remove(self, rows: Rows) -> None:
        """Take these rows out."""
        rows = np.ascontiguousarray(rows)
        if len(rows):
            self._ivf.remove_ids(faiss.IDSelectorArray(len(rows), faiss.swig_ptr(rows)))

    def search(self, query: Vectors, count: int, probes: int, passing: Bits | None) -> tuple[Rows, Scores]:
        """Return up to `count` rows near the (D,) query out of `probes` lists, best first, with rounded scores.

        `passing` has a bit for every row that may be returned; None lets all pass.
        """
        selector = None if passing is None else faiss.IDSelectorBitmap(passing)
        parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        scores, rows = self._ivf.search(query[None], count, params=parameters)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def list_of(self, size: int) -> NDArray[np.int32]:
        """Return for each of the rows below `size` the list it is in, -1 where it is in none."""
        found = np.full(size, -1, np.int32)
        stored = self._ivf.invlists
        for number in range(self.count):
            length = stored.list_size(number)
            if length:
                found[faiss.rev_swig_ptr(stored.get_ids(number), length)] = number
        return found

    def probes(self, depth: float) -> int:
        """Return how many lists to read to find the true neighbours down to this depth."""
        wanted = np.interp(np.log(max(depth, 1.0)), np.log(self.training.depths), self.training.probes)
        return int(min(self.count, np.ceil(wanted)))


def build(table: RowTable) -> InvertedLists:
    """Learn centres from the vectors of a table and sort all of its rows into lists. The same table gives the same."""
    rows = table.live()
    random = np.random.default_rng(SEED)
    centres = _centres(table, rows, random)
    coarse = InvertedLists(Training(centres, np.ones(1), np.ones(1)))
    lists = np.concatenate([coarse.nearest(table.vectors[part]) for part in _parts(rows)])
    built = InvertedLists(_measured(table, rows, lists, centres, random))
    fill(built, table, rows, lists)
    return built


def fill(built: InvertedLists, table: RowTable, rows: Rows, lists: Lists) -> None:
    """Put rows of a table into their lists."""
    start = 0
    for part in _parts(rows):
        built.add(part, table.vectors[part], np.ascontiguousarray(lists[start : start + len(part)]))
        start += len(part)


def _parts(rows: Rows, size: int = 16_384) -> list[Rows]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _centres(table: RowTable, rows: Rows, random: np.random.Generator) -> Vectors:
    count = max(1, int(3 * np.sqrt(len(rows))))
    count = min(count, len(rows))
    sample = random.choice(rows, min(len(rows), count * POINTS_PER_LIST), replace=False)
    means = faiss.Kmeans(
        table.dimensions, count, niter=ROUNDS, seed=SEED, spherical=True,
        min_points_per_centroid=1, max_points_per_centroid=POINTS_PER_LIST,
    )  # fmt: skip
    means.train(table.vectors[np.sort(sample)])
    centres: Vectors = means.centroids
    return centres


def _measured(table: RowTable, rows: Rows, lists: Lists, centres: Vectors, random: np.random.Generator) -> Training:
    """Measure in how many lists, nearest first, the true neighbours of sample queries lie.

    A search down to depth k of a sample stands for one down to depth k times as deep in all rows.
    """
    picked = random.permutation(len(rows))[: SAMPLE_ROWS + 2 * SAMPLE_QUERIES]
    queries = _queries(table.vectors[rows[picked[: 2 * SAMPLE_QUERIES]]], random)
    sample = np.sort(picked[2 * SAMPLE_QUERIES :]) if len(picked) > 4 * SAMPLE_QUERIES else np.sort(picked)
    scores = np.concatenate([table.vectors[part] @ queries.T for part in _parts(rows[sample])]).T
    deepest = min(DEPTHS[-1], len(sample))
    near = np.argpartition(-scores, deepest - 1, axis=1)[:, :deepest]
    near = np.take_along_axis(near, np.argsort(-np.take_along_axis(scores, near, 1), axis=1), 1)
    order = np.argsort(-(queries @ centres.T), axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(len(centres))[None], 1)
    needed = np.take_along_axis(place, lists[sample][near], 1) + 1
    depths = np.array([depth for depth in DEPTHS if depth <= deepest])
    probes = np.maximum.accumulate([np.quantile(needed[:, :depth], COVERED) for depth in depths])
    return Training(centres, depths * (len(rows) / len(sample)), probes)


def _queries(vectors: Vectors, random: np.random.Generator) -> Vectors:
    """Make queries unlike any row: a third lies near a row, a third between two rows, a third beside one."""
    own, other = vectors[::2].copy(), vectors[1::2]
    third = len(own) // 3
    own[third : 2 * third] += 0.5 * other[third : 2 * third]
    noise = random.standard_normal(own[2 * third :].shape).astype(np.float32)
    own[2 * third :] += 0.75 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    return np.ascontiguousarray(own, np.float32)
