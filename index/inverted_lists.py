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
from index.rows import Rows, Scores

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
