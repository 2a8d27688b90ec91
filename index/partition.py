"""One store's entries in one space: its products, their rows, and the lists that make many rows quick to search.

Writers come one at a time (the index sees to that), searches at any time. A writer does what takes long before it asks
for the lock that holds up searches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.batch import merge
from index.device_rows import DeviceRows
from index.inverted_lists import InvertedLists, Lists
from index.passing import Filters
from index.products import ProductTable
from index.protocol import Candidate, Entry, Vectors
from index.read_write_lock import ReadWriteLock
from index.rows import Rows, RowTable, Scores
from index.searching import Searcher
from index.storage import Storage
from index.where import Where

RETRAIN_AFTER = 1.0  # times as many rows added as were trained on: catalogs come sorted, so what follows is unlike


class Partition:
    """Holds entries and answers queries; up to `exact_below` rows, every one of them is compared.

    Beyond that they are sorted into lists, or compared on a device where one is given.
    """

    def __init__(
        self, dimensions: int | None, exact_below: int, storage: Storage, on_device: DeviceRows | None = None
    ) -> None:
        self.storage = storage
        self.products = ProductTable()
        self.rows = RowTable(dimensions or 0, storage.rows)
        self.lists: InvertedLists | None = None
        self.lock = ReadWriteLock()
        self.revision = 0  # counts writes of any kind
        self.rows_revision = 0  # counts writes of rows or lists
        self.trained_on = 0  # rows
        self.touched: list[Rows] | None = None  # rows written to while a training goes on
        self._exact_below = exact_below
        self._on_device = on_device
        self._filters = Filters()

    def upsert(self, entries: Sequence[Entry]) -> list[str]:
        """Add or replace checked entries; return the SKUs that came without vectors and are not held."""
        batch = merge(entries, self.products.version_of)
        if batch.entries:
            self._apply(batch.entries)
        return batch.missing

    def delete(self, skus: Sequence[str]) -> None:
        """Forget these products; unknown ones are ignored."""
        slots = self.products.slots(list(dict.fromkeys(skus)))
        if len(slots):
            rows = self.rows.chains(self.products.first_row[slots])
            with self.lock.writing():
                self.revision += 1
                self.rows_revision += 1
                self._remove_rows(rows)
                self.products.release(slots)
                self._filters.update(self.rows, rows)
            self._drop_lists_of_few()

    def search(self, queries: Vectors, limit: int, where: Where) -> list[list[Candidate]]:
        """Return at most `limit` products for each checked query, best first."""
        with self.lock.reading():
            passing = self._filters.passing(self.products, self.rows, where)
            searcher = Searcher(self.products, self.rows, self.lists, self._exact_below, passing, self._on_device)
            return [searcher.best(np.ascontiguousarray(query), limit) for query in queries]

    def scan(self) -> list[tuple[str, int]]:
        """Return (sku, version) of every entry."""
        with self.lock.reading():
            versions = self.products.versions
            return [(sku, int(versions[slot])) for sku, slot in self.products.slot_of.items()]

    def true_scores(self, query: Vectors, rows: Rows) -> Scores:
        """Return the cosine of the (D,) query with each of these rows."""
        with self.lock.reading():
            return self.rows.scores(query, rows)

    def wants_training(self) -> bool:
        """Whether there are many rows and no lists of them, or most of them came after the lists were learnt."""
        if len(self.rows) < self._exact_below or self._on_device is not None:
            return False
        return self.lists is None or self.lists.added > (1 + RETRAIN_AFTER) * self.trained_on

    def adopt(self, lists: InvertedLists | None, trained_on: int) -> None:
        """Search in these lists, which hold all rows, from now on; None compares every row again."""
        replaced = self.lists  # let go of after the lock: that takes its time
        with self.lock.writing():
            self.lists, self.trained_on = lists, trained_on
            self.rows_revision += 1
        del replaced

    def _apply(self, entries: Sequence[Entry]) -> None:
        described = [entry for entry in entries if entry.regions is not None]
        vectors = [region.vector for entry in described for region in entry.regions or ()]
        stacked = np.stack(vectors) if vectors else np.zeros((0, self.rows.dimensions), np.float32)
        lists = self.lists.nearest(stacked) if self.lists is not None and vectors else None
        with self.lock.writing():
            self.revision += 1
            slots = self.products.claim([entry.sku for entry in entries])
            self.products.versions[slots] = [entry.version for entry in entries]
            self.products.columns.put(slots, [entry.attributes for entry in entries])
            gone = self._describe(described, stacked, lists) if described else np.zeros(0, np.int64)
            rows = self.rows.chains(self.products.first_row[slots])
            self._filters.update(self.rows, np.union1d(gone, rows))

    def _describe(self, entries: Sequence[Entry], vectors: Vectors, lists: Lists | None) -> Rows:
        """Replace the rows of these products; return those they had before."""
        self.rows_revision += 1
        slots = self.products.claim([entry.sku for entry in entries])
        gone = self.rows.chains(self.products.first_row[slots])
        self._remove_rows(gone)
        self.products.first_row[slots] = 0
        if not len(vectors):
            return gone
        if self.rows.dimensions == 0:
            self.rows = RowTable(vectors.shape[1], self.storage.rows)
        regions = [region for entry in entries for region in entry.regions or ()]
        owners = np.repeat(slots, [len(entry.regions or ()) for entry in entries])
        rows = self.rows.add(owners, [one.image_id for one in regions], [one.region for one in regions], vectors)
        self._touch(rows)
        first = np.flatnonzero(np.diff(owners, prepend=0))
        self.products.first_row[owners[first]] = rows[first]
        if self.lists is not None and lists is not None:
            self.lists.add(rows, vectors, lists)
        return gone

    def _remove_rows(self, rows: Rows) -> None:
        if self.lists is not None:
            self.lists.remove(rows)
        self._touch(rows)
        self.rows.remove(rows)

    def _touch(self, rows: Rows) -> None:
        if self.touched is not None:
            self.touched.append(rows)
        if self._on_device is not None:
            self._on_device.touch(rows)

    def _drop_lists_of_few(self) -> None:
        if self.lists is not None and len(self.rows) < self._exact_below // 2:
            self.adopt(None, 0)
