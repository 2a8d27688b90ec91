"""The attributes of all products of a partition, a column per field: a `Where` is answered for 100,000s at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from index.column import DenseColumn, Mask, RareColumn, Slots
from index.where import Attributes, Condition, Not, Where

RARE_BELOW = 256  # and below one product in RARE_SHARE, a field's values stay in a dictionary
RARE_SHARE = 64
MAX_SHAPES = 10_000

Shape = tuple[str, ...]


class Columns:
    """Columns over slots 0..size-1; a slot is a product's place in the partition."""

    def __init__(self, size: int, rare_below: int = RARE_BELOW) -> None:
        self.columns: dict[str, RareColumn | DenseColumn] = {}
        self._size = size
        self._rare_below = rare_below
        self._fields: list[Shape] = [()] * size  # which fields each slot has
        self._shapes: dict[Shape, Shape] = {}  # one tuple for all slots with the same fields

    def put(self, slots: Slots, attributes: Sequence[Attributes]) -> None:
        """Replace all attributes of each slot."""
        gone: dict[str, list[int]] = {}
        alike: dict[Shape, tuple[list[int], list[Attributes]]] = {}
        for slot, fields in zip(slots.tolist(), attributes, strict=True):
            shape = self._shape(tuple(fields))
            self._note_gone(slot, shape, gone)
            who, rows = alike.setdefault(shape, ([], []))
            who.append(slot)
            rows.append(fields)
        self._drop(gone)
        for shape, (who, rows) in alike.items():
            places = np.array(who)
            for field, values in zip(shape, zip(*[one.values() for one in rows], strict=True), strict=True):
                self._column(field, len(who)).put(places, values)

    def drop(self, slots: Slots) -> None:
        """Forget all attributes of these slots."""
        gone: dict[str, list[int]] = {}
        for slot in slots.tolist():
            self._note_gone(slot, (), gone)
        self._drop(gone)

    def grow(self, size: int) -> None:
        """Make room for slots below `size`."""
        self._fields.extend([()] * (size - self._size))
        self._size = size
        for column in self.columns.values():
            if isinstance(column, DenseColumn):
                column.grow(size)

    def passing(self, where: Where, live: Mask) -> Mask:
        """Tell which of the live slots pass every condition; `live` covers the slots in use."""
        mask = live.copy()
        for condition in where.conditions:
            mask &= self._passing(condition, len(live))
        return mask

    def load(self, columns: Mapping[str, RareColumn | DenseColumn]) -> None:
        """Take over columns read from a snapshot."""
        fields: list[list[str]] = [[] for _ in range(self._size)]
        for field, column in columns.items():
            for slot in _slots_of(column):
                fields[slot].append(field)
        self.columns = dict(columns)
        self._fields = [self._shape(tuple(one)) for one in fields]

    def _passing(self, condition: Condition, size: int) -> Mask:
        if isinstance(condition, Not):
            return ~self._passing(condition.condition, size)
        column = self.columns.get(condition.field)
        return np.zeros(size, np.bool_) if column is None else column.passing(condition, size)

    def _note_gone(self, slot: int, shape: Shape, gone: dict[str, list[int]]) -> None:
        before = self._fields[slot]
        if before is not shape and before != shape:
            for field in before:
                if field not in shape:
                    gone.setdefault(field, []).append(slot)
            self._fields[slot] = shape

    def _shape(self, fields: Shape) -> Shape:
        if len(self._shapes) > MAX_SHAPES:
            self._shapes.clear()
        return self._shapes.setdefault(fields, fields)

    def _drop(self, gone: Mapping[str, list[int]]) -> None:
        for field, slots in gone.items():
            column = self.columns[field]
            column.drop(np.array(slots))
            if isinstance(column, RareColumn) and not column:
                del self.columns[field]

    def _column(self, field: str, more: int) -> RareColumn | DenseColumn:
        """Return the column of a field that `more` values will be put into, changed to a dense one when it is time."""
        column = self.columns.setdefault(field, RareColumn())
        if isinstance(column, RareColumn) and len(column) + more > max(self._rare_below, self._size // RARE_SHARE):
            dense = DenseColumn(self._size)
            dense.put(np.fromiter(column.values, np.int64), list(column.values.values()))
            column = self.columns[field] = dense
        return column


def _slots_of(column: RareColumn | DenseColumn) -> list[int]:
    if isinstance(column, RareColumn):
        return list(column.values)
    has = column.codes != 0
    if column.numbers is not None:
        has |= ~np.isnan(column.numbers)
    slots: list[int] = np.flatnonzero(has).tolist()
    return slots
