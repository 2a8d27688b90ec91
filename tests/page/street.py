"""A small shop and its shoppers' photos: garments are patches of colour, so that light models can tell them apart."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from catalog import Scope, StoredImage
from detector import Photo, Region
from embedder import Space, Vectors
from pipeline.photo import image_id
from service.build import Service

RED, BLUE, GREEN, YELLOW = (200, 30, 30), (40, 60, 200), (30, 160, 60), (230, 200, 40)
COLOURS = {"red": RED, "blue": BLUE, "green": GREEN, "yellow": YELLOW}
GARMENTS = {"red": "jacket", "blue": "pants", "green": "bag", "yellow": "hat"}
WALL = (225, 222, 215)
PER_COLOUR = 15
# Where the street photo shows what: x0, y0, x1, y1 in 0..1.
JACKET, PANTS, BAG = (0.3, 0.1, 0.7, 0.45), (0.35, 0.5, 0.65, 0.95), (0.05, 0.6, 0.2, 0.75)
STREET = {"red": JACKET, "blue": PANTS, "green": BAG}


def photo(
    patches: dict[str, tuple[float, float, float, float]] = STREET, size: tuple[int, int] = (600, 800)
) -> Image.Image:
    """A wall with patches of colour on it."""
    picture = Image.new("RGB", size, WALL)
    for colour, (x0, y0, x1, y1) in patches.items():
        place = round(x0 * size[0]), round(y0 * size[1]), round(x1 * size[0]) - 1, round(y1 * size[1]) - 1
        picture.paste(COLOURS[colour], place)
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


class PatchDetector:
    """Finds the patches, largest first."""

    name = "patches@1"

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [self._regions(one) for one in photos]

    def _regions(self, pixels: Photo) -> list[Region]:
        height, width = pixels.shape[:2]
        found = []
        for name, colour in COLOURS.items():
            near = np.abs(pixels.astype(np.int16) - np.array(colour, np.int16)).max(axis=2) < 40
            rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
            if len(rows) > 8 and len(columns) > 8:
                box = (
                    float(columns[0] / width),
                    float(rows[0] / height),
                    float((columns[-1] + 1) / width),
                    float((rows[-1] + 1) / height),
                )
                found.append(Region(box, GARMENTS[name], 0.9))
        return sorted(found, key=lambda one: (one.box[0] - one.box[2]) * (one.box[3] - one.box[1]))


class ShareEmbedder:
    """How much of each colour a crop shows, and a little of how bright it is, so that no two products tie."""

    space = Space("shares", "1", 6)

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        rows: Vectors = np.array([self._row(crop) for crop in crops], np.float32).reshape(len(crops), 6)
        norms: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / norms

    def _row(self, crop: Photo) -> list[float]:
        pixels = crop.astype(np.float32)
        shares = [
            float((np.abs(pixels - np.array(colour, np.float32)).max(axis=2) < 60).mean())
            for colour in (*COLOURS.values(), WALL)
        ]
        return [*shares, 0.2 * float(pixels.mean()) / 255]


def open_shop(service: Service) -> str:
    """List PER_COLOUR products of every colour, make them searchable, and return a key that searches."""
    service.catalog.stores.create("corner", "The corner shop")
    for number, (colour, turn) in enumerate(itertools.product(COLOURS, range(PER_COLOUR))):
        service.sync.put("corner", f"{colour}-{turn:02}", _product(service, colour, turn, number))
    while service.ingest.run_once():
        pass
    assert service.follower.wait_for(service.catalog.changes.head(), 20.0)
    return service.catalog.keys.create("corner", "page", {Scope.SEARCH})[1]


def _product(service: Service, colour: str, turn: int, number: int) -> dict[str, object]:
    data = encoded(photo({colour: (0.1, 0.1, 0.9, 0.7 + turn * 0.015)}, (120, 150)))
    service.catalog.images.store("corner", data, StoredImage(image_id(data), "image/png", 120, 150, len(data)))
    listed: dict[str, object] = {
        "title": f"{colour.title()} {GARMENTS[colour]} no. {turn}",
        "image_link": f"image:{image_id(data)}",
        "link": f"https://shop.example/{colour}/{turn}",
        "price": f"{20 + number}.90 EUR",
        "brand": ("Alba", "Nord", "Ode")[turn % 3],
        "color": colour,
        "size": ("S", "M", "L")[turn % 3],
        "gender": ("female", "male")[turn % 2],
    }
    if turn == 1:
        listed["sale_price"] = "9.50 EUR"
    if turn == 2:
        listed["availability"] = "preorder"
    if turn == 3:
        listed["availability"] = "out_of_stock"
    return listed
