"""Which garment a product's own words name."""

from __future__ import annotations

import pytest

from catalog import ProductFields
from pipeline.categories import are_kin, category_of


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        ({"title": "Blue dress shirt"}, "shirt"),
        ({"title": "Shirt dress"}, "dress"),
        ({"title": "Sahara Leggings"}, "pants"),
        ({"title": "Nova", "product_type": "Clothing > Trousers > Jeans"}, "pants"),
        ({"title": "Nova shirt", "google_product_category": "Apparel & Accessories > Clothing > Outerwear"}, "jacket"),
        ({"title": "Running shoes"}, "shoe"),
        ({"title": "T-Shirt with stripes"}, "shirt"),
        ({"title": "Aviator", "product_type": "Sunglasses"}, "sunglasses"),
        ({"title": "Wrist watch"}, None),
    ],
)
def test_words_of_a_product_name_its_category(fields: dict[str, str], category: str | None) -> None:
    assert category_of(ProductFields.model_validate(fields).document()) == category


def test_kin_are_those_a_detector_may_confuse() -> None:
    assert are_kin("shirt", "jacket")
    assert are_kin("skirt", "dress")
    assert are_kin(None, "bag")
    assert not are_kin("shirt", "pants")
    assert not are_kin("bag", "shoe")
