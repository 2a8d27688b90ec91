"""The ingest story: a photo that waits is fetched, described unless it is known, and stored with its change.

The work stands in the catalog. Any number of workers claim it in leases; a worker that dies gives its photos back when
the lease runs out. One bad photo costs that photo alone, with a reason that a merchant can act on.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from catalog import Catalog, DescribedRegion, Description, ImageTask, StoredImage, UnknownImage
from detector import DetectorError, Photo
from embedder import EmbedderError
from pipeline.describe import MAX_SIDE, Described, Describer
from pipeline.fetch import Fetcher, FetchError
from pipeline.photo import DecodedPhoto, PhotoError, PhotoLimits, decode, image_id
from telemetry import metrics
from telemetry.timings import Timings

LEASE_SECONDS = 120.0
FETCH_THREADS = 8
MAX_ATTEMPTS = 6
FIRST_RETRY_SECONDS = 5.0
UPLOADED = "image:"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A photo that is here: its task, bytes, and, if it still has to be described, its pixels."""

    task: ImageTask
    data: bytes
    image: StoredImage
    photo: DecodedPhoto


class Ingest:
    """Makes waiting photos searchable."""

    def __init__(self, catalog: Catalog, describer: Describer, fetcher: Fetcher, limits: PhotoLimits) -> None:
        self._catalog = catalog
        self._describer = describer
        self._fetcher = fetcher
        self._limits = limits

    def run_once(self, limit: int = 16) -> int:
        """Handle up to `limit` waiting photos; return how many were claimed. Zero means there is nothing to do."""
        tasks = self._catalog.images.claim(limit, LEASE_SECONDS)
        if not tasks:
            return 0
        timings = Timings(metrics.INGEST_STAGE_SECONDS)
        with timings.stage("fetch"), ThreadPoolExecutor(FETCH_THREADS) as pool:
            arrived = [one for one in pool.map(self._arrive, tasks) if one is not None]
        known = self._catalog.images.described([one.image.image_id for one in arrived], self._describer.space.id)
        unknown = {one.image.image_id: one.photo.pixels for one in arrived if one.image.image_id not in known}
        with timings.stage("describe"):
            descriptions = self._describe(unknown)
        with timings.stage("store"):
            for one in arrived:
                self._store(one, known, descriptions)
        return len(tasks)

    def _describe(self, photos: Mapping[str, Photo]) -> dict[str, Description]:
        """Describe photos together; where that fails, each alone, so that a bad one costs itself only."""
        try:
            described = self._describer.describe(list(photos.values()))
        except (DetectorError, EmbedderError) as error:
            if len(photos) > 1:
                alone = (self._describe({key: photo}) for key, photo in photos.items())
                return {key: one for descriptions in alone for key, one in descriptions.items()}
            log.error("photo cannot be described", image_id=next(iter(photos)), reason=str(error))
            return {}
        return {key: self._record(key, one) for key, one in zip(photos, described, strict=True)}

    def _arrive(self, task: ImageTask) -> Arrived | None:
        """Fetch and decode one photo; where that fails, note why and return None."""
        try:
            data = self._bytes(task)
            photo = decode(data, self._limits, max_side=MAX_SIDE)
        except FetchError as error:
            self._fail(task, str(error), None if error.permanent else _retry_seconds(task, error.retry_after_seconds))
        except (PhotoError, UnknownImage) as error:
            self._fail(task, str(error), None)
        else:
            image = StoredImage(image_id(data), photo.media_type, photo.width, photo.height, len(data))
            return Arrived(task, data, image, photo)
        return None

    def _bytes(self, task: ImageTask) -> bytes:
        if not task.link.startswith(UPLOADED):
            return self._fetcher.fetch(task.link).data
        uploaded = task.link.removeprefix(UPLOADED)
        if not self._catalog.images.belongs(task.store, uploaded):
            raise UnknownImage(f"image {uploaded!r} was not uploaded to this store; upload it first")
        return self._catalog.images.read(uploaded)

    def _record(self, key: str, described: Described) -> Description:
        regions = tuple(
            DescribedRegion(one.box, one.category, one.confidence, one.whole_photo, palette)
            for one, palette in zip(described.regions, described.palettes, strict=True)
        )
        return Description(
            key, self._describer.space.id, self._describer.detector_name, described.fingerprint, regions,
            described.vectors,
        )  # fmt: skip

    def _store(self, arrived: Arrived, known: Set[str], descriptions: Mapping[str, Description]) -> None:
        key = arrived.image.image_id
        if key not in known and key not in descriptions:
            self._fail(arrived.task, "the models cannot read this photo; save it again as plain JPEG", None)
            return
        self._catalog.images.store(arrived.task.store, arrived.data, arrived.image)
        self._catalog.images.describe_ready(arrived.task, arrived.image, descriptions.get(key))
        metrics.PHOTOS_INGESTED.labels(outcome="ready").inc()

    def _fail(self, task: ImageTask, reason: str, retry_in_seconds: float | None) -> None:
        self._catalog.images.fail(task, reason, retry_in_seconds)
        outcome = "failed" if retry_in_seconds is None else "retried"
        metrics.PHOTOS_INGESTED.labels(outcome=outcome).inc()
        log.info("photo not taken", store=task.store, sku=task.sku, reason=reason, outcome=outcome)


def _retry_seconds(task: ImageTask, asked_seconds: float | None) -> float | None:
    """Return when to try again, doubling each time; None once there were enough attempts."""
    if task.attempts + 1 >= MAX_ATTEMPTS:
        return None
    return max(asked_seconds or 0.0, FIRST_RETRY_SECONDS * 2.0**task.attempts)


def drain(ingest: Ingest) -> int:
    """Run until nothing is left to claim; return how many photos were handled."""
    handled = 0
    while count := ingest.run_once():
        handled += count
    return handled
