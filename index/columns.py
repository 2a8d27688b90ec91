"""The attributes of all products of a partition, a column per field: a `Where` is answered for 100,000s at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from index.column import DenseColumn, Mask, RareColumn, Slots
from index.where import Attributes, AttributeValue, Condition, Not, Where

RARE_BELOW = 256  # and below one product in RARE_SHARE, a field's values stay in a dictionary
RARE_SHARE = 64


class Columns:
    """Columns over slots 0..size-1; a slot is a product's place in the partition."""

    def __init__(self, size: int, rare_below: int = RARE_BELOW) -> None:
        self.columns: dict[str, RareColumn | DenseColumn] = {}
        self._size = size
        self._rare_below = rare_below
        self._rare: dict[int, list[str]] = {}  # which rare fields a slot has

    def put(self, slots: Slots, attributes: Sequence[Attributes]) -> None:
        """Replace all attributes of each slot."""
        alike: dict[tuple[str, ...], tuple[list[int], list[Attributes]]] = {}
        for slot, fields in zip(slots.tolist(), attributes, strict=True):
            who, rows = alike.setdefault(tuple(fields), ([], []))
            who.append(slot)
            rows.append(fields)
        for shape, (who, rows) in alike.items():
            places = np.array(who)
            self._clear(places, shape)
            for field, values in zip(shape, zip(*[one.values() for one in rows], strict=True), strict=True):
                self._put(field, places, values)

    def drop(self, slots: Slots) -> None:
        """Forget all attributes of these slots."""
        self._clear(slots, ())

    def grow(self, size: int) -> None:
        """Make room for slots below `size`."""
        self._size = size
        for column in self.columns.values():
            if isinstance(column, DenseColumn):
                column.grow(size)

    def passing(self, where: Where, live: Mask, slots: Slots | None = None) -> Mask:
        """Tell which of the live slots pass every condition; `live` covers all slots, or the given ones alone."""
        mask = live.copy()
        for condition in where.conditions:
            mask &= self._passing(condition, len(live), slots)
        return mask

    def load(self, columns: Mapping[str, RareColumn | DenseColumn]) -> None:
        """Take over columns read from a snapshot."""
        self.columns = dict(columns)
        for field, column in columns.items():
            if isinstance(column, RareColumn):
                self._note_rare(field, column.values)

    def _passing(self, condition: Condition, size: int, slots: Slots | None) -> Mask:
        if isinstance(condition, Not):
            return ~self._passing(condition.condition, size, slots)
        column = self.columns.get(condition.field)
        if column is None:
            return np.zeros(size, np.bool_)
        return (column if slots is None else column.at(slots)).passing(condition, size)

    def _put(self, field: str, slots: Slots, values: Sequence[AttributeValue]) -> None:
        column = self._column(field, len(slots))
        column.put(slots, values)
        if isinstance(column, RareColumn):
            self._note_rare(field, slots.tolist())

    def _clear(self, slots: Slots, kept: Sequence[str]) -> None:
        """Forget the attributes of these slots, but for those that are about to be put anew."""
        for field, column in self.columns.items():
            if isinstance(column, DenseColumn) and field not in kept:
                column.drop(slots)
        for slot in slots.tolist() if self._rare else ():
            for field in self._rare.pop(slot, ()):
                rare = self.columns[field]
                rare.drop(np.array([slot]))
                if isinstance(rare, RareColumn) and not rare:
                    del self.columns[field]

    def _note_rare(self, field: str, slots: Iterable[int]) -> None:
        for slot in slots:
            self._rare.setdefault(slot, []).append(field)

    def _column(self, field: str, more: int) -> RareColumn | DenseColumn:
        """Return the column of a field that `more` values will be put into, changed to a dense one when it is time."""
        column = self.columns.setdefault(field, RareColumn())
        if isinstance(column, RareColumn) and len(column) + more > max(self._rare_below, self._size // RARE_SHARE):
            dense = DenseColumn(self._size)
            dense.put(np.fromiter(column.values, np.int64), list(column.values.values()))
            for slot in column.values:
                self._rare[slot].remove(field)
            column = self.columns[field] = dense
        return column
