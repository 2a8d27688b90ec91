"""What the shop says of a product besides its pictures: the names of the Google Merchant product data specification."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from demo.designs import ProductSpec

BRANDS = ("Norrland", "Casa Lume", "Oakfield", "Atelier Vue", "Tidewater")
SIZES = ("XS", "S", "M", "L", "XL")
GOOGLE_CATEGORIES = {
    "bag": "Apparel & Accessories > Handbags, Wallets & Cases > Handbags",
    "dress": "Apparel & Accessories > Clothing > Dresses",
    "hat": "Apparel & Accessories > Clothing Accessories > Hats",
    "jacket": "Apparel & Accessories > Clothing > Outerwear > Coats & Jackets",
    "pants": "Apparel & Accessories > Clothing > Pants",
    "shirt": "Apparel & Accessories > Clothing > Shirts & Tops",
    "shoe": "Apparel & Accessories > Shoes",
    "shorts": "Apparel & Accessories > Clothing > Shorts",
    "skirt": "Apparel & Accessories > Clothing > Skirts",
    "sunglasses": "Apparel & Accessories > Clothing Accessories > Sunglasses",
}


def listing(spec: ProductSpec, photos: Sequence[str]) -> dict[str, object]:
    """Return a product as a line of a feed; `photos` are paths relative to the feed, main one first."""
    design, draw = spec.design, zlib.crc32(spec.sku.encode())
    record: dict[str, object] = {
        "id": spec.sku,
        "title": title(spec),
        "description": _description(spec),
        "link": f"https://shop.example/p/{spec.sku}",
        "image_link": photos[0],
        "additional_image_link": list(photos[1:]),
        "price": f"{design.price:.2f} EUR",
        "availability": availability(spec),
        "brand": BRANDS[zlib.crc32(design.id.encode()) % len(BRANDS)],
        "color": spec.colour,
        "size": _size(spec, draw),
        "material": design.finish,
        "pattern": spec.pattern,
        "gender": design.gender,
        "age_group": "adult",
        "item_group_id": design.id,
        "google_product_category": GOOGLE_CATEGORIES[spec.category],
        "product_type": spec.category,
        "custom": {"season": design.season, "rating": round(3.2 + draw % 18 / 10, 1)},
    }
    if draw % 7 == 0:
        record["sale_price"] = f"{design.price * 0.7:.2f} EUR"
    return record


def title(spec: ProductSpec) -> str:
    """Return the product's name and look in words."""
    ground, kind, ink, _ = (*spec.look.split("/"), "", "", "")[:4]
    if not kind:
        return f"{spec.design.name}, {ground}"
    if kind in ("gradient", "colour block"):
        return f"{spec.design.name}, {kind} {ground} and {ink}"
    return f"{spec.design.name}, {ground} with {ink} {kind}"


def _description(spec: ProductSpec) -> str:
    return (
        f"{title(spec)}. Made of {spec.design.finish}. For {spec.design.season}."
        if spec.design.season != "all year"
        else f"{title(spec)}. Made of {spec.design.finish}."
    )


def availability(spec: ProductSpec) -> str:
    """Return whether a product is in stock; a few are not, or only to be ordered before."""
    draw = zlib.crc32(spec.sku.encode())
    return "out_of_stock" if draw % 23 == 0 else "preorder" if draw % 31 == 0 else "in_stock"


def _size(spec: ProductSpec, draw: int) -> str:
    if spec.category == "shoe":
        return str(36 + draw % 10)
    return "one size" if spec.category in ("bag", "hat", "sunglasses") else SIZES[draw % len(SIZES)]
