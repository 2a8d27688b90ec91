"""What every garment detector promises: photos in, regions out, in the order of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CATEGORIES = ("bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses")

Photo = NDArray[np.uint8]
Box = tuple[float, float, float, float]


class DetectorError(Exception):
    """Base of all faults of a detector."""


@dataclass(frozen=True, slots=True)
class Region:
    """A garment found in a photo.

    `box` is (x0, y0, x1, y1) in 0..1 of the photo's width and height; `confidence` is in 0..1. A region with
    `whole_photo` set is the photo itself, whatever is in it: its box is the frame and it has no category.
    """

    box: Box
    category: str | None
    confidence: float
    whole_photo: bool = False


class Detector(Protocol):
    """Finds garments in photos."""

    @property
    def name(self) -> str:
        """Name and version of the model, stored with every description it takes part in."""
        ...

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        """Return each photo's regions, most prominent first; an empty list where nothing was found.

        `photos` are (H, W, 3) uint8 sRGB. The answer has one list per photo, in order. No photos give no lists.
        """
        ...
