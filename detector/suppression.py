"""From what a YOLO head says at every place of a photo to one box per garment: greedy non-maximum suppression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.calibration import Calibration

Rows = NDArray[np.float64]


def suppressed(output: NDArray[np.float32], worth: Calibration, least: float, same: float, most: int) -> Rows:
    """Return (N, 6) boxes, surest first: x0, y0, x1, y1 in pixels of the canvas, confidence, number of the class.

    `output` is (4 + classes, places): middle, width and height of a box, then each class's confidence, which is taken
    for what it is worth. Boxes surer than `least` are kept, of those of one class that overlap by more than `same`
    (IoU) the surest, at most `most`.
    """
    import cv2

    places = np.flatnonzero((output[4:] > worth.least(least)[:, None]).any(axis=0))
    if not len(places):
        return np.zeros((0, 6))
    found = output[:4, places].astype(np.float64)
    sure = worth.worth(output[4:, places])
    confidences, classes = sure.max(axis=0), sure.argmax(axis=0)
    corners = found[:2] - found[2:4] / 2
    boxes = np.concatenate([corners, found[2:4]]).T
    kept = np.asarray(
        cv2.dnn.NMSBoxesBatched(boxes.tolist(), confidences.tolist(), classes.tolist(), 0.0, same),
        dtype=np.int64,
    )[:most]
    upper, size = boxes[kept, :2], boxes[kept, 2:]
    return np.column_stack([upper, upper + size, confidences[kept], classes[kept]])
