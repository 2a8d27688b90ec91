"""Recipe of a card's calibration: what the confidence of each class is worth, by photos with boxes.

    python -m training.calibration --data data.yaml --weights detector/weights/yolov8n-garments.safetensors

The lines are fitted to every second photo. On the others the card's figures say how far confidence and truth lie apart
(expected calibration error, in ten steps), before and after: C. Guo et al., "On Calibration of Modern Neural Networks",
2017, https://arxiv.org/abs/1706.04599. The ranking of boxes within a class stays as it was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.detector import matches
from benchmarks.yolo_data import Labelled, labelled_photos
from detector import CATEGORIES, Detector, YoloDetector
from detector.calibration import CERTAIN, Calibration

LOWEST_CONFIDENCE = 0.01  # less sure boxes say nothing of the sure ones
STEPS = 10  # of confidence, in which it is held against truth

Found = NDArray[np.float64]  # (boxes, 3): number of the category, confidence, whether it is right at an IoU of .5


def found(detector: Detector, photos: Iterable[Labelled]) -> Found:
    """Return what the detector finds in photos, and whether it is right."""
    rows: list[tuple[float, float, float]] = []
    for labelled in photos:
        regions = sorted(detector.detect([labelled.photo()])[0], key=lambda region: -region.confidence)
        for region, right in zip(regions, matches(regions, labelled)[:, 0], strict=True):
            rows.append((CATEGORIES.index(region.category or ""), region.confidence, float(right)))
    return np.array(rows).reshape(-1, 3)


def lines(boxes: Found) -> dict[str, tuple[float, float]]:
    """Return slope and offset of the log-odds by category, of the likeliest line; categories not found stay out."""
    return {
        name: _line(boxes[boxes[:, 0] == number, 1:])
        for number, name in enumerate(CATEGORIES)
        if len(np.unique(boxes[boxes[:, 0] == number, 2])) == 2
    }


def worth(boxes: Found, calibration: Calibration) -> Found:
    """Return the boxes with what their confidence is worth."""
    as_found = np.zeros((len(CATEGORIES), len(boxes)), np.float32)
    number = boxes[:, 0].astype(int)
    as_found[number, np.arange(len(boxes))] = boxes[:, 1]
    return np.column_stack([boxes[:, 0], calibration.worth(as_found)[number, np.arange(len(boxes))], boxes[:, 2]])


def error(boxes: Found) -> float:
    """Return the expected calibration error: how far confidence and share of right boxes lie apart, by steps."""
    step = np.minimum((boxes[:, 1] * STEPS).astype(int), STEPS - 1)
    apart = [abs((boxes[step == one, 1] - boxes[step == one, 2]).sum()) for one in range(STEPS)]
    return float(sum(apart) / len(boxes))


def _line(pairs: Found) -> tuple[float, float]:
    confidence, right = torch.from_numpy(pairs).T
    odds = torch.logit(confidence, CERTAIN)
    line = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(line[0] * odds + line[1], right)
        value.backward()
        return value

    optimizer.step(loss)
    slope, offset = line.detach().tolist()
    return round(slope, 3), round(offset, 3)


def calibrated(data: Path, weights: Path) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Return the lines of weights whose card has none yet, and the figures `calibration_error` and `..._before`."""
    photos = list(labelled_photos(data))
    detector = YoloDetector(weights, min_confidence=LOWEST_CONFIDENCE)
    fitted, kept = found(detector, photos[::2]), found(detector, photos[1::2])
    of_card = lines(fitted)
    after = error(worth(kept, Calibration.of(of_card, CATEGORIES)))
    return of_card, {"calibration_error_before": round(error(kept), 4), "calibration_error": round(after, 4)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data.yaml of a YOLO data set with the ten classes")
    parser.add_argument("--weights", type=Path, required=True, help="safetensors, whose card is written anew")
    options = parser.parse_args(arguments)
    card_file = options.weights.with_name(options.weights.name + ".json")
    card = json.loads(card_file.read_text())
    card.pop("calibration", None)
    card_file.write_text(json.dumps(card, indent=2) + "\n")  # what is found is found as the network says it
    card["calibration"], figures = calibrated(options.data, options.weights)
    card["figures"] |= figures
    card_file.write_text(json.dumps(card, indent=2) + "\n")
    print(json.dumps({"calibration": card["calibration"]} | figures, indent=2))


if __name__ == "__main__":
    main()
