"""Which of the ten garment categories a product belongs to, as its own words tell it, and which categories are kin.

The words of a merchant decide which garment of a photo is the one for sale: a pair of trousers is often shown on a
person whose shirt is larger in the picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_WORDS: dict[str, tuple[str, ...]] = {
    "sunglasses": ("sunglasses", "sunglass", "eyewear"),
    "shorts": ("shorts", "bermuda", "bermudas", "boxers", "trunks"),
    "skirt": ("skirt", "skirts", "skort"),
    "dress": ("dress", "dresses", "gown", "jumpsuit", "romper", "kurta", "kurtas", "saree", "nightdress"),
    "jacket": ("jacket", "jackets", "coat", "coats", "blazer", "blazers", "parka", "cardigan", "outerwear", "vest",
               "windbreaker", "anorak", "waistcoat"),
    "pants": ("pants", "pant", "trousers", "jeans", "leggings", "chinos", "capris", "tights", "churidar", "joggers"),
    "shoe": ("shoe", "shoes", "sneaker", "sneakers", "boot", "boots", "sandal", "sandals", "heels", "flats",
             "footwear", "loafers", "flip", "slippers"),
    "hat": ("hat", "hats", "cap", "caps", "beanie", "headwear"),
    "bag": ("bag", "bags", "handbag", "handbags", "backpack", "backpacks", "tote", "clutch", "clutches", "purse",
            "satchel", "duffel", "wallet", "wallets"),
    "shirt": ("shirt", "shirts", "t-shirt", "tshirt", "tshirts", "tee", "tees", "top", "tops", "blouse", "polo",
              "sweater", "sweaters", "sweatshirt", "sweatshirts", "hoodie", "hoodies", "tank", "tunic", "pullover",
              "topwear", "jersey", "camisole"),
}  # fmt: skip
_CATEGORY_OF_WORD = {word: category for category, words in _WORDS.items() for word in words}
_FAMILIES = (
    frozenset({"shirt", "jacket", "dress"}),
    frozenset({"pants", "shorts", "skirt"}),
    frozenset({"skirt", "dress"}),
)


def category_of(document: Mapping[str, Any]) -> str | None:
    """Return the category that the words in a product's JSON document name, or None if they name none.

    The taxonomy fields speak first, their most specific part before the others, then the title, its last word first
    ("dress shirt" is a shirt).
    """
    taxonomies = (document.get("product_type"), document.get("google_product_category"))
    return next(filter(None, map(_of_taxonomy, filter(None, taxonomies))), None) or _of_text(document["title"])


@lru_cache(4096)  # a store has few taxonomies for its many products
def _of_taxonomy(taxonomy: str) -> str | None:
    return next(filter(None, map(_of_text, reversed(re.split(r"[>/|]", taxonomy)))), None)


def _of_text(text: str) -> str | None:
    words = re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower())
    return next((_CATEGORY_OF_WORD[word] for word in reversed(words) if word in _CATEGORY_OF_WORD), None)


def are_kin(one: str | None, other: str | None) -> bool:
    """Whether a detector may well take one category for the other; an unknown category is kin to all."""
    return one is None or other is None or one == other or any({one, other} <= family for family in _FAMILIES)
