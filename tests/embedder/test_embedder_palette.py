"""The palette names the colours of the garment, and leaves out what it lies on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from embedder import BadCrop
from embedder.lab import lab
from embedder.palette import MOST_COLOURS, palette

Picture = NDArray[np.uint8]
RED, NAVY, GREY, BEIGE = (200, 20, 30), (20, 30, 90), (128, 128, 128), (222, 205, 170)
JUST_NOTICEABLE = 3.0


def far(row: tuple[float, float, float, float], colour: tuple[int, int, int]) -> float:
    return float(np.linalg.norm(np.array(row[:3]) - lab(np.array(colour, np.uint8))))


@pytest.mark.parametrize("on", [(255, 255, 255), GREY, (0, 0, 0), BEIGE])
def test_garment_colours_come_first_and_the_background_not_at_all(
    garment: Callable[..., Picture], on: tuple[int, int, int]
) -> None:
    found = palette(garment(RED, on=on, trim=NAVY))
    assert far(found[0], RED) < JUST_NOTICEABLE
    assert far(found[1], NAVY) < JUST_NOTICEABLE
    assert found[0][3] == pytest.approx(0.74, abs=0.05)
    assert all(far(row, on) > JUST_NOTICEABLE for row in found)


def test_white_garment_on_grey_is_white(garment: Callable[..., Picture]) -> None:
    assert far(palette(garment((255, 255, 255), on=GREY))[0], (255, 255, 255)) < JUST_NOTICEABLE


def test_garment_that_fills_the_crop_is_not_background() -> None:
    found = palette(np.full((60, 40, 3), NAVY, np.uint8))
    assert len(found) == 1
    assert far(found[0], NAVY) < JUST_NOTICEABLE
    assert found[0][3] == 1.0


def test_never_more_than_six_colours_and_weights_add_up(scene: Callable[..., Picture]) -> None:
    for seed in range(6):
        found = palette(scene(seed))
        weights = [row[3] for row in found]
        assert 1 <= len(found) <= MOST_COLOURS
        assert weights == sorted(weights, reverse=True)
        assert sum(weights) == pytest.approx(1, abs=0.01)


def test_same_crop_same_palette(scene: Callable[..., Picture]) -> None:
    assert palette(scene(3)) == palette(scene(3).copy())


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (400, 1, 3), (2, 2, 3)])
def test_crops_of_any_size_have_a_palette(shape: tuple[int, int, int]) -> None:
    assert palette(np.full(shape, 90, np.uint8))[0][3] == 1.0


def test_lab_is_the_standard_one() -> None:
    known = {
        (255, 255, 255): (100, 0, 0),
        (0, 0, 0): (0, 0, 0),
        (255, 0, 0): (53.24, 80.09, 67.2),
        (0, 0, 255): (32.3, 79.19, -107.86),
    }
    for colour, expected in known.items():
        assert lab(np.array(colour, np.uint8)) == pytest.approx(np.array(expected), abs=0.05)


def test_what_is_no_crop_is_refused() -> None:
    with pytest.raises(BadCrop, match="shape"):
        palette(np.zeros((8, 8), np.uint8))
