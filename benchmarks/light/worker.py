"""Celery's application over light models: ``celery --app benchmarks.light.worker worker --queues images``.

The duties of the product's own workers run here. Only two things are other ones in this process: the making of the
models, and how long a photo is leased, so that what a killed worker held is given out again within a trial.
"""

from __future__ import annotations

from benchmarks.light.models import SPACE, LightDetector, LightEmbedder
from detector import Detector
from embedder import Embedder
from pipeline import ingest
from runtime.network import Runtime
from service import models
from service.settings import Settings

LEASE_SECONDS = 20.0


def _detector(settings: Settings, runtime: Runtime | None = None) -> Detector:
    return LightDetector()


def _embedder(settings: Settings, runtime: Runtime | None = None) -> Embedder:
    return LightEmbedder()


def _space_of(settings: Settings) -> str:
    return SPACE.id


models.make_detector = _detector
models.make_embedder = _embedder
models.space_of = _space_of
ingest.LEASE_SECONDS = LEASE_SECONDS

from workers.app import app  # noqa: E402 - after the models were exchanged

__all__ = ["app"]
