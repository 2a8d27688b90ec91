"""Sorts the rows of large partitions into lists, beside searches and writes, which go on meanwhile.

A training reads the rows as they were when it began; what is written meanwhile is noted and made good at the end.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from index.inverted_lists import InvertedLists, Lists, Numbers, Training, flat
from index.learning import SEED, Neighbours, centres_of, fetched, sample_size, training_of
from index.partition import Partition
from index.protocol import Vectors
from index.rows import Rows
from runtime.memory import give_back
from runtime.threads import stand_back

ROWS_AT_ONCE = 4_096  # read at once; so few, that no write waits for long
NICENESS = 10
ROUNDS = 8  # of making good beside the writers, before they must wait for the last one


class Trainer:
    """Trains one partition after another, in a thread that lives as long as there are any to train."""

    def __init__(self, one_writer: threading.Lock) -> None:
        self._one_writer = one_writer  # held by whoever writes to a partition
        self._waiting: deque[Partition] = deque()
        self._changed = threading.Condition()
        self._at_work = False

    def ask(self, partition: Partition) -> None:
        """Train this partition when its turn comes; the caller does not wait."""
        with self._changed:
            if partition in self._waiting:
                return
            self._waiting.append(partition)
            if not self._at_work:
                self._at_work = True
                threading.Thread(target=self._work, name="index-training").start()

    def settle(self) -> None:
        """Wait until there is nothing to train."""
        with self._changed:
            self._changed.wait_for(lambda: not self._at_work)

    def _work(self) -> None:
        stand_back(NICENESS)
        try:
            while partition := self._next():
                self._train(partition)
        except BaseException:
            with self._changed:
                self._waiting.clear()
                self._rest()
            raise

    def _next(self) -> Partition | None:
        with self._changed:
            if self._waiting:
                return self._waiting.popleft()
            self._rest()
            return None

    def _rest(self) -> None:
        self._at_work = False
        self._changed.notify_all()

    def _train(self, partition: Partition) -> None:
        with self._one_writer:
            if not partition.wants_training():
                return
            partition.touched = []
            rows = partition.rows.live()
        try:
            lists = _learnt(partition, rows)
            for _ in range(ROUNDS):
                with self._one_writer:
                    touched = _take_touched(partition)
                _make_good(partition, lists, touched)
                if len(touched) <= ROWS_AT_ONCE:
                    break
            with self._one_writer:
                _make_good(partition, lists, _take_touched(partition))
                partition.adopt(lists, len(rows))
        finally:
            partition.touched = None
        give_back()


def sample_of(partition: Partition, rows: Rows) -> Vectors:
    """Return the vectors of so many of these rows, drawn by lot, as are enough to learn from."""
    chosen = np.random.default_rng(SEED).permutation(len(rows))[: sample_size(len(rows))]
    return np.concatenate([_vectors(partition, part) for part in _parts(rows[chosen])])


def sorted_into(
    partition: Partition, training: Training, rows: Rows, list_of: Lists, measured: Numbers | None
) -> InvertedLists:
    """Put these rows into the lists that they belong to; measure how deep to fetch from them, if that is not known."""
    lists = InvertedLists(training, partition.storage)
    lists.make_room(list_of)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        lists.add(part, _vectors(partition, part), list_of[start : start + ROWS_AT_ONCE])
    lists.fetched = fetched(lists, sample_of(partition, rows), partition.true_scores) if measured is None else measured
    return lists


def _learnt(partition: Partition, rows: Rows) -> InvertedLists:
    """Learn lists and put the rows into them."""
    sample = sample_of(partition, rows)
    centres, neighbours = centres_of(sample, len(rows)), Neighbours(sample)
    coarse, list_of = flat(centres), []
    for part in _parts(rows):
        vectors = _vectors(partition, part)
        list_of.append(coarse.search(vectors, 1)[1][:, 0])
        neighbours.see(vectors, list_of[-1])
    training = training_of(centres, neighbours, partition.storage.learn(sample))
    return sorted_into(partition, training, rows, np.concatenate(list_of), None)


def _take_touched(partition: Partition) -> Rows:
    """Return the rows written to since the last time, each once."""
    touched = partition.touched
    partition.touched = []
    return np.unique(np.concatenate(touched)) if touched else np.zeros(0, np.int64)


def _make_good(partition: Partition, lists: InvertedLists, touched: Rows) -> None:
    """Bring rows that were written to into the state they are in now."""
    for part in _parts(touched):
        lists.remove(part)
        with partition.lock.reading():
            taken = part[partition.rows.owner[part] > 0]
            vectors = partition.rows.true(taken)
        if len(taken):
            lists.add(taken, vectors, lists.nearest(vectors))


def _vectors(partition: Partition, rows: Rows) -> Vectors:
    with partition.lock.reading():
        return partition.rows.true(rows)


def _parts(rows: Rows) -> list[Rows]:
    return [rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE)]
