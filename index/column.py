"""One attribute of all products of a partition, laid out so that a condition is answered for all of them at once.

A `DenseColumn` holds a code per product for text and a float per product for numbers. A field that few products have
lives in a `RareColumn`, so that a store with thousands of custom attributes does not cost an array for each.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.where import AttributeValue, Between, OneOf

Mask = NDArray[np.bool_]
Slots = NDArray[np.int64]
Text = str | tuple[str, ...]

FEW_CODES = 8  # up to here, comparing with each code is faster than a look-up table


class RareColumn:
    """Values of the few products that have the field, by slot."""

    def __init__(self, values: Iterable[tuple[int, AttributeValue]] = ()) -> None:
        self.values: dict[int, AttributeValue] = dict(values)

    def __len__(self) -> int:
        return len(self.values)

    def put(self, slots: Slots, values: Sequence[AttributeValue]) -> None:
        """Set the value of each slot."""
        self.values.update(zip(slots.tolist(), values, strict=True))

    def drop(self, slots: Slots) -> None:
        """Forget the values of these slots."""
        for slot in slots.tolist():
            self.values.pop(slot, None)

    def passing(self, condition: OneOf | Between, size: int) -> Mask:
        """Tell for each of the slots below `size` whether its value passes."""
        mask = np.zeros(size, np.bool_)
        mask[[slot for slot, value in self.values.items() if condition.matches({condition.field: value})]] = True
        return mask

    def at(self, slots: Slots) -> RareColumn:
        """Return the values of these slots, by their places among them."""
        return RareColumn(
            (place, self.values[slot]) for place, slot in enumerate(slots.tolist()) if slot in self.values
        )

    def dense(self) -> DenseColumn:
        """Return the values alone, in their order, as a dense column."""
        column = DenseColumn(len(self.values))
        column.put(np.arange(len(self.values)), list(self.values.values()))
        return column


class DenseColumn:
    """A code and a number for every slot; code 0 and NaN stand for none.

    Every distinct text, and every distinct tuple of texts, has a code; `_holding` tells in which tuples a text is. Both
    are looked up in dictionaries that are made when they are first asked: a snapshot of a million loads the sooner.
    """

    def __init__(self, size: int) -> None:
        self.codes: NDArray[np.int32] = np.zeros(size, np.int32)
        self.numbers: NDArray[np.float64] | None = None
        self.texts: list[Text] = []
        self._lookup: tuple[dict[Text, int], dict[str, list[int]]] | None = None

    @classmethod
    def of(cls, codes: NDArray[np.int32], numbers: NDArray[np.float64] | None, texts: list[Text]) -> DenseColumn:
        """Put a column together from what a snapshot holds."""
        column = cls(0)
        column.codes, column.numbers, column.texts = codes, numbers, texts
        return column

    def at(self, slots: Slots) -> DenseColumn:
        """Return the values of these slots alone, to be looked at."""
        some = copy.copy(self)
        some.codes = self.codes[slots]
        some.numbers = None if self.numbers is None else self.numbers[slots]
        return some

    def values(self) -> Iterator[AttributeValue]:
        """Yield the value of every slot; NaN where there is none."""
        numbers = np.full(len(self.codes), np.nan) if self.numbers is None else self.numbers
        for code, number in zip(self.codes.tolist(), numbers.tolist(), strict=True):
            yield self.texts[code - 1] if code else number

    def put(self, slots: Slots, values: Sequence[AttributeValue]) -> None:
        """Set the value of each slot."""
        self.codes[slots] = self._codes(values)
        if self.numbers is None and any(isinstance(value, (int, float)) for value in values):
            self.numbers = np.full(len(self.codes), np.nan)
        if self.numbers is not None:
            self.numbers[slots] = [value if isinstance(value, (int, float)) else math.nan for value in values]
        if len(self.texts) > 2 * len(self.codes) + 1024:
            self._forget_unused()

    def drop(self, slots: Slots) -> None:
        """Forget the values of these slots."""
        self.codes[slots] = 0
        if self.numbers is not None:
            self.numbers[slots] = np.nan

    def grow(self, size: int) -> None:
        """Make room for slots below `size`."""
        before = len(self.codes)
        self.codes.resize(size, refcheck=False)  # in place: the allocator moves pages, no bytes
        if self.numbers is not None:
            self.numbers.resize(size, refcheck=False)
            self.numbers[before:] = np.nan

    def passing(self, condition: OneOf | Between, size: int) -> Mask:
        """Tell for each of the slots below `size` whether its value passes."""
        if isinstance(condition, Between):
            return self._between(condition, size)
        mask = self._coded(self._codes_of(condition.values), size)
        if self.numbers is not None:
            for value in condition.values:
                if not isinstance(value, str):
                    mask |= self.numbers[:size] == value
        return mask

    def _between(self, condition: Between, size: int) -> Mask:
        if self.numbers is None:
            return np.zeros(size, np.bool_)
        numbers = self.numbers[:size]
        low = -math.inf if condition.low is None else condition.low
        high = math.inf if condition.high is None else condition.high
        return (numbers >= low) & (numbers <= high)  # NaN passes neither

    def _coded(self, codes: list[int], size: int) -> Mask:
        here = self.codes[:size]
        if len(codes) > FEW_CODES:
            table = np.zeros(len(self.texts) + 1, np.bool_)
            table[codes] = True
            return table[here]
        mask = np.zeros(size, np.bool_)
        for code in codes:
            mask |= here == code
        return mask

    def _codes_of(self, values: Iterable[str | float]) -> list[int]:
        found: list[int] = []
        for value in values:
            if isinstance(value, str):
                if value in self._code_of:
                    found.append(self._code_of[value])
                found.extend(self._holding.get(value, ()))
        return found

    def _codes(self, values: Sequence[AttributeValue]) -> list[int]:
        """Return the code of each value, 0 for a number; as a rule all are texts that were met before."""
        try:
            return [*map(self._code_of.__getitem__, values)]  # type: ignore[arg-type]  # a number is no key
        except KeyError:
            return [self._code(value) if isinstance(value, (str, tuple)) else 0 for value in values]

    def _code(self, text: Text) -> int:
        code = self._code_of.get(text)
        if code is None:
            self.texts.append(text)
            code = self._learn(text, len(self.texts))
        return code

    def _learn(self, text: Text, code: int) -> int:
        self._code_of[text] = code
        if isinstance(text, tuple):
            _hold(self._holding, text, code)
        return code

    @property
    def _code_of(self) -> dict[Text, int]:
        return self._looked_up()[0]

    @property
    def _holding(self) -> dict[str, list[int]]:
        return self._looked_up()[1]

    def _looked_up(self) -> tuple[dict[Text, int], dict[str, list[int]]]:
        if self._lookup is None:
            codes = dict(zip(self.texts, range(1, len(self.texts) + 1), strict=True))
            holding: dict[str, list[int]] = {}
            for text, code in codes.items():
                if type(text) is tuple:
                    _hold(holding, text, code)
            self._lookup = codes, holding
        return self._lookup

    def _forget_unused(self) -> None:
        used, codes = np.unique(np.append(self.codes, 0), return_inverse=True)
        self.codes = codes[:-1].astype(np.int32)
        self.texts = [self.texts[code - 1] for code in used.tolist() if code]
        self._lookup = None


def _hold(holding: dict[str, list[int]], text: tuple[str, ...], code: int) -> None:
    for part in set(text):
        holding.setdefault(part, []).append(code)
