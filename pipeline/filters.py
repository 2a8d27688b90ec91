"""Filters as a client writes them, and the product attributes they are held against: the two must agree.

    {"brand": "Acme", "price": {"gte": 10, "lte": 50}, "color": {"in": ["red", "blue"]}, "size": {"not": "XS"}}

Text is compared without regard to case, except the identifiers sku and group_id. `price` is what the shopper pays:
the sale price where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_args

from catalog import BUYABLE, AgeGroup, Availability, Gender
from detector import CATEGORIES
from index import Attributes, AttributeValue, Between, Condition, Not, OneOf, Where
from pipeline.categories import category_of

TEXT_FIELDS = (
    "age_group", "availability", "brand", "category", "color", "currency", "gender", "google_product_category",
    "group_id", "material", "pattern", "product_type", "size", "sku",
)  # fmt: skip
WORDS = {
    "age_group": get_args(AgeGroup),
    "availability": get_args(Availability),
    "category": CATEGORIES,
    "gender": get_args(Gender),
}
KIND = "kind"  # the category that a product's own words name; the index has it, clients filter by `category`
OPERATORS = ("eq", "in", "gte", "lte", "not")
MAX_VALUES = 200
_IDENTIFIERS = ("sku", "group_id")
_CUSTOM = "custom."
_FOLDED = (
    "age_group", "brand", "gender", "google_product_category", "material", "pattern", "product_type", "size",
)  # fmt: skip


class BadFilter(ValueError):
    """A filter that cannot be understood; `field` names it, the message says what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"filter {field!r}: {message}")
        self.field = field


def parse(filters: Mapping[str, object]) -> Where:
    """Return the filters as conditions that must all hold. Raises BadFilter, naming the field and what is allowed."""
    return Where(tuple(condition for field, spec in filters.items() for condition in _conditions(field, spec)))


def buyable(where: Where) -> Where:
    """Add "can be bought now", unless the filters speak of availability themselves."""
    if any(field_of(condition) == "availability" for condition in where.conditions):
        return where
    return Where((*where.conditions, OneOf("availability", BUYABLE)))


def attributes_of(sku: str, document: Mapping[str, Any], seen_category: str | None = None) -> Attributes:
    """Return what filters can ask of a product, from its JSON document.

    `seen_category` is the detector's, used where the product's words name none.
    """
    attributes: dict[str, AttributeValue] = {"sku": sku, "availability": document.get("availability", "in_stock")}
    for name in _FOLDED:
        if name in document:
            attributes[name] = _fold(document[name])
    if group := document.get("group_id"):
        attributes["group_id"] = group
    if color := document.get("color"):
        attributes["color"] = tuple([_fold(part) for part in color.split("/") if part.strip()])
    kind = category_of(document)
    if kind:
        attributes[KIND] = kind
    category = kind or seen_category
    if category:
        attributes["category"] = category
    if price := document.get("sale_price") or document.get("price"):
        attributes["price"], attributes["currency"] = float(price["amount"]), _fold(price["currency"])
    for name, custom in document.get("custom", {}).items():
        attributes[_CUSTOM + name] = _scalar(custom)
    return attributes


def field_of(condition: Condition) -> str:
    """Return the field a condition speaks of."""
    return condition.condition.field if isinstance(condition, Not) else condition.field


def _conditions(field: str, spec: object) -> list[Condition]:
    if field != "price" and field not in TEXT_FIELDS and not (field.startswith(_CUSTOM) and len(field) > len(_CUSTOM)):
        raise BadFilter(field, f"unknown field; allowed are price, {', '.join(TEXT_FIELDS)} and custom.<name>")
    if not isinstance(spec, Mapping):
        spec = {"in": spec} if isinstance(spec, list) else {"eq": spec}
    if not spec:
        raise BadFilter(field, f"needs one of {', '.join(OPERATORS)}")
    unknown = sorted(set(spec) - set(OPERATORS))
    if unknown:
        raise BadFilter(field, f"unknown operator {unknown[0]!r}; allowed are {', '.join(OPERATORS)}")
    conditions: list[Condition] = []
    if "eq" in spec:
        conditions.append(_one_of(field, [spec["eq"]]))
    if "in" in spec:
        conditions.append(_one_of(field, spec["in"]))
    if "gte" in spec or "lte" in spec:
        conditions.append(_between(field, spec))
    if "not" in spec:
        conditions.extend(_negated(field, inner) for inner in _conditions(field, spec["not"]))
    return conditions


def _negated(field: str, condition: Condition) -> Not:
    if isinstance(condition, Not):
        raise BadFilter(field, "'not' inside 'not'; write the condition itself")
    return Not(condition)


def _one_of(field: str, values: object) -> OneOf:
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_VALUES:
        raise BadFilter(field, f"'in' needs a list of 1 to {MAX_VALUES} values")
    for value in values:
        if isinstance(value, (Mapping, list)) or value is None:
            raise BadFilter(field, f"{value!r} is not a value; write text, a number, true or false")
        if field == "price" and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise BadFilter(field, f"{value!r} is not a number")
        if field in TEXT_FIELDS and not isinstance(value, str):
            raise BadFilter(field, f"{value!r} is not text")
        if field in WORDS and _fold(str(value)) not in WORDS[field]:
            raise BadFilter(field, f"{value!r} is not one of {', '.join(WORDS[field])}")
    return OneOf(field, tuple(values) if field in _IDENTIFIERS else tuple(_scalar(value) for value in values))


def _between(field: str, spec: Mapping[str, object]) -> Between:
    if field in TEXT_FIELDS:
        raise BadFilter(field, "has no order; 'gte' and 'lte' work on price and on numeric custom attributes")
    ends = []
    for name in ("gte", "lte"):
        value = spec.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value)
        ):
            raise BadFilter(field, f"{name!r} needs a number, not {value!r}")
        ends.append(None if value is None else float(value))
    return Between(field, ends[0], ends[1])


def _scalar(value: object) -> str | float:
    if isinstance(value, bool):
        return str(value).lower()
    return float(value) if isinstance(value, (int, float)) else _fold(str(value))


@lru_cache(65_536)  # brands, sizes, colours: a store has few for its many products
def _fold(text: str) -> str:
    return text.strip().casefold()
