"""What a product may say, and that it is written the same way whenever it says the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog import ProductFields, is_sku
from catalog.product import image_links

_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
_money = st.builds(
    lambda amount, currency: {"amount": str(amount), "currency": currency},
    st.decimals(0, 10**9, places=2),
    st.sampled_from(["EUR", "USD", "JPY"]),
)
_links = st.sampled_from([f"https://img.example/{n}.jpg" for n in range(4)] + ["image:" + "0" * 64])
_custom = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True), _texts | st.floats(-1e9, 1e9) | st.booleans(), max_size=5
)
products = st.fixed_dictionaries(
    {"title": _texts},
    optional={
        "description": _texts,
        "image_link": _links,
        "additional_image_link": st.lists(_links, max_size=10),
        "price": _money,
        "availability": st.sampled_from(["in_stock", "In Stock", "out of stock", "preorder"]),
        "brand": _texts,
        "gender": st.sampled_from(["male", "Female", "unisex"]),
        "item_group_id": _texts,
        "custom": _custom,
    },
)


@given(products)
def test_product_is_read_back_from_its_document_as_it_was(body: dict[str, Any]) -> None:
    fields = ProductFields.model_validate(body)
    assert ProductFields.model_validate_json(fields.written()) == fields
    assert ProductFields.model_validate(fields.document()) == fields
    assert ProductFields.model_validate_json(fields.written()).written() == fields.written()
    assert image_links(fields.document()) == fields.image_links


def test_order_of_custom_attributes_makes_no_difference() -> None:
    one = ProductFields.model_validate({"title": "t", "custom": {"a": 1, "b": 2}})
    other = ProductFields.model_validate({"title": "t", "custom": {"b": 2, "a": 1}})
    assert one.written() == other.written()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("custom", {"a": float("nan")}),
        ("custom", {"a": float("inf")}),
        ("custom", {"a b": 1}),
        ("image_link", "https://img.example/\x00.jpg"),
        ("image_link", "https://img.example/a b.jpg"),
        ("image_link", "image:" + "0" * 63),
        ("image_link", "file:///etc/passwd"),
        ("link", "javascript:alert(1)"),
        ("price", "19.90"),
        ("price", {"amount": "NaN", "currency": "EUR"}),
        ("price", "-1 EUR"),
        ("title", " "),
        ("title", "\ud800"),
        ("weight", 3),
    ],
)
def test_value_that_makes_no_sense_is_refused_with_its_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        ProductFields.model_validate({"title": "t", field: value})
    assert refused.value.errors()[0]["loc"][0] == field


def test_sku_ends_where_it_seems_to() -> None:
    assert is_sku("a b") and is_sku("x" * 100)
    assert not any(map(is_sku, ("", " a", "a\n", "a/b", "a\x00b", "\udcff", "x" * 101)))
