"""How a query is answered: every row compared where few pass, lists of near rows where many do, wider until sure.

With a GPU every row is compared there where many pass. Whichever way is taken, true vectors rank the answer,
so all ways give the same scores and the same order.
"""

from __future__ import annotations

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

Found = tuple[Rows, Scores]


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
            page = self._page(scores, rows, limit)
            if len(rows) == self._passing.count or (len(page) == limit and page[-1].score > scores.min()):
                return page
            count *= WIDEN

    def _all(self, query: Vectors, limit: int, device: DeviceRows) -> list[Candidate]:
        """Let the device compare every row, and rank those it fetches, more of them until no other can belong there."""
        count = limit * FETCH_PER_PRODUCT
        while count < self._passing.count:
            rows, rounded = device.nearest(self._table, query, count, self._passing)
            true = self._table.scores(query, rows)
            page = self._page(true, rows, limit)
            if not self._cut(page, rounded, true, ROUNDING, limit):
                return page
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
            page = self._page(scores, rows, limit)
            if len(found) == count and self._cut(page, rounded, true, lists.storage.rounding, limit):
                count *= WIDEN
                if count > self._exact_below:
                    return self._exact(query, limit)
                start, rows, scores = 0, rows[:0], scores[:0]
                continue
            wanted = lists.probes(page[-1].score) if len(page) == limit else lists.count
            if wanted <= end:
                return page
            start, end = end, min(wanted, end * WIDEN)

    def _cut(self, page: list[Candidate], rounded: Scores, true: Scores, rounding: float, limit: int) -> bool:
        """Whether rows that were not fetched may belong on the page: by rounded scores they come right after the last.

        Equal rows have equal rounded scores, so none of them is on the page where the last one fetched is not.
        """
        least = page[-1].score
        on_page = rounded[true >= least]
        return len(page) < limit or least <= rounded[-1] + rounding or (on_page.size > 0 and on_page[-1] <= rounded[-1])

    def _page(self, scores: Scores, rows: Rows, limit: int) -> list[Candidate]:
        """Return the best row of each of the `limit` best products; `rows` may be in any order."""
        chosen = self._enough(scores, rows, limit)
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
                if len(page) == limit:
                    break
                page[sku] = Candidate(sku, image, region, -score, int(self._products.versions[slot]))
        return list(page.values())

    def _enough(self, scores: Scores, rows: Rows, limit: int) -> Rows:
        """Return the places of so many of the best scores that they make `limit` products, ties at the end included."""
        count = limit * FETCH_PER_PRODUCT
        while count < len(scores):
            least = np.partition(scores, -count)[-count]
            chosen = np.flatnonzero(scores >= least)
            if len(np.unique(self._table.owner[rows[chosen]])) >= limit:
                return chosen
            count *= WIDEN
        return np.arange(len(scores))
