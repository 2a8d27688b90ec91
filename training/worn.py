"""Garments cut out of photos of people: bags, skirts and hats that nobody photographed alone.

Inside its box GrabCut (C. Rother, V. Kolmogorov, A. Blake, "GrabCut", 2004) tells most garments from the person and
the place. A hand on a bag or hair under a hat stays with it; what is left of a garment is its own, and real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.cut_outs import Draw, Piece
from training.outlines import Mask, Photo, box_of, large

LARGEST = 300  # garments of a class that are cut out, the largest ones: few sunglasses have 40 pixels
AROUND = 0.25  # of the box's sides: what GrabCut sees of the place
SIDE = 160  # pixels of the longer side of what it sees
ROUNDS = 4
FULL = 0.7, 0.4  # of its box that a garment must span and fill to be believed
TRIES = 12

Corners = tuple[int, int, int, int]


def worn(photos: Sequence[tuple[Path, str]], chances: Mapping[int, float]) -> Draw:
    """Return what draws a garment out of photos of people (path, YOLO label text); classes by their chances."""
    by_class: dict[int, list[tuple[Path, Corners]]] = {}
    for path, index, corners in sorted(_boxes(photos), key=lambda one: -_longer(one[2])):
        by_class.setdefault(index, []).append((path, corners))
    classes = sorted(by_class.keys() & chances.keys())
    shares = np.array([chances[index] for index in classes])

    def draw(random: np.random.Generator) -> Piece | None:
        for _ in range(TRIES if classes else 0):
            index = int(random.choice(classes, p=shares / shares.sum()))
            largest = by_class[index][:LARGEST]
            path, corners = largest[int(random.integers(len(largest)))]
            with Image.open(path) as image:
                found = cut_from(np.asarray(image.convert("RGB")), corners)
            if found is not None:
                return Piece(*found, index)
        return None

    return draw


def cut_from(photo: Photo, corners: Corners) -> tuple[Photo, Mask] | None:
    """Return the pixels of a garment and where they count, both scaled, or None where that is not sure.

    `photo` is (H, W, 3) uint8, `corners` the garment's box (x0, y0, x1, y1) in pixels.
    """
    low, high = np.array(corners[:2]), np.array(corners[2:])
    size = np.array(photo.shape[1::-1])
    wide = np.concatenate([low - AROUND * (high - low), high + AROUND * (high - low)]).clip(0, [*size, *size])
    x0, y0, x1, y1 = wide.astype(int).tolist()
    scale = SIDE / max(x1 - x0, y1 - y0)
    seen = cv2.resize(photo[y0:y1, x0:x1], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    box = (np.concatenate([low - (x0, y0), high - (x0, y0)]) * scale).round().astype(int)
    mask = _separated(np.asarray(seen, np.uint8), box)
    left, top, right, bottom = box_of(mask)
    area = max(int(np.prod(box[2:] - box[:2])), 1)
    full = (right - left) * (bottom - top) >= FULL[0] * area and mask.sum() >= FULL[1] * area
    return (seen[top:bottom, left:right], mask[top:bottom, left:right]) if full else None


def _separated(seen: Photo, box: NDArray[np.int64]) -> Mask:
    x0, y0, x1, y1 = box.tolist()
    labels = np.full(seen.shape[:2], cv2.GC_BGD, np.uint8)
    labels[y0:y1, x0:x1] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(seen, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # the box leaves nothing beside it, or is too even to be told from it
        return np.zeros(seen.shape[:2], np.uint8)
    found = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return large(np.asarray(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8))


def _boxes(photos: Sequence[tuple[Path, str]]) -> Iterator[tuple[Path, int, Corners]]:
    for path, text in photos:
        with Image.open(path) as image:
            width, height = image.size
        for line in text.splitlines():
            index, x, y, wide, tall = map(float, line.split())
            low = int((x - wide / 2) * width), int((y - tall / 2) * height)
            yield path, int(index), (*low, int((x + wide / 2) * width), int((y + tall / 2) * height))


def _longer(corners: Corners) -> int:
    return max(corners[2] - corners[0], corners[3] - corners[1])
