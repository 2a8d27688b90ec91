"""People seen as shops show them: cut at the waist, or a shoe alone.

Street photos show people from head to foot, shop photos hardly ever do. So pieces are cut out of street photos, each
around one garment, with the labels of all that remains in sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MARGIN = (0.05, 0.6)  # of the garment's own sides, left around it on each side
IN_SIGHT = 0.3  # share of a garment that must remain in the piece to keep its label
SMALLEST = 64  # pixels of a piece's shorter side

Rows = NDArray[np.float64]


def close_ups(
    photos: Sequence[tuple[Path, str]], count: int, random: np.random.Generator
) -> Iterator[tuple[Image.Image, str]]:
    """Yield at most `count` pieces of photos (path, YOLO label text) with their own label text."""
    for place in random.permutation(len(photos)):
        path, label = photos[place]
        with Image.open(path) as image:
            rows = np.array([line.split() for line in label.splitlines() if line.strip()], float).reshape(-1, 5)
            window = _window(rows, random)
            piece = (window.reshape(2, 2) * image.size).astype(int).ravel()
            if count > 0 and len(rows) and (piece[2:] - piece[:2]).min() >= SMALLEST:
                count -= 1
                x0, y0, x1, y1 = piece.tolist()
                yield image.convert("RGB").crop((x0, y0, x1, y1)), _seen_through(window, rows)


def _window(rows: Rows, random: np.random.Generator) -> Rows:
    """Return the corners of a piece around one garment; rare garments are taken as often as common ones."""
    if not len(rows):
        return np.zeros(4)
    classes = np.unique(rows[:, 0])
    garment = random.choice(rows[rows[:, 0] == random.choice(classes)])
    margins = random.uniform(*MARGIN, (2, 2)) * garment[3:5]
    low, high = garment[1:3] - garment[3:5] / 2 - margins[0], garment[1:3] + garment[3:5] / 2 + margins[1]
    return np.concatenate([low, high]).clip(0, 1)


def _seen_through(window: Rows, rows: Rows) -> str:
    """Return the labels of what remains in sight, in the piece's own coordinates."""
    low, high = rows[:, 1:3] - rows[:, 3:5] / 2, rows[:, 1:3] + rows[:, 3:5] / 2
    seen_low, seen_high = low.clip(window[:2], window[2:]), high.clip(window[:2], window[2:])
    share = (seen_high - seen_low).prod(1) / (high - low).prod(1).clip(1e-9)
    size = window[2:] - window[:2]
    middle, sides = ((seen_low + seen_high) / 2 - window[:2]) / size, (seen_high - seen_low) / size
    kept = np.column_stack([middle, sides])[share >= IN_SIGHT]
    classes = rows[share >= IN_SIGHT, 0].astype(int)
    lines = (f"{index} " + " ".join(f"{value:.5f}" for value in row) for index, row in zip(classes, kept, strict=True))
    return "".join(f"{line}\n" for line in lines)
