"""What is learnt from the vectors of a partition: the centres of its lists, and how far a search must read."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from index.engine import faiss
from index.inverted_lists import FETCH_DEPTHS, LEAST_PROBES, InvertedLists, Numbers, Training, flat
from index.protocol import Vectors
from index.rows import Rows, Scores
from index.storage import Storage

SEED = 20_250_101
LISTS_PER_ROOT = 3  # lists per square root of rows: few enough to choose from, many enough to grow twofold
POINTS_PER_LIST = 32  # enough for a stable k-means, see benchmarks/index.py
ROUNDS = 8
SAMPLE_ROWS = 50_000  # on which the number of lists to read is measured
SAMPLE_QUERIES = 96
COVERED = 0.998  # share of the true neighbours that must lie in the lists that are read
DEPTHS = (1, 4, 16, 64, 256, 1024)
NEAR_ENOUGH = 0.1  # share of the queries that are taken to be farther off than what was learnt holds for
MOST_FETCHED = 4_096


def sample_size(count: int) -> int:
    """Return how many of `count` vectors are enough to learn from."""
    return min(count, max(list_count(count) * POINTS_PER_LIST, SAMPLE_ROWS))


def list_count(count: int) -> int:
    """Return how many lists `count` vectors are sorted into."""
    return max(1, min(count, int(LISTS_PER_ROOT * np.sqrt(count))))


def learn(sample: Vectors, count: int, storage: Storage) -> Training:
    """Learn from a random (N, D) sample of `count` vectors. The same sample gives the same.

    Takes seconds for 100,000s of vectors, on half of the cores.
    """
    faiss.omp_set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # of this thread's work only
    means = faiss.Kmeans(
        sample.shape[1], list_count(count), niter=ROUNDS, seed=SEED, spherical=True,
        min_points_per_centroid=1, max_points_per_centroid=POINTS_PER_LIST,
    )  # fmt: skip
    means.train(sample)
    return _measured(sample[:SAMPLE_ROWS], count, means.centroids, storage)


def fetched(lists: InvertedLists, sample: Vectors, scores: Callable[[Vectors, Rows], Scores]) -> Numbers:
    """Measure how many rows must be fetched by rounded scores, that the true first ones be among them.

    `lists` hold all rows; `scores` gives the true ones.
    """
    ranks: list[Rows] = []
    for query in _queries(sample[: 2 * SAMPLE_QUERIES]):
        nearest = lists.nearest_to(query, min(lists.count, 2 * LEAST_PROBES))
        rows, _ = lists.search(nearest, 0, MOST_FETCHED, None)
        ranks.append(np.argsort(-scores(query, rows), kind="stable")[: FETCH_DEPTHS[-1]] + 1)
    needed = [np.quantile(np.concatenate([one[:depth] for one in ranks]), COVERED) for depth in FETCH_DEPTHS]
    return np.maximum.accumulate(needed, dtype=np.float64)


def _measured(sample: Vectors, count: int, centres: Vectors, storage: Storage) -> Training:
    """Measure in how many lists, nearest first, the true neighbours of sample queries lie.

    A search down to depth k of the sample stands for one as much deeper as there are more vectors than in the sample.
    """
    queries = _queries(sample)
    rest = sample[2 * SAMPLE_QUERIES :] if len(sample) > 4 * SAMPLE_QUERIES else sample
    lists = flat(centres).search(rest, 1)[1][:, 0]
    scores = queries @ rest.T
    deepest = min(DEPTHS[-1], len(rest))
    near = np.argpartition(-scores, deepest - 1, axis=1)[:, :deepest]
    near = np.take_along_axis(near, np.argsort(-np.take_along_axis(scores, near, 1), axis=1), 1)
    cosines = queries @ centres.T
    order = np.argsort(-cosines, axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(len(centres))[None], 1)
    needed = np.take_along_axis(place, lists[near], 1) + 1
    depths = np.array([depth for depth in DEPTHS if depth <= deepest])
    probes = np.maximum.accumulate([np.quantile(needed[:, :depth], COVERED) for depth in depths])
    close = float(np.quantile(cosines.max(axis=1), NEAR_ENOUGH))
    return Training(centres, depths * (count / len(rest)), probes, close, storage.learn(rest))


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
