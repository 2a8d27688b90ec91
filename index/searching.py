"""How a query is answered: every row compared where few pass, lists of near rows where many do, wider until sure.

Whichever way is taken, the answer is ranked by the true vectors, so both ways give the same scores and the same order.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from index.column import Mask
from index.inverted_lists import ROUNDING, Bits, InvertedLists
from index.products import ProductTable
from index.protocol import Candidate, Vectors
from index.rows import Rows, RowTable, Scores
from index.where import Where

FETCH_PER_PRODUCT = 4  # rows asked for at first, per product wanted: a product has several rows
WIDEN = 4


class Searcher:
    """Answers queries under one filter; to be used under the read lock, and let go with it."""

    def __init__(
        self, products: ProductTable, rows: RowTable, lists: InvertedLists | None, exact_below: int, where: Where
    ) -> None:
        self._products = products
        self._table = rows
        self._lists = lists
        self._exact_below = exact_below
        self._where = where

    def best(self, query: Vectors, limit: int) -> list[Candidate]:
        """Return the `limit` products nearest to the (D,) query, best first, ties by SKU."""
        if self._lists is None or self._count <= max(self._exact_below, limit * FETCH_PER_PRODUCT):
            return self._exact(query, limit)
        return self._near(query, limit, self._lists)

    @cached_property
    def _products_passing(self) -> Mask:
        return self._products.passing(self._where)

    @cached_property
    def _rows_passing(self) -> Mask:
        return self._products_passing[self._table.owner[: len(self._table.images)]]

    @cached_property
    def _few(self) -> bool:
        """Whether so few products pass that it is quicker to go from each to its rows than to look at every row."""
        return int(np.count_nonzero(self._products_passing)) * 8 < len(self._products_passing)

    @cached_property
    def _passing(self) -> Rows:
        """The rows of all products that pass the filter."""
        if not self._where.conditions:
            return self._table.live()
        if self._few:
            return self._table.chains(self._products.first_row[np.flatnonzero(self._products_passing)])
        return np.flatnonzero(self._rows_passing)

    @cached_property
    def _count(self) -> int:
        """How many rows that is."""
        if not self._where.conditions:
            return len(self._table)
        return len(self._passing) if self._few else int(np.count_nonzero(self._rows_passing))

    @cached_property
    def _bits(self) -> Bits | None:
        """A bit for every row that passes; None where all do."""
        return np.packbits(self._rows_passing, bitorder="little") if self._where.conditions else None

    def _exact(self, query: Vectors, limit: int) -> list[Candidate]:
        return self._page(self._table.scores(query, self._passing), self._passing, limit)

    def _near(self, query: Vectors, limit: int, lists: InvertedLists) -> list[Candidate]:
        """Read more lists until reading twice as many changes nothing, and more rows until the page is sure."""
        count = limit * FETCH_PER_PRODUCT
        probes = lists.probes(limit * len(self._table) ** 2 / (self._count * len(self._products)))
        before: list[Candidate] | None = None
        while True:
            rows, rounded = lists.search(query, count, probes, self._bits)
            page = self._page(self._table.scores(query, rows), rows, limit)
            cut = len(rows) == count and (len(page) < limit or page[-1].score <= rounded[-1] + ROUNDING)
            if cut:
                count *= WIDEN
                if count > self._exact_below:
                    return self._exact(query, limit)
            elif (len(page) == limit and page == before) or probes == lists.count:
                return page
            else:
                before, probes = page, min(lists.count, probes * 2)

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
