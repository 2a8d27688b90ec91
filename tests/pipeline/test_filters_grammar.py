"""What clients may write as filters, and that the answer to each is what a product's own fields say."""

from __future__ import annotations

import pytest

from catalog import ProductFields
from pipeline.filters import BadFilter, attributes_of, buyable, parse

RED_DRESS = ProductFields.model_validate(
    {
        "title": "Summer dress",
        "brand": "Acme",
        "color": "Red/White",
        "size": "M",
        "price": "40.00 EUR",
        "sale_price": "25.50 EUR",
        "custom": {"season": "Summer", "stars": 4.5, "vegan": True},
    }
)
ATTRIBUTES = attributes_of("D-1", RED_DRESS.document())


@pytest.mark.parametrize(
    "passing",
    [
        {"brand": "acme"},
        {"brand": {"eq": "ACME"}},
        {"color": {"in": ["white", "green"]}},
        {"price": {"gte": 25.5, "lte": 25.5}},
        {"price": {"lte": 30}, "size": "m"},
        {"size": {"not": "L"}},
        {"size": {"not": {"in": ["S", "L"]}}},
        {"category": "dress"},
        {"custom.season": "summer"},
        {"custom.stars": {"gte": 4}},
        {"custom.vegan": True},
        {"custom.unknown": {"not": "x"}},
        {"sku": "D-1"},
        {"currency": "eur"},
    ],
)
def test_product_passes_filters_that_speak_of_it(passing: dict[str, object]) -> None:
    assert parse(passing).matches(ATTRIBUTES)


@pytest.mark.parametrize(
    "failing",
    [
        {"brand": "Other"},
        {"price": {"gte": 30}},
        {"price": {"not": {"lte": 30}}},
        {"color": {"not": "red"}},
        {"custom.unknown": "x"},
        {"custom.season": {"gte": 1}},
        {"sku": "d-1"},
        {"brand": "Acme", "size": "L"},
    ],
)
def test_product_fails_filters_that_do_not(failing: dict[str, object]) -> None:
    assert not parse(failing).matches(ATTRIBUTES)


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"colour": "red"}, "colour", "allowed are price"),
        ({"custom.": "red"}, "custom.", "custom.<name>"),
        ({"brand": {"like": "A%"}}, "brand", "allowed are eq, in, gte, lte, not"),
        ({"brand": {"gte": 3}}, "brand", "has no order"),
        ({"brand": 3}, "brand", "is not text"),
        ({"brand": {}}, "brand", "needs one of"),
        ({"brand": []}, "brand", "1 to 200 values"),
        ({"brand": None}, "brand", "is not a value"),
        ({"brand": [["a"]]}, "brand", "is not a value"),
        ({"price": "cheap"}, "price", "is not a number"),
        ({"price": True}, "price", "is not a number"),
        ({"price": {"lte": "9"}}, "price", "needs a number"),
        ({"price": {"lte": float("nan")}}, "price", "needs a number"),
        ({"availability": "maybe"}, "availability", "in_stock, out_of_stock"),
        ({"category": ["dress", "sock"]}, "category", "'sock' is not one of bag, dress"),
        ({"gender": {"not": "men"}}, "gender", "male, female, unisex"),
        ({"size": {"not": {"not": "M"}}}, "size", "'not' inside 'not'"),
    ],
)
def test_filter_that_cannot_be_understood_names_field_and_what_is_allowed(
    wrong: dict[str, object], field: str, told: str
) -> None:
    with pytest.raises(BadFilter, match=told) as caught:
        parse(wrong)
    assert caught.value.field == field


def test_sold_out_products_are_left_out_unless_asked_for() -> None:
    sold_out = attributes_of("D-2", RED_DRESS.document() | {"availability": "out_of_stock"})
    assert not buyable(parse({})).matches(sold_out)
    assert buyable(parse({"availability": "out_of_stock"})).matches(sold_out)
    assert buyable(parse({})).matches(ATTRIBUTES)
