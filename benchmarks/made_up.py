"""A store of made-up products whose photos are described by made-up vectors: a catalog of any size without a model.

Rows are written as the catalog itself writes them (`catalog.rows`), thousands to a statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection

from catalog import Catalog, DescribedRegion, Description, ProductFields, tables
from catalog.descriptions import row_of
from catalog.planning import link_key
from catalog.rows import ManyRows

STORE = "shop"
BATCH = 2_000
CLUSTER = 40  # photos around one centre, on average
BRANDS = ("Acme", "Borealis", "Cielo", "Dune", "Ember", "Fjord", "Grove", "Harbour")
COLOURS = ("black", "white", "red", "blue", "green", "beige", "grey", "navy", "blue/white", "rose")
SIZES = ("XS", "S", "M", "L", "XL")
KINDS = ("shirt", "dress", "pants", "skirt", "jacket", "shoe", "bag", "shorts", "hat", "sunglasses")

_IMAGES = ManyRows(tables.images, keeping=True)
_STORE_IMAGES = ManyRows(tables.store_images, same=("store",), keeping=True)
_DESCRIPTIONS = ManyRows(tables.descriptions, keeping=True)
_LINKS = ManyRows(tables.links, same=("store", "fetched_at"), keeping=True)


def link(number: int) -> str:
    """The address of a made-up photo."""
    return f"https://images.shop.example/products/{number:08d}/front.jpg"


def image_id(number: int) -> str:
    """The id of a made-up photo."""
    return hashlib.sha256(f"photo {number}".encode()).hexdigest()


def body(number: int, photo: int) -> dict[str, object]:
    """A product as a merchant's system sends it, with the photo of that number."""
    kind, colour = KINDS[number % len(KINDS)], COLOURS[number // 7 % len(COLOURS)]
    return {
        "title": f"{colour.title()} {kind} no. {number}",
        "link": f"https://shop.example/products/{number}",
        "image_link": link(photo),
        "price": f"{9 + number % 190}.90 EUR",
        "availability": "in_stock",
        "brand": BRANDS[number // 3 % len(BRANDS)],
        "color": colour,
        "size": SIZES[number // 11 % len(SIZES)],
        "gender": ("female", "male", "unisex")[number % 3],
        "item_group_id": f"group-{number // 5}",
        "product_type": f"Clothing > {kind}",
        "custom": {"season": ("summer", "winter")[number % 2], "stock": number % 50},
    }


def describe_photos(catalog: Catalog, space: str, dimensions: int, numbers: Sequence[int]) -> None:
    """Let the store know these photos, described in `space`: a garment and the whole photo each."""
    centres = unit(np.random.default_rng(0), max(len(numbers) // CLUSTER, 1), dimensions)
    at = datetime.now(UTC)
    for chunk in chunks(numbers):
        random = np.random.default_rng(chunk[0])
        with catalog._database.write() as connection:
            _write_photos(connection, [made_up_description(one, space, centres, random) for one in chunk], chunk, at)


def _write_photos(
    connection: Connection, descriptions: list[Description], numbers: Sequence[int], at: datetime
) -> None:
    ids = [one.image_id for one in descriptions]
    many = len(ids)
    _IMAGES.write(
        connection,
        {
            "id": ids,
            "media_type": ["image/jpeg"] * many,
            "width": [900] * many,
            "height": [1200] * many,
            "size_bytes": [120_000] * many,
            "created_at": [at] * many,
        },
    )
    _STORE_IMAGES.write(connection, {"store": STORE, "image_id": ids})
    rows = [row_of(one, at) for one in descriptions]
    _DESCRIPTIONS.write(connection, {name: [row[name] for row in rows] for name in rows[0]})
    keys = [link_key(link(number)) for number in numbers]
    _LINKS.write(connection, {"store": STORE, "link_key": keys, "image_id": ids, "fetched_at": at})


def made_up_description(
    number: int, space: str, centres: np.ndarray[tuple[int, int], np.dtype[np.float32]], random: np.random.Generator
) -> Description:
    """A description as the models would make it: the garment near one of the centres, the whole photo near it."""
    dimensions = centres.shape[1]
    garment = centres[number % len(centres)] + unit(random, 1, dimensions)[0] * np.float32(0.6)
    vectors = np.stack([garment, garment + unit(random, 1, dimensions)[0] * np.float32(0.5)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kind = KINDS[number % len(KINDS)]
    palette = ((50.0, 10.0, 10.0, 0.7), (80.0, 0.0, 5.0, 0.3))
    regions = (
        DescribedRegion((0.2, 0.1, 0.8, 0.9), kind, 0.9, False, palette),
        DescribedRegion((0.0, 0.0, 1.0, 1.0), None, 0.0, True, palette),
    )
    return Description(image_id(number), space, "made-up", number, regions, vectors.astype(np.float32))


def unit(random: np.random.Generator, count: int, dimensions: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Random directions, (count, dimensions) float32 of length 1."""
    rows = random.standard_normal((count, dimensions), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def list_products(catalog: Catalog, space: str, count: int) -> None:
    """List products 0..count-1, each with the photo of its number."""
    for chunk in chunks(range(count)):
        fields = [(f"sku-{number}", ProductFields.model_validate(body(number, number))) for number in chunk]
        catalog.products.put(STORE, fields, space)


def chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """The numbers, BATCH at a time."""
    return (numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH))
