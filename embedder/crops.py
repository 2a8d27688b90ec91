"""The door of this package: what a crop must be, and the ways in which it becomes the square that models look at."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PIL.Image import Resampling

from embedder.protocol import EmbedderError, Photo

_WHITE = 255


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


def reduced(crop: Photo, side: int) -> Photo:
    """Return the crop halved as often as its longer side stays at least `side`: a fifth of the cost of other scales.

    Of an odd number of rows or columns the last is dropped.
    """
    import cv2

    height, width = crop.shape[:2]
    while max(height, width) >= 2 * side and min(height, width) > 1:
        height, width = height // 2, width // 2
        crop = np.asarray(cv2.resize(crop[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    return crop


def square(crop: Photo, side: int) -> Photo:
    """Return the whole crop in the middle of a white (side, side, 3) square; its proportions are kept."""
    return framed(fitted(crop, side), side)


def fitted(crop: Photo, side: int) -> Photo:
    """Return the whole crop with its longer side at `side` pixels; its proportions are kept."""
    import cv2

    crop = reduced(crop, side)
    height, width = crop.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)


def framed(picture: Photo, side: int) -> Photo:
    """Return a picture, nowhere larger than `side`, in the middle of a white (side, side, 3) square."""
    height, width = picture.shape[:2]
    left, top = (side - width) // 2, (side - height) // 2
    canvas = np.full((side, side, 3), _WHITE, np.uint8)
    canvas[top : top + height, left : left + width] = picture
    return canvas


def squashed(crop: Photo, side: int, resampling: Resampling = Resampling.BICUBIC) -> Photo:
    """Return the whole crop as a (side, side, 3) square; its proportions are not kept."""
    return np.asarray(Image.fromarray(crop).resize((side, side), resampling))


def middle(crop: Photo, side: int, resampling: Resampling = Resampling.BICUBIC) -> Photo:
    """Return the middle of the crop as a (side, side, 3) square: its shorter side fits, of the longer one ends are cut.

    Only what is kept is scaled, so that a crop like a thread costs no more than another; a pixel in fifty is a level
    or two off what scaling it all would give.
    """
    height, width = crop.shape[:2]
    shorter = min(height, width)
    (left, right), (top, bottom) = _kept(width, shorter, side), _kept(height, shorter, side)
    return np.asarray(Image.fromarray(crop).resize((side, side), resampling, box=(left, top, right, bottom)))


def padded(crop: Photo, side: int, resampling: Resampling = Resampling.BICUBIC, *, fill: int = 0) -> Photo:
    """Return the whole crop in the middle of a (side, side, 3) square of `fill`; its proportions are kept."""
    height, width = crop.shape[:2]
    ratio = max(height, width) / side
    size = max(1, round(width / ratio)), max(1, round(height / ratio))
    canvas = Image.new("RGB", (side, side), (fill,) * 3)
    canvas.paste(Image.fromarray(crop).resize(size, resampling), ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(canvas)


def _kept(length: int, shorter: int, side: int) -> tuple[float, float]:
    """Return where the middle begins and ends in a crop of this length, rounded as if the crop were scaled first."""
    scaled = side * length // shorter
    start = round((scaled - side) / 2)
    return start * length / scaled, min(length, (start + side) * length / scaled)
