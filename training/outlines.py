"""Where a garment ends and the bed, floor or wall it lies on begins.

Flat-lay photos bear a class and no box. Most show one garment in the middle and something else all along the edge,
which is what GrabCut (Rother, Kolmogorov, Blake: GrabCut, 2004) needs to tell the two apart. Where it cannot, nothing
is said.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels of the longer side at which the two are told apart
EDGE = 0.025  # share of the sides that is taken for what the garment lies on
ROUNDS = 3
LARGEST, SMALLEST = 0.88, 0.12  # share of the photo that a garment may be
ALONG_EDGE = 0.12  # share of the edge that it may touch: trousers run out of the photo, but not on all sides
PAIR = 0.4  # size of a piece, as a share of the largest, from which it belongs to the garment: the other shoe
SOLID = 0.4  # share of its box that a garment fills at least

Photo = NDArray[np.uint8]
Mask = NDArray[np.uint8]


def outline(photo: Photo) -> Mask | None:
    """Return (H, W) 0 or 1, where the garment of a photo (H, W, 3) is, or None where that is not sure."""
    height, width = photo.shape[:2]
    scale = SIDE / max(height, width)
    small = cv2.resize(photo, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    mask = _filled(large(_separated(small)))
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) if _plausible(mask) else None


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Return the box (x0, y0, x1, y1) of a mask, in pixels."""
    x, y, width, height = cv2.boundingRect(mask)
    return x, y, x + width, y + height


def large(mask: Mask) -> Mask:
    """Return the large pieces of a mask only: one garment, or a pair of shoes."""
    _, number, sizes, _ = cv2.connectedComponentsWithStats(mask)
    areas = sizes[:, cv2.CC_STAT_AREA] * (np.arange(len(sizes)) > 0)
    return np.asarray(areas[number] >= max(areas.max() * PAIR, 1), np.uint8)


def _separated(photo: Photo) -> Mask:
    labels = np.full(photo.shape[:2], cv2.GC_PR_FGD, np.uint8)
    labels[_edge(labels.shape)] = cv2.GC_BGD
    cv2.setRNGSeed(0)
    cv2.grabCut(photo, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _edge(shape: tuple[int, ...], thickness: float = EDGE) -> NDArray[np.bool_]:
    pixels = max(2, round(thickness * max(shape)))
    edge = np.ones(shape, bool)
    edge[pixels:-pixels, pixels:-pixels] = False
    return edge


def _filled(mask: Mask) -> Mask:
    """Fill the holes: what is free and not joined to the edge."""
    outside = np.pad(1 - mask, 1, constant_values=1)
    cv2.floodFill(outside, None, (0, 0), 2)
    return np.asarray(outside[1:-1, 1:-1] != 2, np.uint8)


def _plausible(mask: Mask) -> bool:
    beside = _edge(mask.shape) ^ _edge(mask.shape, EDGE * 1.7)
    x0, y0, x1, y1 = box_of(mask)
    solid = mask.sum() >= SOLID * (x1 - x0) * (y1 - y0)
    return bool(SMALLEST < mask.mean() < LARGEST and mask[beside].mean() < ALONG_EDGE and solid)
