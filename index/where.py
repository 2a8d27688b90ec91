"""Filters: which products a search may return. Every index answers them inside the search, never after it.

A product passes a `Where` when all its conditions hold. A product that lacks a field passes neither `OneOf` nor
`Between` on that field, and passes their `Not`. NaN is no value: it counts as a field that is lacking. A field of
several values has no order, so `Between` never holds for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

AttributeValue = str | float | tuple[str, ...]
Attributes = Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values; a field of several values passes if any of them does."""

    field: str
    values: tuple[str | float, ...]

    def matches(self, attributes: Attributes) -> bool:
        """Whether a product with these attributes passes."""
        value = attributes.get(self.field)
        if isinstance(value, tuple):
            return any(one in self.values for one in value)
        return value is not None and any(value == one for one in self.values)  # not `in`, which takes NaN for itself


@dataclass(frozen=True, slots=True)
class Between:
    """The field is a number in low..high, both ends included; None leaves an end open."""

    field: str
    low: float | None = None
    high: float | None = None

    def matches(self, attributes: Attributes) -> bool:
        """Whether a product with these attributes passes."""
        value = attributes.get(self.field)
        if not isinstance(value, (int, float)) or math.isnan(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: OneOf | Between

    def matches(self, attributes: Attributes) -> bool:
        """Whether a product with these attributes passes."""
        return not self.condition.matches(attributes)


Condition = OneOf | Between | Not


@dataclass(frozen=True, slots=True)
class Where:
    """All of the conditions; none of them lets every product pass."""

    conditions: tuple[Condition, ...] = ()

    def matches(self, attributes: Attributes) -> bool:
        """Whether a product with these attributes passes every condition."""
        return all(condition.matches(attributes) for condition in self.conditions)


EVERYTHING = Where()
