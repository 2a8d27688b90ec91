"""Catalogs that are made up: products with photos that no camera took, put through the catalog's own door.

The photos are described by random unit vectors, so that no model has to run before a store of any size can be searched.
"""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

from catalog import Catalog, DescribedRegion, Description, ImageTask, ProductFields, Scope, StoredImage
from embedder import Space

BATCH = 500
WHOLE = (0.0, 0.0, 1.0, 1.0)
CATEGORIES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")
PALETTE = ((53.0, 80.0, 67.0, 0.6), (90.0, 0.0, 2.0, 0.4))


def open_store(catalog: Catalog, store: str, scopes: set[Scope]) -> str:
    """Make a store; return the secret of a key to it."""
    catalog.stores.create(store, store.title())
    return catalog.keys.create(store, "benchmark", scopes)[1]


def fill(catalog: Catalog, store: str, space: Space, count: int, seed: int = 0) -> list[str]:
    """Put `count` products with one described photo each into the store; return their image ids, in order of SKU.

    The SKUs are those of `sku`, the fields those of `fields`.
    """
    random = np.random.default_rng(seed)
    image_ids = [hashlib.sha256(f"made up {seed} {number}".encode()).hexdigest() for number in range(count)]
    for number, image_id in enumerate(image_ids):
        _describe(catalog, store, space, image_id, CATEGORIES[number % len(CATEGORIES)], random)
    for start in range(0, count, BATCH):
        some = range(start, min(start + BATCH, count))
        items = [(sku(one), ProductFields.model_validate(fields(one, image_ids[one]))) for one in some]
        catalog.products.put(store, items, space.id)
    return image_ids


def sku(number: int) -> str:
    """Return the SKU of a product."""
    return f"p{number:07}"


def fields(number: int, image_id: str) -> dict[str, object]:
    """Return what a merchant says of a product, as REST takes it."""
    return {
        "title": f"Garment {number}",
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


def _describe(
    catalog: Catalog, store: str, space: Space, image_id: str, category: str, random: np.random.Generator
) -> None:
    """Let the catalog know a photo and its description, as if a worker had seen it for a product that is gone."""
    vectors = random.standard_normal((2, space.dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    regions = (
        DescribedRegion((0.2, 0.1, 0.8, 0.9), category, 0.9, False, PALETTE),
        DescribedRegion(WHOLE, None, 0.0, True, PALETTE),
    )
    description = Description(image_id, space.id, "made-up@1", int(image_id[:15], 16), regions, vectors)
    task = ImageTask(store, "", 0, f"image:{image_id}", 0)
    catalog.images.describe_ready(task, StoredImage(image_id, "image/jpeg", 600, 800, 40_000), description)
