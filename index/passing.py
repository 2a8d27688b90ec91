"""What passes a filter, kept from one search to the next: a shop's searches share a few filters, "in stock" above all.

To hold a filter against a million products takes milliseconds. So the last few are remembered, and every write brings
them up to date for the products it touches.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from index.column import Mask
from index.inverted_lists import Bits
from index.products import ProductTable
from index.rows import Rows, RowTable
from index.where import Where

REMEMBERED = 8  # filters; each takes a byte and a bit per row, and up to 8 bytes per row that passes


class Passing:
    """The rows whose products pass one filter. To be used under the read lock, and written to under the write lock."""

    def __init__(self, products: ProductTable, table: RowTable, where: Where) -> None:
        self._where = where
        self._products = products
        self._table = table
        self._mask: Mask = products.passing(where)[table.owner]
        self.count = int(np.count_nonzero(self._mask))
        self._rows: Rows | None = None
        self._bits: Bits | None = None

    @property
    def rows(self) -> Rows:
        """The rows, ascending."""
        if self._rows is None:
            self._rows = np.flatnonzero(self._mask)
        return self._rows

    @property
    def mask(self) -> Mask:
        """Whether it passes, of every row that there is room for; not to be kept."""
        return self._mask

    @property
    def bits(self) -> Bits | None:
        """A bit for every row, whether it passes; None where no filter is set."""
        if self._bits is None and self._where.conditions:
            self._bits = np.packbits(self._mask, bitorder="little")
        return self._bits

    def update(self, rows: Rows) -> None:
        """Look again at these distinct rows, which were written to, or whose products were."""
        owners = self._table.owner[rows]
        passes = self._products.passing_at(self._where, owners)
        self.count += int(np.count_nonzero(passes)) - int(np.count_nonzero(self._mask[rows]))
        self._mask[rows] = passes
        self._rows = self._bits = None

    def covers(self, table: RowTable) -> bool:
        """Whether this is about all rows that there are room for now."""
        return self._table is table and len(self._mask) == len(table.owner)


class Filters:
    """The filters that were searched with last, and what passes them."""

    def __init__(self) -> None:
        self._known: OrderedDict[Where, Passing] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def passing(self, products: ProductTable, table: RowTable, where: Where) -> Passing:
        """Return what passes; to be asked for under the read lock."""
        with self._one_at_a_time:
            known = self._known.get(where)
            if known is not None:
                self._known.move_to_end(where)
        if known is None or not known.covers(table):
            known = Passing(products, table, where)
            with self._one_at_a_time:
                self._known[where] = known
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return known

    def update(self, table: RowTable, rows: Rows) -> None:
        """Bring what is remembered up to date with a write to these distinct rows; it is made under the write lock."""
        for where, known in list(self._known.items()):
            if known.covers(table):
                known.update(rows)
            else:
                del self._known[where]
