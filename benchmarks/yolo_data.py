"""Reads YOLO data sets: data.yaml, photos, and beside them label files of normalised boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from detector import CATEGORIES, Photo
from detector.network import category_of

PHOTO_ENDINGS = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


class UnusableData(Exception):
    """A data set that cannot be measured on; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and its garments: `boxes` (N, 4) x0, y0, x1, y1 in 0..1; `classes` (N,) places in CATEGORIES."""

    path: Path
    boxes: NDArray[np.float64]
    classes: NDArray[np.int64]

    def photo(self) -> Photo:
        """Decode the photo, upright."""
        return read_photo(self.path)


def read_photo(path: Path) -> Photo:
    """Return the photo at `path`, (H, W, 3) uint8 sRGB, upright."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def labelled_photos(data: Path, split: str = "val") -> Iterator[Labelled]:
    """Yield the photos of one split of the data set that `data` (data.yaml) describes, sorted by path.

    Folders in data.yaml are relative to its own folder (or to its `path`). Nothing is written. Raises UnusableData.
    """
    from ultralytics.utils import YAML

    description = YAML.load(data)
    classes = _classes(description["names"])
    roots = (data.parent / (description.get("path") or "."), data.parent)
    if split not in description:
        raise UnusableData(f"{data} has no split '{split}'")
    entries = description[split]
    for entry in entries if isinstance(entries, list) else [entries]:
        for path in _photos(roots, entry):
            yield _labelled(path, classes)


def _classes(names: Mapping[int, str] | list[str]) -> list[int]:
    """Return for each class of the data set its place in CATEGORIES."""
    listed = [names[key] for key in sorted(names)] if isinstance(names, Mapping) else names
    categories = [category_of(name) for name in listed]
    unknown = [name for name, category in zip(listed, categories, strict=True) if category is None]
    if unknown:
        raise UnusableData(f"classes {unknown} are none of {', '.join(CATEGORIES)}")
    return [CATEGORIES.index(category) for category in categories if category]


def _photos(roots: Sequence[Path], entry: str) -> list[Path]:
    """List the photos of a folder, or those that a .txt file names; `../valid` is also looked for in the roots."""
    places = [root / path for root in roots for path in (entry, entry.removeprefix("../"))]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise UnusableData(f"none of {', '.join(map(str, dict.fromkeys(places)))} exists")
    if found.is_file():
        return [found.parent / line.strip() for line in found.read_text().splitlines() if line.strip()]
    return sorted(path for path in found.rglob("*") if path.suffix.lower() in PHOTO_ENDINGS)


def _labelled(path: Path, classes: list[int]) -> Labelled:
    """Read the label file of a photo: `labels` for `images` in its path, or beside it; none means no garments."""
    folders = list(path.parts)
    if "images" in folders[:-1]:
        folders[len(folders) - 1 - folders[::-1].index("images")] = "labels"
    beside = path.with_suffix(".txt")
    label = next((file for file in (Path(*folders).with_suffix(".txt"), beside) if file.is_file()), None)
    lines = sorted({line.strip() for line in label.read_text().splitlines() if line.strip()}) if label else []
    rows = [[float(word) for word in line.split()] for line in lines]
    return Labelled(
        path,
        np.array([_box(row[1:]) for row in rows], np.float64).reshape(-1, 4),
        np.array([classes[int(row[0])] for row in rows], np.int64),
    )


def _box(numbers: list[float]) -> tuple[float, float, float, float]:
    """Turn middle, width and height, or the corners of an outline, into x0, y0, x1, y1."""
    if len(numbers) > 4:
        xs, ys = numbers[0::2], numbers[1::2]
        return min(xs), min(ys), max(xs), max(ys)
    x, y, width, height = numbers
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
