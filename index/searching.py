"""How a query is answered: every row compared where few pass, lists of near rows where many do, wider until sure.

With a GPU every row is compared there where many pass. Whichever way is taken, true vectors rank the answer,
so all ways give the same scores and the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.device_rows import ROUNDING, DeviceRows
from index.engine import faiss
from index.inverted_lists import InvertedLists
from index.passing import Passing
from index.products import ProductTable
from index.protocol import Candidate, Vectors
from index.rows import Rows, RowTable, Scores

FETCH_PER_PRODUCT = 4  # rows asked for at first, per product wanted: a product has several rows
WIDEN = 4
AHEAD = 8  # times as many lists are put in order as are read at first: to do it again takes as long as to read some
EXACT_SHARE = 6  # where there are lists, all rows are compared if one in so many of `exact_below` passes


@dataclass(frozen=True, slots=True)
class Last:
    """How many products a page has, and the score of the last of them."""

    count: int
    score: float


class Searcher:
    """Answers queries under one filter; to be used under the read lock, and let go with it."""

    def __init__(
        self, products: ProductTable, rows: RowTable, lists: InvertedLists | None, exact_below: int, passing: Passing,
        on_device: DeviceRows | None = None,
    ) -> None:  # fmt: skip
        self._products = products
        self._table = rows
        self._lists = lists
        self._exact_below = exact_below
        self._passing = passing
        self._on_device = on_device
        faiss.omp_set_num_threads(1)  # of this thread: one query is too little to share, and waiting for a core is long

    def best(self, query: Vectors, limit: int) -> list[Candidate]:
        """Return the `limit` products nearest to the (D,) query, best first, ties by SKU."""
        if self._passing.count <= max(self._few, limit * FETCH_PER_PRODUCT):
            return self._exact(query, limit)
        if self._on_device is not None:
            return self._all(query, limit, self._on_device)
        return self._exact(query, limit) if self._lists is None else self._near(query, limit, self._lists)

    @property
    def _few(self) -> int:
        """So many rows are all compared: those that pass a filter lie apart, so it takes longer than a few lists."""
        every = self._passing.count == len(self._table)
        return self._exact_below if every else self._exact_below // EXACT_SHARE

    def _exact(self, query: Vectors, limit: int) -> list[Candidate]:
        """Compare every row that passes, and rank the best, more of them until no other can belong there."""
        count = limit * FETCH_PER_PRODUCT
        while True:
            rows, scores = self._table.nearest(query, self._passing.rows, count)
            last = self._last(scores, rows, limit)
            if len(rows) == self._passing.count or (last.count == limit and last.score > scores.min()):
                return self._page(scores, rows, last)
            count *= WIDEN

    def _all(self, query: Vectors, limit: int, device: DeviceRows) -> list[Candidate]:
        """Let the device compare every row, and rank those it fetches, more of them until no other can belong there."""
        count = limit * FETCH_PER_PRODUCT
        while count < self._passing.count:
            rows, rounded = device.nearest(self._table, query, count, self._passing)
            true = self._table.scores(query, rows)
            last = self._last(true, rows, limit)
            if last.count == limit and not _cut(last, rounded, true, ROUNDING):
                return self._page(true, rows, last)
            count *= WIDEN
        return self._exact(query, limit)

    def _near(self, query: Vectors, limit: int, lists: InvertedLists) -> list[Candidate]:
        """Read the nearest lists, and more, as many as the last on the page calls for: the less it scores, the more."""
        count = max(limit * FETCH_PER_PRODUCT, lists.fetch(limit * len(self._table) / len(self._products)))
        start, end = 0, lists.probes()
        nearest = lists.nearest_to(query, min(lists.count, end * AHEAD))
        rows, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
        while True:
            if end > len(nearest.lists):
                nearest = lists.nearest_to(query, lists.count)
            found, rounded = lists.search(nearest, start, end, count, self._passing.bits)
            true = self._table.scores(query, found)
            rows, scores = np.concatenate([rows, found]), np.concatenate([scores, true])
            last = self._last(scores, rows, limit)
            cut = len(found) == count and (last.count < limit or _cut(last, rounded, true, lists.storage.rounding))
            if cut:
                count *= WIDEN
                if count > self._exact_below:
                    return self._exact(query, limit)
                start, rows, scores = 0, rows[:0], scores[:0]
                continue
            wanted = lists.probes(last.score) if last.count == limit else lists.count
            if wanted <= end:
                return self._page(scores, rows, last)
            start, end = end, min(wanted, end * WIDEN)

    def _last(self, scores: Scores, rows: Rows, limit: int) -> Last:
        """Return which product is the last on the page that these rows make; they may be in any order."""
        count = limit * FETCH_PER_PRODUCT
        while True:
            best = np.argpartition(-scores, count)[:count] if count < len(scores) else np.arange(len(scores))
            best = best[np.argsort(-scores[best])]
            first = np.sort(np.unique(self._table.owner[rows[best]], return_index=True)[1])[:limit]
            if len(first) == limit or count >= len(scores):
                return Last(len(first), float(scores[best[first[-1]]]) if len(first) else -np.inf)
            count *= WIDEN

    def _page(self, scores: Scores, rows: Rows, last: Last) -> list[Candidate]:
        """Return the best row of each product down to the last, best first, ties by SKU."""
        chosen = np.flatnonzero(scores >= last.score)
        slots, regions = self._table.owner[rows[chosen]], self._table.regions[rows[chosen]]
        ranked = sorted(
            (-score, self._products.skus[slot], self._table.images[row], region, slot)
            for score, slot, row, region in zip(
                scores[chosen].tolist(), slots.tolist(), rows[chosen].tolist(), regions.tolist(), strict=True
            )
        )
        page: dict[str, Candidate] = {}
        for score, sku, image, region, slot in ranked:
            if sku not in page:
                if len(page) == last.count:
                    break
                page[sku] = Candidate(sku, image, region, -score, int(self._products.versions[slot]))
        return list(page.values())


def _cut(last: Last, rounded: Scores, true: Scores, rounding: float) -> bool:
    """Whether rows that were not fetched may belong on the page: by rounded scores they come right after the last.

    Equal rows have equal rounded scores, so none of them is on the page where the last one fetched is not.
    """
    on_page = rounded[true >= last.score]
    return last.score <= rounded[-1] + rounding or (on_page.size > 0 and bool(on_page[-1] <= rounded[-1]))
