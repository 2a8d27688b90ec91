"""Things to put into a catalog under test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from catalog import (
    Catalog,
    DescribedRegion,
    Description,
    ImageStatus,
    ImageTask,
    ProductFields,
    StoredImage,
)

SPACE = "test@1"
NEXT_SPACE = "test@2"


class HeldClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Photo:
    """A photo's bytes, and what the catalog is told of them."""

    data: bytes
    image: StoredImage

    @property
    def id(self) -> str:
        return self.image.image_id

    @property
    def link(self) -> str:
        return f"image:{self.id}"


def photo(name: str) -> Photo:
    data = f"photo {name}".encode()
    return Photo(data, StoredImage(hashlib.sha256(data).hexdigest(), "image/jpeg", 600, 800, len(data)))


def described(of: Photo, space: str = SPACE, garments: int = 1, dimensions: int = 8) -> Description:
    """A description with that many garments and the whole photo; its vectors differ from photo to photo."""
    chance = np.random.default_rng(int(of.id[:8], 16))
    vectors = chance.standard_normal((garments + 1, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    palette = ((52.5, 10.25, -3.5, 0.75), (90.0, 0.0, 1.0, 0.25))
    found = tuple(DescribedRegion((0.1, 0.2, 0.5, 0.9), "dress", 0.5, False, palette) for _ in range(garments))
    whole = DescribedRegion((0.0, 0.0, 1.0, 1.0), None, 1.0, True, palette[:1])
    return Description(of.id, space, "detector@1", int(of.id[:15], 16) - 2**59, (*found, whole), vectors)


def fields(**given: Any) -> ProductFields:
    return ProductFields.model_validate({"title": "A dress"} | given)


def put(catalog: Catalog, sku: str, store: str = "shop", space: str = SPACE, **given: Any) -> tuple[int, int]:
    """Put one product; return its version and seq."""
    [receipt] = catalog.products.put(store, [(sku, fields(**given))], space)
    return receipt.version, receipt.seq


def upload(catalog: Catalog, name: str, store: str = "shop") -> Photo:
    one = photo(name)
    catalog.images.store(store, one.data, one.image)
    return one


def describe_waiting(catalog: Catalog, space: str = SPACE) -> list[ImageTask]:
    """Describe every waiting photo, as if each link led to a photo of its own; return the tasks in their order."""
    done: list[ImageTask] = []
    while tasks := catalog.images.claim(100, 60.0):
        for task in tasks:
            one = photo_at(task.link)
            catalog.images.describe_ready(task, one.image, described(one, space))
        done += tasks
    return done


def photo_at(link: str) -> Photo:
    """The photo that `describe_waiting` finds at an address."""
    if link.startswith("image:"):
        return Photo(b"", StoredImage(link.removeprefix("image:"), "image/jpeg", 600, 800, 1))
    return photo(link)


def statuses(catalog: Catalog, sku: str, store: str = "shop") -> list[ImageStatus]:
    return [image.status for image in catalog.products.images(store, sku)]
