"""Streets with several people, small, before walls and sky: what a shopper's photo may show, and studio sets never do.

People are cut out of their photos with their labels, and set side by side on a ground laid of free pieces of other
photos. Where one hides another, the hidden one's label goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.backgrounds import cut_out

SHAPES = ((384, 512), (512, 512), (683, 512), (512, 384))  # pixels, width and height
PEOPLE = (2, 7)  # of a street, the latter excluded
HEIGHT = (0.3, 0.85)  # of a person, as a share of the street's height
HEAD = 0.18  # of the person's height, left above the topmost label
SIDE = 0.12  # of the person's width, left on both sides
HIDDEN = 0.4  # share of a garment behind others from which its label goes
SEAM = 5  # pixels over which a person fades into the ground

Rows = NDArray[np.float64]


def crowds(
    photos: Sequence[tuple[Path, str]], count: int, random: np.random.Generator
) -> Iterator[tuple[Image.Image, str]]:
    """Yield `count` streets made of photos (path, YOLO label text), with their own label text."""
    if not count:
        return
    grounds = [piece.copy() for piece in cut_out(photos, max(count // 4, 3), random)]
    for _ in range(count):
        street = _ground(grounds, random)
        boxes: Rows = np.empty((0, 5))
        for place in random.choice(len(photos), random.integers(*PEOPLE)):
            path, label = photos[place]
            boxes = _add_person(street, boxes, path, label, random)
        yield street, _label(boxes, street.size)


def _ground(grounds: Sequence[Image.Image], random: np.random.Generator) -> Image.Image:
    """Lay a ground of one to three bands, like road, wall and sky."""
    width, height = SHAPES[random.integers(len(SHAPES))]
    street = Image.new("RGB", (width, height))
    edges = [0, *sorted(random.integers(height // 5, height, random.integers(0, 3)).tolist()), height]
    for top, bottom in pairwise(edges):
        if bottom > top:
            ground = grounds[int(random.integers(len(grounds)))]
            street.paste(ground.resize((width, bottom - top)), (0, top))
    return street


def _add_person(street: Image.Image, boxes: Rows, path: Path, label: str, random: np.random.Generator) -> Rows:
    """Paste one person and return the street's boxes (class and corners in pixels) with the person's among them."""
    rows = np.array([line.split() for line in label.splitlines() if line.strip()], float).reshape(-1, 5)
    if not len(rows):
        return boxes
    with Image.open(path) as image:
        low, high = (rows[:, 1:3] - rows[:, 3:5] / 2) * image.size, (rows[:, 1:3] + rows[:, 3:5] / 2) * image.size
        corner, end = low.min(0), high.max(0)
        room = (end - corner) * (SIDE, HEAD)
        below = np.array([room[0], 3])
        corner, end = (corner - room).clip(0), (end + below).clip(0, image.size)
        scale = random.uniform(*HEIGHT) * street.height / (end - corner)[1]
        size = ((end - corner) * scale).astype(int).clip(8)
        x0, y0, x1, y1 = np.concatenate([corner, end]).tolist()
        person = image.convert("RGB").resize((int(size[0]), int(size[1])), box=(x0, y0, x1, y1))
    spare = np.array(street.size) - size
    at = random.uniform(np.minimum(spare, 0) / 2, np.maximum(spare, 1)).astype(int)
    street.paste(person, (int(at[0]), int(at[1])), _faded(person.size))
    shown = boxes[_hidden(boxes, at, at + size) < HIDDEN]
    return np.vstack([shown, np.column_stack([rows[:, 0], (low - corner) * scale + at, (high - corner) * scale + at])])


def _faded(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((SEAM, SEAM, size[0] - SEAM, size[1] - SEAM), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(SEAM / 2))


def _hidden(boxes: Rows, low: NDArray[np.int64], high: NDArray[np.int64]) -> Rows:
    """Return the share of each box that a rectangle covers."""
    shared = (np.minimum(boxes[:, 3:5], high) - np.maximum(boxes[:, 1:3], low)).clip(0).prod(1)
    return np.asarray(shared / (boxes[:, 3:5] - boxes[:, 1:3]).prod(1).clip(1))


def _label(boxes: Rows, size: tuple[int, int]) -> str:
    """Return the label text of boxes, cut at the street's edge; what lies mostly beyond it is left out."""
    low, high = boxes[:, 1:3].clip(0, size), boxes[:, 3:5].clip(0, size)
    seen = (high - low).prod(1) / (boxes[:, 3:5] - boxes[:, 1:3]).prod(1).clip(1) > HIDDEN
    rows = np.column_stack([(low + high) / 2 / size, (high - low) / size])[seen]
    lines = (
        f"{int(index)} " + " ".join(f"{value:.5f}" for value in row)
        for index, row in zip(boxes[seen, 0], rows, strict=True)
    )
    return "".join(f"{line}\n" for line in lines)
