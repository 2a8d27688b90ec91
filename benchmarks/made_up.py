"""Catalogs that are made up: products with photos that no camera took, put through the catalog's own door.

The photos are described by made-up vectors, so that no model has to run before a store of any size can be searched.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from PIL import Image

from catalog import Catalog, DescribedRegion, Description, ProductFields, Scope, StoredImage, tables
from catalog.descriptions import row_of
from catalog.rows import ManyRows
from embedder import Space, Vectors

BATCH = 1_000
KINDS = 2_500
GARMENT_NOISE, PHOTO_NOISE = 0.6, 0.4  # against a direction of length 1
IMAGES = ManyRows(tables.images, keeping=True)
STORE_IMAGES = ManyRows(tables.store_images, same=("store",), keeping=True)
DESCRIPTIONS = ManyRows(tables.descriptions, keeping=True)
WHOLE = (0.0, 0.0, 1.0, 1.0)
CATEGORIES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")
PALETTE = ((53.0, 80.0, 67.0, 0.6), (90.0, 0.0, 2.0, 0.4))


def open_store(catalog: Catalog, store: str, scopes: set[Scope]) -> str:
    """Make a store; return the secret of a key to it."""
    catalog.stores.create(store, store.title())
    return catalog.keys.create(store, "benchmark", scopes)[1]


def fill(
    catalog: Catalog, store: str, space: Space, count: int, seed: int = 0, kinds: Vectors | None = None
) -> list[str]:
    """Put `count` products with one described photo each into the store; return their image ids, in order of SKU.

    The SKUs are those of `sku`, the fields those of `fields`. Vectors lie near one of `kinds`, or of random directions.
    """
    image_ids = [photo_id(number, seed) for number in range(count)]
    for some in batches(count):
        describe(catalog, store, space, [image_ids[one] for one in some], seed + some[0], kinds)
        items = [(sku(one), ProductFields.model_validate(fields(one, image_ids[one]))) for one in some]
        catalog.products.put(store, items, space.id)
    return image_ids


def batches(count: int) -> Iterator[range]:
    """Yield the numbers below `count`, some at a time."""
    return (range(start, min(start + BATCH, count)) for start in range(0, count, BATCH))


def category_of(image_id: str) -> str:
    """Return what a made-up photo shows. Of N kinds, N a multiple of ten, the i-th shows CATEGORIES[i % 10]."""
    return CATEGORIES[int(image_id[:12], 16) % len(CATEGORIES)]


def photo_id(number: int, seed: int = 0) -> str:
    """Return the id of a photo that nobody took."""
    return hashlib.sha256(f"made up {seed} {number}".encode()).hexdigest()


def sku(number: int) -> str:
    """Return the SKU of a product."""
    return f"p{number:07}"


def fields(number: int, image_id: str) -> dict[str, object]:
    """Return what a merchant says of a product, as REST takes it."""
    return {
        "title": f"Garment {number}",
        "product_type": f"Clothing > {category_of(image_id)}",
        "brand": f"Brand {number % 211}",
        "color": f"color {number % 13}",
        "size": f"size {number % 7}",
        "material": f"material {number % 31}",
        "group_id": f"g{number // 3}",
        "price": f"{5 + number % 495}.00 EUR",
        "image_link": f"image:{image_id}",
    }


def jpeg(number: int, seed: int = 0, side: int = 96) -> bytes:
    """Return a small photo, another one for each number and seed, always the same for the same."""
    random = np.random.default_rng([seed, number])
    coarse = random.integers(0, 256, (8, 6, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(coarse).resize((side * 3 // 4, side), Image.Resampling.BICUBIC).save(data, "JPEG", quality=90)
    return data.getvalue()


def retaken(photo: bytes, number: int) -> bytes:
    """Return a JPEG of the same pixels and other bytes: a photo that nobody has seen before."""
    comment = f"taken {number}".encode()
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def describe(
    catalog: Catalog, store: str, space: Space, image_ids: Sequence[str], seed: int, kinds: Vectors | None = None
) -> None:
    """Let the catalog know photos and their descriptions, as if workers had seen them for products that are gone.

    The rows are written as the catalog writes them, but many to a statement, which no worker ever has to do.
    """
    at, random = datetime.now(UTC), np.random.default_rng(seed)
    kinds = directions(space.dimensions) if kinds is None else kinds
    rows = [row_of(description(one, space, random, kinds), at) for one in image_ids]
    photos = [{"id": one, "media_type": "image/jpeg", "width": 600, "height": 800, "size_bytes": 40_000,
               "created_at": at} for one in image_ids]  # fmt: skip
    with catalog._database.write() as connection:
        IMAGES.write(connection, _by_column(photos))
        STORE_IMAGES.write(connection, {"store": store, "image_id": list(image_ids)})
        DESCRIPTIONS.write(connection, _by_column(rows))


def description(image_id: str, space: Space, random: np.random.Generator, kinds: Vectors) -> Description:
    """Return a description as a worker makes it, of one garment and of the whole photo.

    Garments come in kinds: each vector lies near one of the (N, D) `kinds`, the whole photo's near the garment's.
    """
    garment = kinds[int(image_id[:12], 16) % len(kinds)] + _noise(random, space.dimensions, GARMENT_NOISE)
    vectors = np.stack([garment, garment + _noise(random, space.dimensions, PHOTO_NOISE)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    regions = (
        DescribedRegion((0.2, 0.1, 0.8, 0.9), category_of(image_id), 0.9, False, PALETTE),
        DescribedRegion(WHOLE, None, 0.0, True, PALETTE),
    )
    return Description(image_id, space.id, "made-up@1", int(image_id[:15], 16), regions, vectors)


@lru_cache
def directions(dimensions: int) -> Vectors:
    """Return the directions near which made-up garments lie, (KINDS, dimensions) of length 1."""
    rows = np.random.default_rng(1).standard_normal((KINDS, dimensions)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _noise(random: np.random.Generator, dimensions: int, length: float) -> Vectors:
    row = random.standard_normal(dimensions).astype(np.float32)
    return np.asarray(row * (length / np.linalg.norm(row)), np.float32)


def stored_image(image_id: str) -> StoredImage:
    """Return what the catalog knows of a photo that nobody took."""
    return StoredImage(image_id, "image/jpeg", 600, 800, 40_000)


def _by_column(rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
