"""What is learnt from the vectors of a partition: the centres of its lists, and how far a search must read."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from index.coding import Learnt
from index.engine import faiss
from index.inverted_lists import FETCH_DEPTHS, LEAST_PROBES, InvertedLists, Lists, Numbers, Training
from index.protocol import Vectors
from index.rows import Rows, Scores

SEED = 20_250_101
LISTS_PER_ROOT = 3  # lists per square root of rows: few enough to choose from, many enough to grow twofold
POINTS_PER_LIST = 32  # enough for a stable k-means
LEAST_SAMPLE = 50_000
ROUNDS = 8
SAMPLE_QUERIES = 96
COVERED = 0.997  # share of the true neighbours of a score that must lie in the lists that are read for that score
FETCHED = 0.999  # and among the rows that are fetched from them
DEEPEST = 1_024  # neighbours of each query that are looked at
LEVELS = 32  # of scores
MOST_FETCHED = 4_096


def sample_size(count: int) -> int:
    """Return how many of `count` vectors are enough to learn from."""
    return min(count, max(list_count(count) * POINTS_PER_LIST, LEAST_SAMPLE))


def list_count(count: int) -> int:
    """Return how many lists `count` vectors are sorted into."""
    return max(1, min(count, int(LISTS_PER_ROOT * np.sqrt(count))))


def centres_of(sample: Vectors, count: int) -> Vectors:
    """Return the centres of the lists for `count` vectors, learnt from a random (N, D) sample of them.

    The same sample gives the same. Takes seconds for 100,000s of vectors, on half of the cores.
    """
    faiss.omp_set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # of this thread's work only
    means = faiss.Kmeans(
        sample.shape[1], list_count(count), niter=ROUNDS, seed=SEED, spherical=True,
        min_points_per_centroid=1, max_points_per_centroid=POINTS_PER_LIST,
    )  # fmt: skip
    means.train(sample)
    centres: Vectors = means.centroids
    return centres


class Neighbours:
    """The nearest vectors to sample queries, gathered while all vectors pass by, and the list that each one is in."""

    def __init__(self, sample: Vectors) -> None:
        self.queries = _queries(sample[: 2 * SAMPLE_QUERIES])
        self._scores = np.zeros((len(self.queries), 0), np.float32)
        self._lists = np.zeros((len(self.queries), 0), np.int64)

    def see(self, vectors: Vectors, lists: Lists) -> None:
        """Look at some (N, D) vectors, which are in these lists."""
        scores = np.concatenate([self._scores, self.queries @ vectors.T], axis=1)
        held = np.concatenate([self._lists, np.broadcast_to(lists, (len(self.queries), len(lists)))], axis=1)
        if scores.shape[1] > DEEPEST:
            best = np.argpartition(-scores, DEEPEST - 1, axis=1)[:, :DEEPEST]
            scores, held = np.take_along_axis(scores, best, 1), np.take_along_axis(held, best, 1)
        self._scores, self._lists = scores, held

    def best(self) -> tuple[Scores, Lists]:
        """Return their (queries, neighbours) scores, best first, and lists."""
        order = np.argsort(-self._scores, axis=1)
        return np.take_along_axis(self._scores, order, 1), np.take_along_axis(self._lists, order, 1)


def training_of(centres: Vectors, neighbours: Neighbours, learnt: Learnt) -> Training:
    """Measure in how many lists, nearest to the query first, its neighbours lie that score at least so much."""
    scores, lists = neighbours.best()
    order = np.argsort(-(neighbours.queries @ centres.T), axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(len(centres))[None], 1)
    needed = np.take_along_axis(place, lists, 1) + 1
    levels = np.quantile(scores, 1 - np.linspace(0, 1, LEVELS) ** 2)
    between = [(scores <= upper) & (scores >= lower) for upper, lower in pairwise(levels)]
    # Of few scores none may lie between two levels: what is needed above them is needed there.
    probes = np.maximum.accumulate([np.quantile(needed[some], COVERED) if some.any() else 1.0 for some in between])
    return Training(centres, levels[:0:-1].astype(np.float64), probes[::-1].copy(), learnt)


def fetched(lists: InvertedLists, sample: Vectors, scores: Callable[[Vectors, Rows], Scores]) -> Numbers:
    """Measure how many rows must be fetched by rounded scores, that the true first ones be among them.

    `lists` hold all rows; `scores` gives the true ones.
    """
    ranks: list[Rows] = []
    for query in _queries(sample[: 2 * SAMPLE_QUERIES]):
        nearest = lists.nearest_to(query, min(lists.count, 2 * LEAST_PROBES))
        rows, _ = lists.search(nearest, 0, lists.count, MOST_FETCHED, None)
        ranks.append(np.argsort(-scores(query, rows), kind="stable")[: FETCH_DEPTHS[-1]] + 1)
    needed = [np.quantile(np.concatenate([one[:depth] for one in ranks]), FETCHED) for depth in FETCH_DEPTHS]
    return np.maximum.accumulate(needed, dtype=np.float64)


def _queries(sample: Vectors) -> Vectors:
    """Make queries unlike any vector: a third lies near one, a third between two, a third beside one."""
    own, other = sample[: 2 * SAMPLE_QUERIES : 2].copy(), sample[1 : 2 * SAMPLE_QUERIES : 2]
    own = own[: len(other)] if len(other) else own
    third = len(own) // 3
    own[third : 2 * third] += 0.5 * other[third : 2 * third]
    noise = np.random.default_rng(SEED).standard_normal(own[2 * third :].shape).astype(np.float32)
    own[2 * third :] += 0.75 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    return np.ascontiguousarray(own, np.float32)
