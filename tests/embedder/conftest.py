"""Pictures that the tests of the embedder look at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Picture = NDArray[np.uint8]


def draw_scene(seed: int, side: int = 256) -> Picture:
    """A photo-like picture: soft blobs and hard shapes of many sizes, drawn with the seed."""
    chance = np.random.default_rng(seed)
    scene = Image.fromarray(chance.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(scene)
    for _ in range(12):
        x, y, size = (int(value) for value in chance.integers(0, side, 3))
        pen.ellipse((x, y, x + size / 2, y + size / 3), fill=tuple(int(c) for c in chance.integers(0, 256, 3)))
    return np.asarray(scene.filter(ImageFilter.GaussianBlur(1)))


@pytest.fixture
def scene() -> Callable[..., Picture]:
    return draw_scene


@pytest.fixture
def garment() -> Callable[..., Picture]:
    def draw(
        colour: tuple[int, int, int],
        on: tuple[int, int, int] = (255, 255, 255),
        trim: tuple[int, int, int] | None = None,
    ) -> Picture:
        picture = Image.new("RGB", (120, 160), on)
        pen = ImageDraw.Draw(picture)
        pen.rectangle((20, 20, 100, 140), fill=colour)
        if trim:
            pen.rectangle((20, 110, 100, 140), fill=trim)
        return np.asarray(picture)

    return draw
