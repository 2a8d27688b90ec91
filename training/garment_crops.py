"""The garments that the shipped space's projection is fitted to: flat-lay, street, and dyes neither shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from detector import Region
from embedder.colour import BANDS
from pipeline.describe import crop
from training.backgrounds import cut_out
from training.garment_photos import flat_lay_photos, held_out
from training.garment_views import Picture, part_of, views

Box = tuple[float, float, float, float]

SMALLEST = 60  # pixels of a box's sides
MOST_BOXES = 4200  # of street photos, before all garments are shuffled
MOVED = 0.14  # of a box's sides: how far each edge may lie elsewhere in another view
GROUNDS = 600  # pieces of street photos without a garment
BAND_ROWS = 14  # pixels of a cloth's bands
LEAST_GROUND = 70  # pixels of a ground's sides


@dataclass(frozen=True, slots=True)
class Garment:
    """One garment: a photo, and its box (centre, width and height in 0..1), none where it fills its photo."""

    photo: Path
    box: Box | None

    def views(self, grounds: list[Picture], chance: np.random.Generator) -> list[Picture]:
        """Return the garment as `garment_views.views` shows it."""
        photo = read(self.photo)
        if self.box is None:
            return views(photo, lambda: part_of(photo, chance), 0.02, grounds, chance)
        x, y, width, height = self.box
        sides = np.array([width, height, width, height])
        edges = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])

        def near() -> Picture:
            return _cut(photo, np.sort((edges + chance.uniform(-MOVED, MOVED, 4) * sides).reshape(2, 2), 0).ravel())

        return views(_cut(photo, edges), near, 0.07, grounds, chance)


def read(path: Path) -> Picture:
    """Return the sRGB pixels of a photo."""
    with Image.open(path) as photo:
        return np.asarray(photo.convert("RGB"))


def garments(flat_lay: Path, street: Path, count: int) -> list[Garment]:
    """Return `count` garments of both folders, always the same ones; senders that are held out are left out."""
    alone = [photo for photo, _, sender in flat_lay_photos(flat_lay) if not held_out(sender)]
    random.Random(0).shuffle(alone)
    worn = [(photo, box) for photo, text in _labelled(street) for box in _boxes(text)]
    random.Random(1).shuffle(worn)
    sizes = {photo: Image.open(photo).size for photo in {photo for photo, _ in worn}}
    large = [one for one in worn if min(np.array(one[1][2:]) * sizes[one[0]]) >= SMALLEST]
    found = [Garment(photo, None) for photo in alone] + [Garment(*one) for one in large[:MOST_BOXES]]
    random.Random(2).shuffle(found)
    return found[:count]


def grounds(street: Path) -> list[Picture]:
    """Return pieces of street photos that show no garment."""
    pieces = [np.asarray(piece) for piece in cut_out(_labelled(street), GROUNDS, np.random.default_rng(0))]
    return [piece for piece in pieces if min(piece.shape[:2]) > LEAST_GROUND]


def dyes(count: int, seed: int) -> Iterator[Picture]:
    """Yield small cloths with folds and grain, so that no dye is unknown to the projection, wherever on a garment.

    Every second cloth is of one dye, the others of another in each band.
    """
    chance = np.random.default_rng(seed)
    for number in range(count):
        bands = [_dye(chance) for _ in range(BANDS)] if number % 2 else [_dye(chance)] * BANDS
        rows = np.repeat(bands, BAND_ROWS, axis=0)[:, None]
        folds = chance.normal(1, chance.uniform(0.03, 0.2), (len(rows), 40, 1))
        grain = chance.normal(0, chance.uniform(1, 6), (len(rows), 40, 3))
        yield np.clip(rows * folds + grain, 0, 255).astype(np.uint8)


def _dye(chance: np.random.Generator) -> NDArray[np.int64]:
    return chance.choice([0, 255], 3) if chance.random() < 0.2 else chance.integers(0, 224, 3)


def _labelled(street: Path) -> list[tuple[Path, str]]:
    photos = sorted((street / "train" / "images").glob("*.jpg"))
    return [(photo, (street / "train" / "labels" / f"{photo.stem}.txt").read_text()) for photo in photos]


def _boxes(text: str) -> Iterator[Box]:
    for line in text.splitlines():
        _, x, y, width, height = map(float, line.split())
        yield x, y, width, height


def _cut(photo: Picture, edges: NDArray[np.float64]) -> Picture:
    """Return what lies between edges, with the margin of a region around it; see `pipeline.describe.crop`."""
    region = Region(box=tuple(edges.clip(0, 1)), category=None, confidence=1.0, whole_photo=False)
    return crop(photo, region)
