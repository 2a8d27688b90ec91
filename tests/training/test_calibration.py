"""Fitting what confidences are worth."""

from __future__ import annotations

import numpy as np

from detector import CATEGORIES
from detector.calibration import Calibration
from training.calibration import error, lines, worth


def boxes(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Boxes of two categories: hats are right more often than the network believes, dresses less often."""
    chance = np.random.default_rng(seed)
    number = chance.choice([CATEGORIES.index("hat"), CATEGORIES.index("dress")], 4_000)
    confidence = chance.uniform(0.01, 0.95, 4_000)
    share = np.where(number == CATEGORIES.index("hat"), confidence**0.5, confidence**2)
    return np.column_stack([number, confidence, chance.random(4_000) < share])


def test_lines_fitted_to_some_boxes_bring_others_near_the_truth() -> None:
    fitted = lines(boxes(0))
    assert set(fitted) == {"hat", "dress"}
    others = boxes(1)
    for category in fitted:
        of_one = others[others[:, 0] == CATEGORIES.index(category)]
        assert error(worth(of_one, Calibration.of(fitted, CATEGORIES))) < 0.03 < 0.1 < error(of_one)


def test_a_category_that_was_always_right_gets_no_line() -> None:
    hats = boxes(0)
    hats[:, 2] = 1
    assert lines(hats) == {}
