"""Rows sorted into lists of near neighbours, so that a search reads a few lists in place of every vector.

FAISS's IVF (Jégou, Douze, Schmid, "Product quantization for nearest neighbor search", 2011,
https://doi.org/10.1109/TPAMI.2010.57) over vectors rounded to 16-bit floats, to bytes, or to bits by RaBitQ (Gao, Long,
"RaBitQ", 2024, https://doi.org/10.1145/3654970), with a hashed direct map, from which rows are removed one by one.
Scores from here are rounded; whoever asks ranks again by the true vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.coding import CodedQuery, Learnt
from index.engine import faiss
from index.protocol import Vectors
from index.rows import Rows, Scores
from index.storage import Storage

LEAST_PROBES = 16  # lists that are read whatever was learnt
ROOM = 8  # a list has room for one more row in so many, before it has to move
FETCH_DEPTHS = np.array([1, 4, 16, 64, 256])

Lists = NDArray[np.int64]
Bits = NDArray[np.uint8]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Training:
    """What is learnt from the vectors.

    `centres` are the (L, D) of the lists; `probes` how many lists, nearest first, hold what scores at least as the
    ascending `scores` say; `learnt` is the storage's own.
    """

    centres: Vectors
    scores: Numbers
    probes: Numbers
    learnt: Learnt


@dataclass(frozen=True, slots=True)
class Nearest:
    """The lists nearest to a (D,) query, the nearest first, and the cosines of their centres."""

    query: CodedQuery
    lists: Lists
    cosines: Scores


class InvertedLists:
    """Lists of rows around the centres of a training."""

    def __init__(self, training: Training, storage: Storage) -> None:
        self.training = training
        self.storage = storage
        self.count, dimensions = training.centres.shape
        self.added = 0  # rows ever added: when they are many more than were trained on, it is time to train anew
        self.fetched = FETCH_DEPTHS.astype(np.float64)  # rows to fetch by rounded scores, for the true first ones
        self._coding = storage.coding(dimensions, training.learnt)
        self._coarse = flat(training.centres)
        self._coded = flat(self._coding.vectors(training.centres))
        self._ivf = storage.lists(self._coded, dimensions, self.count)
        self._ivf.set_direct_map_type(faiss.DirectMap.Hashtable)

    def nearest(self, vectors: Vectors) -> Lists:
        """Return the list that each of the (N, D) vectors belongs to."""
        _, lists = self._coarse.search(vectors, 1)
        return np.ascontiguousarray(lists[:, 0])

    def nearest_to(self, query: Vectors, count: int) -> Nearest:
        """Return the `count` lists nearest to the (D,) query."""
        cosines, lists = self._coarse.search(query[None], count)
        return Nearest(self._coding.query(query), lists[0], cosines[0])

    def make_room(self, lists: Lists) -> None:
        """Make room for a row in each of these lists, at once: lists that grow row by row take twice the memory."""
        stored = self._ivf.invlists
        for number, count in enumerate(np.bincount(lists, minlength=self.count).tolist()):
            stored.resize(number, count + count // ROOM)
            stored.resize(number, 0)

    def add(self, rows: Rows, vectors: Vectors, lists: Lists) -> None:
        """Put rows into the lists that `nearest` told."""
        coded = self._coding.vectors(vectors)
        self._ivf.add_core(len(rows), faiss.swig_ptr(coded), faiss.swig_ptr(rows), faiss.swig_ptr(lists))
        self.added += len(rows)

    def remove(self, rows: Rows) -> None:
        """Take these rows out."""
        rows = np.ascontiguousarray(rows)
        if len(rows):
            self._ivf.remove_ids(faiss.IDSelectorArray(len(rows), faiss.swig_ptr(rows)))

    def search(self, nearest: Nearest, start: int, end: int, count: int, passing: Bits | None) -> tuple[Rows, Scores]:
        """Return up to `count` rows out of the nearest lists, `start` to `end`, best first, with rounded scores.

        `passing` has a bit for every row that may be returned; None lets all pass.
        """
        selector = None if passing is None else faiss.IDSelectorBitmap(passing)
        lists, cosines = nearest.lists[start:end], nearest.cosines[start:end]
        scores, rows = np.empty(count, np.float32), np.empty(count, np.int64)
        self._ivf.search_preassigned_c(
            1, faiss.swig_ptr(nearest.query.values), count, faiss.swig_ptr(lists), faiss.swig_ptr(cosines),
            faiss.swig_ptr(scores), faiss.swig_ptr(rows), False,
            faiss.SearchParametersIVF(nprobe=len(lists), sel=selector),
        )  # fmt: skip
        found = rows >= 0
        return rows[found], scores[found] * np.float32(nearest.query.scale) + np.float32(nearest.query.lacking)

    def list_of(self, size: int) -> NDArray[np.int32]:
        """Return for each of the rows below `size` the list it is in, -1 where it is in none."""
        found = np.full(size, -1, np.int32)
        stored = self._ivf.invlists
        for number in range(self.count):
            length = stored.list_size(number)
            if length:
                found[faiss.rev_swig_ptr(stored.get_ids(number), length)] = number
        return found

    def probes(self, score: float = np.inf) -> int:
        """Return how many lists to read for what scores at least so much, or to begin with."""
        wanted = np.interp(score, self.training.scores, self.training.probes)
        return int(min(self.count, max(LEAST_PROBES, np.ceil(wanted))))

    def fetch(self, depth: float) -> int:
        """Return how many rows to fetch by rounded scores, that the true first `depth` rows be among them."""
        beyond = max(1.0, depth / FETCH_DEPTHS[-1])
        return int(np.ceil(beyond * np.interp(np.log(max(depth, 1.0)), np.log(FETCH_DEPTHS), self.fetched)))


def flat(vectors: Vectors) -> Any:
    """Return an index of FAISS's that compares a query with each of the (N, D) vectors."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return index
