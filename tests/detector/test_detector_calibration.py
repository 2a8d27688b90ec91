"""What a confidence is worth, by the lines of a model card."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import CATEGORIES
from detector.calibration import Calibration
from detector.suppression import suppressed
from detector.yolo import SHIPPED

LINES = {"bag": (1.3, 0.6), "shoe": (1.6, 1.4)}
CLASSES = ("bag", "hat", "shoe")


@given(st.floats(0.01, 0.99))
def test_least_is_the_confidence_that_is_worth_so_much(worth: float) -> None:
    calibration = Calibration.of(LINES, CLASSES)
    least = calibration.least(worth).astype(np.float32)
    assert calibration.worth(least[:, None])[:, 0] == pytest.approx([worth] * 3, abs=1e-4)


def test_a_class_that_the_card_does_not_name_stays_as_it_is() -> None:
    confidences = np.array([[0.2, 0.9]] * 3, np.float32)
    assert Calibration.of(LINES, CLASSES).worth(confidences)[1] == pytest.approx([0.2, 0.9])


def test_boxes_are_kept_and_named_by_what_their_confidence_is_worth() -> None:
    output = np.zeros((7, 2), np.float32)
    output[:4] = [[50, 150], [50, 50], [40, 40], [40, 40]]
    output[4:] = [[0.3, 0.02], [0.3, 0.3], [0.2, 0.04]]
    rows = suppressed(output, Calibration.of(LINES, CLASSES), 0.31, 0.6, 10)
    assert [(CLASSES[int(number)], round(worth, 2)) for worth, number in rows[:, 4:]] == [("bag", 0.38)]
    rows = suppressed(output, Calibration.of({}, CLASSES), 0.28, 0.6, 10)
    assert [CLASSES[int(number)] for number in rows[:, 5]] == ["bag", "hat"]


def test_what_is_shipped_is_calibrated_for_every_category() -> None:
    card = json.loads(SHIPPED.with_name(SHIPPED.name + ".json").read_text())
    assert set(card["calibration"]) == set(CATEGORIES)
    assert all(slope > 0 for slope, _ in card["calibration"].values())
    assert card["figures"]["calibration_error"] < card["figures"]["calibration_error_before"]
