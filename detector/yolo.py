"""A YOLO network behind the `Detector` protocol: letterbox, network, suppression, regions.

Nothing of Ultralytics is loaded to serve: its predictor keeps state between calls, writes folders and may hold back
answers under load, and the network is run by any `Runtime`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.calibration import Calibration
from detector.letterbox import Letterboxed, letterbox
from detector.network import calibration_of, image_size_of, recipe
from detector.prominence import most_prominent_first
from detector.protocol import DetectorError, Photo, Region
from detector.suppression import suppressed
from runtime.eager import EagerRuntime
from runtime.network import Runtime

SHIPPED = Path(__file__).parent / "weights" / "yolov8n-garments.safetensors"
LIKELY = 0.35  # confidence from which regions are reported: of people in the street three of four are right then
USUAL = 0.25  # the same where nobody knows what a confidence is worth, as Ultralytics has it
SAME_GARMENT = 0.6  # boxes of one category that overlap by more than this (IoU) are one garment
MAX_REGIONS = 100
BATCH = 16  # photos that go through the network at once, which bounds its memory
THINNEST = 0.002  # of a box's side; what is thinner is no garment


class WrongPhoto(DetectorError):
    """An array that is no photo: not (H, W, 3) uint8, or without a pixel."""


class YoloDetector:
    """Finds garments with a YOLO network.

    `weights` are ours, other safetensors with a model card, or an Ultralytics checkpoint (``.pt``: a pickle, so load
    only what you trust); its class names are mapped to our categories, other classes are dropped. `runtime` runs the
    network, torch on the CPU if none is given. `image_size` is the longer side of a photo as the network sees it, in
    pixels; by default what the weights were taught on. A region's confidence is how likely it is right, as far as the
    weights' card tells that; regions below `min_confidence` are not reported: LIKELY if none is given, USUAL where
    nothing is told. Safe to use from many threads. Raises UnusableWeights, or what the runtime raises.
    """

    def __init__(
        self,
        weights: Path = SHIPPED,
        *,
        runtime: Runtime | None = None,
        min_confidence: float | None = None,
        image_size: int | None = None,
    ) -> None:
        self._network = (runtime or EagerRuntime()).load(recipe(weights))
        lines = calibration_of(weights)
        self._worth = Calibration.of(lines, self._network.about["classes"])
        self._min_confidence = (LIKELY if lines else USUAL) if min_confidence is None else min_confidence
        self._image_size = image_size or image_size_of(weights)

    @property
    def name(self) -> str:
        """Name of the model and the beginning of its weights' SHA-256."""
        return str(self._network.about["name"])

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        """Return each photo's regions, most prominent first; see `Detector`. Raises WrongPhoto, naming the photo."""
        for place, photo in enumerate(photos):
            _check(photo, place)
        found: list[list[Region]] = [[] for _ in photos]
        for batch in self._batches(photos):
            outputs = self._network.run(np.stack([one.canvas for _, one in batch]))
            for (place, boxed), output in zip(batch, outputs, strict=True):
                found[place] = self._regions(output, boxed, photos[place].shape[:2])
        return found

    def _batches(self, photos: Sequence[Photo]) -> Iterator[list[tuple[int, Letterboxed]]]:
        """Yield (place, letterboxed photo) in batches of one shape; shapes differ, as little is padded as can be."""
        shapes: dict[tuple[int, ...], list[tuple[int, Letterboxed]]] = defaultdict(list)
        for place, photo in enumerate(photos):
            boxed = letterbox(photo, self._image_size)
            same = shapes[boxed.canvas.shape]
            same.append((place, boxed))
            if len(same) == BATCH:
                yield shapes.pop(boxed.canvas.shape)
        yield from shapes.values()

    def _regions(self, output: NDArray[np.float32], boxed: Letterboxed, photo: tuple[int, ...]) -> list[Region]:
        height, width = photo
        categories = self._network.about["categories"]
        rows = suppressed(output, self._worth, self._min_confidence, SAME_GARMENT, MAX_REGIONS)
        boxes = boxed.back(rows[:, :4]) / (width, height, width, height)
        regions = []
        for (x0, y0, x1, y1), (confidence, index) in zip(boxes.clip(0, 1).tolist(), rows[:, 4:].tolist(), strict=True):
            category = categories[int(index)]
            if category and x1 - x0 > THINNEST and y1 - y0 > THINNEST:
                regions.append(Region((x0, y0, x1, y1), category, min(confidence, 1.0)))
        return most_prominent_first(regions)


def _check(photo: Photo, place: int) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or not photo.size:
        raise WrongPhoto(f"photo {place} is {photo.dtype} of shape {photo.shape}; (H, W, 3) uint8 is needed")
