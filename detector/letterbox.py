"""A photo brought to the size a YOLO network looks at: its proportions are kept, the rest is filled with grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.protocol import Photo

STRIDE = 32  # canvases are multiples of it, as little is filled as can be
GREY = 114  # as in training


@dataclass(frozen=True, slots=True)
class Letterboxed:
    """A photo on its canvas, (H, W, 3) uint8, and how to find the way back."""

    canvas: Photo
    scale: tuple[float, float]  # pixels of the canvas per pixel of the photo, across and down
    corner: tuple[int, int]  # of the photo on the canvas: left, top

    def back(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N, 4) boxes in pixels of the canvas as pixels of the photo."""
        found: NDArray[np.float64] = (boxes - np.array(self.corner * 2)) / np.array(self.scale * 2)
        return found


def letterbox(photo: Photo, side: int) -> Letterboxed:
    """Return the photo, (H, W, 3) uint8, with its longer side at `side` pixels, in the middle of its canvas."""
    import cv2

    height, width = photo.shape[:2]
    scale = side / max(height, width)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    if inner != (width, height):
        photo = cv2.resize(photo, inner, interpolation=cv2.INTER_LINEAR)
    across, down = (_spare(length) for length in inner)
    left, top = across // 2, down // 2
    canvas = np.full((inner[1] + down, inner[0] + across, 3), GREY, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = photo
    return Letterboxed(canvas, (inner[0] / width, inner[1] / height), (left, top))


def _spare(length: int) -> int:
    return -length % STRIDE
