"""How well the detector finds garments: average precision on boxes, and coverage of flat-lay photos.

    python -m benchmarks.detector --data data.yaml --flat-lay DIR --json out.json

Average precision is Ultralytics' own (`ap_per_class`); the detections are those of our `YoloDetector`, its confidence
threshold lowered, so suppression, deduplication and clipping are measured too.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.yolo_data import Labelled, UnusableData, labelled_photos, read_photo
from detector import CATEGORIES, Detector, Region, YoloDetector
from detector.yolo import SHIPPED
from training.garment_photos import flat_lay_photos, held_out

LOWEST_CONFIDENCE = 0.001  # average precision looks at the whole curve
THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of IoU
COVERING = 0.5  # IoU of a box with the photo's frame from which it covers the garment
FAMILIES = ({"shirt", "jacket"}, {"pants", "shorts", "skirt"}, {"dress"}, {"shoe"}, {"hat"}, {"bag"}, {"sunglasses"})
SEED = 0

T = TypeVar("T")


def measure_boxes(detector: Detector, photos: Iterable[Labelled]) -> dict[str, Any]:
    """Return average precision over labelled photos: `map50`, `map50_95`, `classes` (each with both), `images`."""
    correct, confidences, guessed, true, images = [], [], [], [], 0
    for batch in _batches(photos):
        images += len(batch)
        for labelled, regions in zip(batch, detector.detect([one.photo() for one in batch]), strict=True):
            regions = sorted(regions, key=lambda region: -region.confidence)
            correct.append(matches(regions, labelled))
            confidences += [region.confidence for region in regions]
            guessed += [CATEGORIES.index(region.category) for region in regions if region.category]
            true += labelled.classes.tolist()
    if not true:
        raise UnusableData("the data set has no labelled garment")
    return _average_precision(np.concatenate(correct), confidences, guessed, true) | {"images": images}


def matches(regions: Sequence[Region], labelled: Labelled) -> NDArray[np.bool_]:
    """Return (regions, thresholds): whether a region is right. Each garment goes to the surest region that fits it."""
    right = np.zeros((len(regions), len(THRESHOLDS)), bool)
    taken = np.zeros((len(labelled.boxes), len(THRESHOLDS)), bool)
    for place, region in enumerate(regions if len(labelled.boxes) else ()):
        same = labelled.classes == CATEGORIES.index(region.category or "")
        free = np.where(taken, 0.0, (_overlaps(region, labelled.boxes) * same)[:, None])
        best = free.argmax(0)
        right[place] = free.max(0) >= THRESHOLDS
        taken[best[right[place]], right[place].nonzero()[0]] = True
    return right


def _overlaps(region: Region, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union of a region with each box."""
    x0, y0, x1, y1 = region.box
    width = np.minimum(boxes[:, 2], x1) - np.maximum(boxes[:, 0], x0)
    height = np.minimum(boxes[:, 3], y1) - np.maximum(boxes[:, 1], y0)
    shared = width.clip(0) * height.clip(0)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.asarray(shared / ((x1 - x0) * (y1 - y0) + areas - shared))


def _average_precision(
    correct: NDArray[np.bool_], confidences: list[float], guessed: list[int], true: list[int]
) -> dict[str, Any]:
    from ultralytics.utils.metrics import ap_per_class

    found = ap_per_class(correct, np.array(confidences), np.array(guessed), np.array(true))
    precision, present = found[5], found[6]
    classes = {
        CATEGORIES[index]: {"map50": round(float(row[0]), 4), "map50_95": round(float(row.mean()), 4)}
        for index, row in zip(present.tolist(), precision, strict=True)
    }
    overall = {"map50": round(float(precision[:, 0].mean()), 4), "map50_95": round(float(precision.mean()), 4)}
    return overall | {"classes": classes}


def measure_flat_lay(detector: Detector, folder: Path, limit: int = 200) -> dict[str, Any]:
    """Return, over held-out photos of single garments, the share whose first region covers the garment.

    `flat_lay_covered`: IoU with the photo's frame of at least COVERING, and a category of the right family;
    `flat_lay_category`: the right category as well; `flat_lay_found`: any region at all; `flat_lay_photos`: how many.
    """
    photos = [(path, name) for path, name, sender in flat_lay_photos(folder) if held_out(sender)]
    random.Random(SEED).shuffle(photos)
    counts = {"flat_lay_covered": 0, "flat_lay_category": 0, "flat_lay_found": 0}
    for batch in _batches(photos[:limit]):
        answers = detector.detect([read_photo(path) for path, _ in batch])
        for (_, name), regions in zip(batch, answers, strict=True):
            counts["flat_lay_found"] += bool(regions)
            if regions and covers(regions[0], name):
                counts["flat_lay_covered"] += 1
                counts["flat_lay_category"] += regions[0].category == name
    total = len(photos[:limit])
    return {key: round(count / max(total, 1), 4) for key, count in counts.items()} | {"flat_lay_photos": total}


def covers(region: Region, name: str) -> bool:
    """Whether a region covers a photo of one garment: most of the frame, and a category of the right family."""
    x0, y0, x1, y1 = region.box
    family = next(family for family in FAMILIES if name in family)
    return (x1 - x0) * (y1 - y0) >= COVERING and region.category in family


def _batches(items: Iterable[T], size: int = 16) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def measure(
    data: Path, flat_lay: Path | None, *, weights: Path = SHIPPED, image_size: int | None = None, limit: int = 200
) -> dict[str, Any]:
    """Return all figures of the detector with these weights."""
    sensitive = YoloDetector(weights, min_confidence=LOWEST_CONFIDENCE, image_size=image_size)
    figures = measure_boxes(sensitive, labelled_photos(data)) | {"detector": sensitive.name}
    if flat_lay:
        figures |= measure_flat_lay(YoloDetector(weights, image_size=image_size), flat_lay, limit)
    return figures


def main() -> None:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data.yaml of a YOLO data set with the ten classes")
    parser.add_argument("--flat-lay", type=Path, help="folder with images.csv and images/")
    parser.add_argument("--photos", type=int, default=200, help="how many flat-lay photos")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="instead of the shipped weights")
    parser.add_argument("--image-size", type=int, help="longer side in pixels; by default what they were taught on")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = measure(
        options.data, options.flat_lay, weights=options.weights, image_size=options.image_size, limit=options.photos
    )
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
