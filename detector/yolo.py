"""Ultralytics YOLO behind the `Detector` protocol.

The network, the letterbox and the non-maximum suppression are Ultralytics' own; its predictor is left out because it
keeps state between calls, writes folders and may hold back answers under load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.network import load
from detector.prominence import most_prominent_first
from detector.protocol import DetectorError, Photo, Region

if TYPE_CHECKING:
    import torch

SHIPPED = Path(__file__).parent / "weights" / "yolov8n-garments.safetensors"
IMAGE_SIZE = 384  # pixels of the longer side as the network sees it
SAME_GARMENT = 0.6  # boxes of one category that overlap by more than this (IoU) are one garment
MAX_REGIONS = 100
BATCH = 16  # photos that go through the network at once, which bounds its memory
STRIDE = 32
THINNEST = 0.002  # of a box's side; what is thinner is no garment


class WrongPhoto(DetectorError):
    """An array that is no photo: not (H, W, 3) uint8, or without a pixel."""


class YoloDetector:
    """Finds garments with a YOLO network.

    `weights` are ours, other safetensors with a model card, or an Ultralytics checkpoint (``.pt``: a pickle, so load
    only what you trust); its class names are mapped to our categories, other classes are dropped. Regions below
    `min_confidence` are not reported. Safe to use from many threads. Raises UnusableWeights.
    """

    def __init__(
        self,
        weights: Path = SHIPPED,
        *,
        device: str = "cpu",
        min_confidence: float = 0.25,
        image_size: int = IMAGE_SIZE,
    ) -> None:
        self._network = load(weights, device)
        self._device = device
        self._min_confidence = min_confidence
        self._lock = Lock()  # the network's head keeps the grid of its last input
        import_module("torchvision")  # where it is loaded, Ultralytics suppresses by its function: faster
        from ultralytics.data.augment import LetterBox

        self._letterbox = LetterBox(image_size, auto=True, stride=STRIDE)

    @property
    def name(self) -> str:
        """Name of the model and the beginning of its weights' SHA-256."""
        return self._network.name

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        """Return each photo's regions, most prominent first; see `Detector`. Raises WrongPhoto, naming the photo."""
        for place, photo in enumerate(photos):
            _check(photo, place)
        found: list[list[Region]] = [[] for _ in photos]
        for batch in self._batches(photos):
            rows = self._infer([canvas for _, canvas in batch])
            for (place, canvas), detections in zip(batch, rows, strict=True):
                found[place] = self._regions(detections, canvas.shape[:2], photos[place].shape[:2])
        return found

    def _batches(self, photos: Sequence[Photo]) -> Iterator[list[tuple[int, Photo]]]:
        """Yield (place, letterboxed photo) in batches of one shape; shapes differ, as little is padded as can be."""
        shapes: dict[tuple[int, ...], list[tuple[int, Photo]]] = defaultdict(list)
        for place, photo in enumerate(photos):
            canvas = self._letterbox(image=photo)
            same = shapes[canvas.shape]
            same.append((place, canvas))
            if len(same) == BATCH:
                yield shapes.pop(canvas.shape)
        yield from shapes.values()

    def _infer(self, canvases: Sequence[Photo]) -> list[torch.Tensor]:
        """Return per canvas its detections, (N, 6): x0, y0, x1, y1 in pixels of the canvas, confidence, class."""
        import torch
        from ultralytics.utils.nms import non_max_suppression

        pixels = torch.from_numpy(np.ascontiguousarray(np.stack(canvases).transpose(0, 3, 1, 2))).to(self._device)
        with self._lock, torch.inference_mode():
            output, _ = self._network.module(pixels.float() / 255)
            return [
                detections.cpu()
                for detections in non_max_suppression(
                    output,
                    self._min_confidence,
                    SAME_GARMENT,
                    max_det=MAX_REGIONS,
                    end2end=getattr(self._network.module, "end2end", False),
                    max_time_img=float("inf"),  # its default drops regions when the machine is busy
                )
            ]

    def _regions(self, detections: torch.Tensor, canvas: tuple[int, ...], photo: tuple[int, ...]) -> list[Region]:
        from ultralytics.utils.ops import scale_boxes

        height, width = photo
        rows: NDArray[np.float64] = detections.double().numpy()
        boxes = scale_boxes(canvas, rows[:, :4].copy(), photo) / (width, height, width, height)
        regions = []
        for (x0, y0, x1, y1), (confidence, index) in zip(boxes.clip(0, 1).tolist(), rows[:, 4:].tolist(), strict=True):
            category = self._network.categories[int(index)]
            if category and x1 - x0 > THINNEST and y1 - y0 > THINNEST:
                regions.append(Region((x0, y0, x1, y1), category, min(confidence, 1.0)))
        return most_prominent_first(regions)


def _check(photo: Photo, place: int) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or not photo.size:
        raise WrongPhoto(f"photo {place} is {photo.dtype} of shape {photo.shape}; (H, W, 3) uint8 is needed")
