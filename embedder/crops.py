"""The door of this package: what a crop must be, and how it becomes the square that models look at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from embedder.protocol import EmbedderError, Photo

_WHITE = (255, 255, 255)


class BadCrop(EmbedderError):
    """An array that is no (H, W, 3) uint8 picture of at least one pixel."""


def checked(crop: Photo, number: int = 0) -> Photo:
    """Return the crop, contiguous. Raises BadCrop, naming it by its number in the batch, if it is no picture."""
    if not isinstance(crop, np.ndarray) or crop.dtype != np.uint8:
        kind = crop.dtype if isinstance(crop, np.ndarray) else type(crop).__name__
        raise BadCrop(f"crop {number} is {kind}, not an array of uint8; pass decoded sRGB pixels")
    if crop.ndim != 3 or crop.shape[2] != 3 or not crop.size:
        raise BadCrop(f"crop {number} has shape {crop.shape}, not (height, width, 3) with at least one pixel")
    return np.ascontiguousarray(crop)


def square(crop: Photo, side: int) -> Photo:
    """Return the whole crop in the middle of a white (side, side, 3) square; its proportions are kept."""
    height, width = crop.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shrunk = Image.fromarray(crop).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    canvas = Image.new("RGB", (side, side), _WHITE)
    canvas.paste(shrunk, ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(canvas)
