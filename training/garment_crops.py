"""The crops that the shipped space's projection is fitted to: flat-lay, street, and dyes neither shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]

MARGIN = 0.12  # of a box's sides, as the service cuts regions
SMALLEST = 60  # pixels of a box's sides


def read(path: Path) -> Picture:
    """Return the sRGB pixels of a photo."""
    with Image.open(path) as photo:
        return np.asarray(photo.convert("RGB"))


def flat_lay(folder: Path, count: int, seed: int) -> Iterator[Picture]:
    """Yield `count` whole photos of ``images/``, drawn with the seed."""
    photos = sorted((folder / "images").iterdir())
    for path in random.Random(seed).sample(photos, min(count, len(photos))):
        yield read(path)


def street(folder: Path, count: int, seed: int) -> Iterator[Picture]:
    """Yield `count` boxes of a YOLO data set's train photos, drawn with the seed, with a margin around each."""
    boxes = [(path, box) for path in sorted((folder / "train" / "labels").glob("*.txt")) for box in _boxes(path)]
    random.Random(seed).shuffle(boxes)
    taken = 0
    for path, box in boxes:
        photo = read(folder / "train" / "images" / f"{path.stem}.jpg")
        part = _cut(photo, box)
        if min(part.shape[:2]) >= SMALLEST and taken < count:
            taken += 1
            yield part


def dyes(count: int, seed: int) -> Iterator[Picture]:
    """Yield small even cloths of any colour with folds and grain, so that no dye is unknown to the projection."""
    chance = np.random.default_rng(seed)
    for _ in range(count):
        dye = chance.choice([0, 255], 3) if chance.random() < 0.2 else chance.integers(0, 224, 3)
        folds = chance.normal(1, chance.uniform(0.03, 0.2), (40, 40, 1))
        grain = chance.normal(0, chance.uniform(1, 6), (40, 40, 3))
        yield np.clip(dye * folds + grain, 0, 255).astype(np.uint8)


def _boxes(labels: Path) -> Iterator[Box]:
    for line in labels.read_text().splitlines():
        _, x, y, width, height = map(float, line.split())
        dx, dy = width * (0.5 + MARGIN), height * (0.5 + MARGIN)
        yield x - dx, y - dy, x + dx, y + dy


def _cut(photo: Picture, box: Box) -> Picture:
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = (max(0.0, min(1.0, value)) for value in box)
    return photo[int(y0 * height) : round(y1 * height), int(x0 * width) : round(x1 * width)]
