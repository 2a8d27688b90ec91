"""The ingest story: a photo that waits is fetched, described unless it is known, and stored with its change.

The work stands in the catalog. Any number of workers claim it in leases; a worker that dies gives its photos back when
the lease runs out. Photos are fetched ahead of the models (`arrivals`), and what has arrived is described and stored
together, so that neither a slow host nor a slow model holds up the rest. One bad photo costs that photo alone, with a
reason that a merchant can act on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping

import structlog

from catalog import (
    BadImage,
    Catalog,
    CatalogUnavailable,
    Description,
    ReadyPhoto,
    UnknownImage,
)
from pipeline.arrivals import PER_HOST, Arrivals, Arrived
from pipeline.describe import Describer
from pipeline.describing import descriptions_of
from pipeline.fetch import Fetcher, FetchError, HostPaused
from pipeline.hosts import Pause
from pipeline.photo import PhotoError, PhotoLimits
from telemetry import metrics
from telemetry.timings import Timings

LEASE_SECONDS = 30.0  # renewed while a photo is in hand; those of a dead worker are another's after it
LOOK_SECONDS = 0.05  # how often to look for new work while what is in hand has not arrived
MAX_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 5.0
RETRY_GROWTH = 3.0
MAX_RETRY_SECONDS = 3600.0
STORAGE_RETRY_SECONDS = 30.0
NOT_READABLE = "the models cannot read this photo; save it again as plain JPEG"
UNFORESEEN = "a fault on our side was in the way of this photo; it is tried again"
log = structlog.get_logger(__name__)


class Ingest:
    """Makes waiting photos searchable. `chance` spreads retries; `clock` gives monotonic seconds."""

    def __init__(
        self,
        catalog: Catalog,
        describer: Describer,
        fetcher: Fetcher,
        limits: PhotoLimits,
        *,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._describer = describer
        self._hosts = fetcher.hosts
        self._arrivals = Arrivals(catalog, fetcher, limits, describer.space.id)
        self._chance = chance or random.Random()
        self._clock = clock
        self._leased_at = clock()
        self._paused: dict[str, Pause] = {}
        self._turn = threading.Lock()
        self._stopping = threading.Event()

    @property
    def space(self) -> str:
        """The space in which photos are described here."""
        return self._describer.space.id

    def run_once(self, limit: int = 16) -> int:
        """Describe and store up to `limit` photos as soon as any have arrived; return how many tasks were handled.

        Others stay in hand for the next call. Zero means that nothing is in hand and nothing is due.
        """
        with self._turn:
            while not self._stopping.is_set():
                self._claim()
                if handled := self._handle_next(limit):
                    return handled
                if not self._arrivals.held():
                    return 0
            return 0

    def close(self) -> None:
        """Finish what is under way, give back what is not, end the threads; `run_once` does nothing afterwards."""
        self._stopping.set()
        with self._turn:
            self._catalog.images.put_off(self._arrivals.drop_waiting(), None, 0.0)
            while self._arrivals.held():
                self._handle_next(PER_HOST)
            self._arrivals.close()

    def _claim(self) -> None:
        """Keep the leases of what is in hand, and take in hand what is due and whose host may be asked."""
        images, arrivals = self._catalog.images, self._arrivals
        if self._clock() - self._leased_at > LEASE_SECONDS / 3:
            images.extend(arrivals.held(), LEASE_SECONDS)
            self._leased_at = self._clock()
        paused = self._hosts.paused()
        self._leave_alone(paused)
        if room := arrivals.room():
            busy = arrivals.full_hosts().union(paused)
            if not arrivals.held():
                self._leased_at = self._clock()
            arrivals.take(images.claim(room, LEASE_SECONDS, per_host=PER_HOST // 2, busy=busy))

    def _leave_alone(self, paused: Mapping[str, Pause]) -> None:
        """Let all photos of hosts whose pause has just begun wait until it ends; an absent host is tried so often."""
        for host, pause in paused.items():
            if self._paused.get(host) != pause:
                seconds = max(0.0, pause.until - self._clock())
                reason = pause.told(host)
                self._catalog.images.put_off(self._arrivals.drop_waiting(host), reason, seconds)
                self._catalog.images.put_off_host(
                    host, reason, seconds, counted=not pause.asked, most_attempts=MAX_ATTEMPTS
                )
        self._paused = dict(paused)

    def _handle_next(self, limit: int) -> int:
        """Handle what arrives within a moment; what the catalog cannot take now stays in hand."""
        arrived = self._arrivals.next(limit, LOOK_SECONDS)
        try:
            for one in arrived:
                if one.fault:
                    self._report(one, one.fault)
            self._finish([one for one in arrived if not one.fault])
        finally:
            self._arrivals.put_back()
        return sum(len(one.errand.tasks) for one in arrived)

    def _finish(self, arrived: list[Arrived]) -> None:
        """Describe what no photo of the same bytes was described for, and store everything, store by store."""
        timings = Timings(metrics.INGEST_STAGE_SECONDS)
        seen = {one.image.image_id: one.photo for one in arrived if one.image and one.photo}
        known = self._catalog.images.described(seen, self._describer.space.id)
        with timings.stage("describe"):
            unknown = {key: photo.pixels for key, photo in seen.items() if key not in known}
            descriptions, faults = descriptions_of(self._describer, unknown)
        for one in [one for one in arrived if _key(one) in faults]:
            self._report(one, faults[_key(one)])
            arrived.remove(one)
        for store in dict.fromkeys(one.errand.store for one in arrived):
            of_store = [one for one in arrived if one.errand.store == store]
            readable = [one for one in of_store if _key(one) not in unknown or _key(one) in descriptions]
            for one in of_store:
                if one not in readable:
                    self._fail(one, NOT_READABLE)
            with timings.stage("store"):
                self._store(store, readable, descriptions)

    def _store(self, store: str, arrived: list[Arrived], descriptions: Mapping[str, Description]) -> None:
        """Store photos of one store in one transaction; where one is not taken, each alone."""
        if not arrived:
            return
        try:
            self._catalog.images.ready(store, [_ready(one, descriptions) for one in arrived])
        except (BadImage, UnknownImage, CatalogUnavailable) as error:
            alone = len(arrived) == 1 or isinstance(error, CatalogUnavailable)
            for one in arrived:
                if alone:
                    self._report(one, error)
                else:
                    self._store(store, [one], descriptions)
            return
        for one in arrived:
            self._arrivals.done(one)
            metrics.PHOTOS_INGESTED.labels(outcome="ready").inc(len(one.errand.tasks))

    def _report(self, one: Arrived, fault: Exception) -> None:
        """Say what was in a photo's way, and let it wait, try it again, or give it up."""
        if isinstance(fault, HostPaused):
            self._put_off(one, str(fault), fault.retry_after_seconds or 0.0)
        elif isinstance(fault, CatalogUnavailable):
            self._put_off(one, f"{fault}; it is tried again", STORAGE_RETRY_SECONDS)
        elif isinstance(fault, UnknownImage) and one.errand.known:  # forgotten just now: it is fetched anew
            self._put_off(one, None, 0.0)
        elif isinstance(fault, FetchError) and not fault.permanent:
            self._retry(one, str(fault), fault.retry_after_seconds)
        elif isinstance(fault, (FetchError, PhotoError, UnknownImage, BadImage)):
            self._fail(one, str(fault))
        else:
            log.error("photo met a fault that nobody foresaw", link=one.errand.link, exc_info=fault)
            self._retry(one, UNFORESEEN, None)

    def _put_off(self, one: Arrived, reason: str | None, seconds: float) -> None:
        self._catalog.images.put_off(one.errand.tasks, reason, seconds)
        self._reported(one, reason, "put off")

    def _retry(self, one: Arrived, reason: str, asked_seconds: float | None) -> None:
        """Try again later, each time after a longer while, spread so that not all come at once; or give up."""
        for task in one.errand.tasks:
            seconds = min(FIRST_RETRY_SECONDS * RETRY_GROWTH**task.attempts, MAX_RETRY_SECONDS)
            spread = seconds * self._chance.uniform(0.75, 1.25)
            spent = task.attempts + 1 >= MAX_ATTEMPTS
            self._catalog.images.fail(task, reason, None if spent else max(spread, asked_seconds or 0.0))
        self._reported(one, reason, "retried")

    def _fail(self, one: Arrived, reason: str) -> None:
        for task in one.errand.tasks:
            self._catalog.images.fail(task, reason, None, permanent=True)
        self._reported(one, reason, "failed")

    def _reported(self, one: Arrived, reason: str | None, outcome: str) -> None:
        self._arrivals.done(one)
        metrics.PHOTOS_INGESTED.labels(outcome=outcome).inc(len(one.errand.tasks))
        skus = [task.sku for task in one.errand.tasks]
        log.info("photo not taken", store=one.errand.store, skus=skus, reason=reason, outcome=outcome)


def _key(one: Arrived) -> str:
    return one.image.image_id if one.image else ""


def _ready(one: Arrived, descriptions: Mapping[str, Description]) -> ReadyPhoto:
    """Return a photo as the catalog takes it."""
    if one.image is None:
        raise ValueError(f"{one.errand.link} has not arrived")
    tasks, known = tuple(one.errand.tasks), one.errand.known is not None
    description = descriptions.get(one.image.image_id)
    return ReadyPhoto(tasks, one.image, one.data, description, one.validators, known, one.fetched)


def drain(ingest: Ingest) -> int:
    """Run until nothing is left to claim; return how many photos were handled."""
    handled = 0
    while count := ingest.run_once():
        handled += count
    return handled
