"""The products of a partition: SKU, version, attributes and the first row of each, by slot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.column import Mask, Slots
from index.columns import Columns
from index.where import Where

MOST_NEW_SLOTS = 32_768  # made at once, so that growing never holds up searches for long


class ProductTable:
    """Slots for products. Slot 0 belongs to nobody, so that 0 can stand for "none"."""

    def __init__(self) -> None:
        self.skus: list[str] = [""]
        self.versions: NDArray[np.int64] = np.zeros(1, np.int64)
        self.first_row: NDArray[np.int64] = np.zeros(1, np.int64)
        self.live: Mask = np.zeros(1, np.bool_)
        self.columns = Columns(1)
        self.slot_of: dict[str, int] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self.slot_of)

    def version_of(self, sku: str) -> int | None:
        """Return the version held of this SKU, None where it is not held."""
        slot = self.slot_of.get(sku)
        return None if slot is None else int(self.versions[slot])

    def slots(self, skus: Sequence[str]) -> Slots:
        """Return the slots of those SKUs that are held."""
        found = [self.slot_of[sku] for sku in skus if sku in self.slot_of]
        return np.array(found, np.int64)

    def claim(self, skus: Sequence[str]) -> Slots:
        """Return a slot for each of these distinct SKUs, a new one where it is not held."""
        return np.array([self.slot_of[sku] if sku in self.slot_of else self._new(sku) for sku in skus], np.int64)

    def release(self, slots: Slots) -> None:
        """Forget the products in these distinct slots."""
        self.columns.drop(slots)
        self.live[slots] = False
        self.first_row[slots] = 0
        self.versions[slots] = 0
        for slot in slots.tolist():
            del self.slot_of[self.skus[slot]]
            self.skus[slot] = ""
        self._free.extend(slots.tolist())

    def passing(self, where: Where) -> Mask:
        """Tell for each slot there is whether a product is in it that passes."""
        return self.columns.passing(where, self.live)

    def passing_at(self, where: Where, slots: Slots) -> Mask:
        """Tell for each of these slots whether a product is in it that passes."""
        return self.columns.passing(where, self.live[slots], slots)

    def load(self, skus: list[str], versions: NDArray[np.int64], first_row: NDArray[np.int64]) -> None:
        """Take over what a snapshot holds, one element per slot; an empty SKU marks a free slot."""
        self.skus = skus
        self.versions, self.first_row = versions.copy(), first_row.copy()
        self.slot_of = dict(zip(skus, range(len(skus)), strict=True))
        self.slot_of.pop("", None)
        self.live = np.fromiter(map(bool, skus), np.bool_, len(skus))
        self._free = np.flatnonzero(~self.live)[:0:-1].tolist()
        self.columns.grow(len(skus))

    def _new(self, sku: str) -> int:
        if self._free:
            slot = self._free.pop()
            self.skus[slot] = sku
        else:
            slot = len(self.skus)
            self.skus.append(sku)
            if slot >= len(self.live):
                self._grow(slot + max(64, min(MOST_NEW_SLOTS, slot // 4)))
        self.slot_of[sku] = slot
        self.live[slot] = True
        return slot

    def _grow(self, size: int) -> None:
        for column in (self.versions, self.first_row, self.live):
            column.resize(size, refcheck=False)
        self.columns.grow(size)
