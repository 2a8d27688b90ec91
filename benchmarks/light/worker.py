"""Celery's application over light models: ``celery --app benchmarks.light.worker worker --queues images``.

The duties of the product's own workers run here; only the making of the two models is another one in this process.
"""

from __future__ import annotations

from benchmarks.light.models import LightDetector, LightEmbedder
from detector import Detector
from embedder import Embedder
from service import build
from service.settings import Settings


def _detector(settings: Settings) -> Detector:
    return LightDetector()


def _embedder(settings: Settings) -> Embedder:
    return LightEmbedder()


build.make_detector = _detector
build.make_embedder = _embedder

from workers.app import app  # noqa: E402 - after the models were exchanged

__all__ = ["app"]
