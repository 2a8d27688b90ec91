"""The products of a partition: SKU, version, attributes and the first row of each, by slot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.column import Mask, Slots
from index.columns import Columns
from index.where import Where


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
        """Tell for each slot in use whether its product passes."""
        used = len(self.skus)
        return self.columns.passing(where, self.live[:used])

    def load(self, skus: list[str], versions: NDArray[np.int64], first_row: NDArray[np.int64]) -> None:
        """Take over what a snapshot holds, one element per slot; an empty SKU marks a free slot."""
        self.skus = skus
        self.versions, self.first_row = versions.copy(), first_row.copy()
        self.slot_of = {sku: slot for slot, sku in enumerate(skus) if sku}
        self.live = np.array([bool(sku) for sku in skus], np.bool_)
        self._free = [slot for slot in range(len(skus) - 1, 0, -1) if not skus[slot]]
        self.columns.grow(len(skus))

    def _new(self, sku: str) -> int:
        if self._free:
            slot = self._free.pop()
            self.skus[slot] = sku
        else:
            slot = len(self.skus)
            self.skus.append(sku)
            if slot >= len(self.live):
                self._grow(max(64, slot + slot // 4))
        self.slot_of[sku] = slot
        self.live[slot] = True
        return slot

    def _grow(self, size: int) -> None:
        more = size - len(self.live)
        self.versions = np.concatenate([self.versions, np.zeros(more, np.int64)])
        self.first_row = np.concatenate([self.first_row, np.zeros(more, np.int64)])
        self.live = np.concatenate([self.live, np.zeros(more, np.bool_)])
        self.columns.grow(size)
