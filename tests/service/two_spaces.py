"""Two light models for tests that change from one to the other, in this process or in workers of their own.

``VITRINE_EMBEDDER_MODEL=grid`` names the second one, any ``VITRINE_DETECTOR_WEIGHTS`` another detector. As a module it
is the embedded worker over both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from detector import Detector, Photo, Region
from embedder import Embedder, Space, Vectors
from service import models
from service.settings import Settings
from tests.api.shops import ColourEmbedder, HalvesDetector

COLOURS = ColourEmbedder.space.id
GRID = Space("grid", "1", 27)
NEXT = "grid"


class GridEmbedder:
    """The colours of nine cells: more of a photo's layout than the histogram has, in fewer dimensions."""

    space = GRID

    def embed(self, crops: Sequence[Photo]) -> Vectors:
        rows = [np.asarray(Image.fromarray(crop).resize((3, 3)), np.float32).ravel() - 127.0 for crop in crops]
        vectors = np.array(rows, np.float32).reshape(len(rows), GRID.dimensions)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))
        return vectors


class WholeDetector:
    """Finds nothing in any photo."""

    name = "whole@1"

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [[] for _ in photos]


def make_detector(settings: Settings) -> Detector:
    return WholeDetector() if settings.detector_weights else HalvesDetector()


def make_embedder(settings: Settings) -> Embedder:
    return GridEmbedder() if settings.embedder_model == NEXT else ColourEmbedder()


def space_of(settings: Settings) -> str:
    return make_embedder(settings).space.id


if __name__ == "__main__":
    models.make_detector, models.make_embedder, models.space_of = make_detector, make_embedder, space_of
    from workers.embedded import main

    main()
