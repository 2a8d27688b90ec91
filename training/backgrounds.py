"""Photos without a garment, so that the detector learns to find nothing: a network that only ever saw garments names
a bare wall a skirt. Walls and streets are cut out of photos of people, beside the people; plain and noisy fields are
drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SHARE = (0.25, 0.6)  # of the photo's width: how large a piece is cut
TRIES = 30
FIELD_SIDE = 320


def cut_out(photos: Sequence[tuple[Path, str]], count: int, random: np.random.Generator) -> Iterator[Image.Image]:
    """Yield at most `count` pieces of photos (path, YOLO label text) that no labelled box touches."""
    for place in random.permutation(len(photos)):
        path, label = photos[place]
        piece = _free_piece(label, random)
        if piece is not None and count > 0:
            count -= 1
            with Image.open(path) as image:
                x0, y0, x1, y1 = piece * np.tile(image.size, 2)
                yield image.convert("RGB").crop((int(x0), int(y0), int(x1), int(y1)))


def _free_piece(label: str, random: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    rows = np.array([line.split()[1:5] for line in label.splitlines() if line.strip()], float).reshape(-1, 4)
    low, high = rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2
    for _ in range(TRIES):
        size = random.uniform(*SHARE, 2)
        corner = random.uniform(0, 1 - size)
        if not ((corner < high) & (corner + size > low)).all(1).any():
            return np.concatenate([corner, corner + size])
    return None


def fields(count: int, random: np.random.Generator) -> Iterator[Image.Image]:
    """Yield plain colours (black and white among them), noise from coarse to fine, and stripes of light."""
    for place in range(count):
        cells = (1, 1, 2, 3, 6, 12, 40, FIELD_SIDE)[place % 8]
        low, high = ((0, 256), (0, 256), (200, 256), (0, 60))[place // 8 % 4]
        grain = random.integers(low, high, (cells, cells, 3), np.uint8)
        if place % 8 == 0:
            grain[:] = (0, 255, 128)[place // 8 % 3]
        smooth = Image.Resampling.BICUBIC if place % 2 else Image.Resampling.NEAREST
        yield Image.fromarray(grain).resize((FIELD_SIDE, int(FIELD_SIDE * random.uniform(0.6, 1.6))), smooth)
