"""The first half of ingest: photos are fetched and decoded in threads, ahead of the models, within bounds.

What is in hand lies in three places: errands that wait for a connection to their host, errands under way, and photos
that have arrived. A photo that many products of a store list is one errand. No more than `MAX_ARRIVED` photos are
under way or here, so memory stays bounded however slow the models are; a host that is slow keeps only its own waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from catalog import NOTHING_SAID, Catalog, CatalogError, ImageTask, StoredImage, UnknownImage, Validators
from pipeline.describe import MAX_SIDE
from pipeline.fetch import Fetcher, FetchError
from pipeline.photo import DecodedPhoto, PhotoError, PhotoLimits, decode, image_id
from telemetry import metrics
from telemetry.timings import Timings

THREADS = 32
MAX_ARRIVED = 48  # photos of at most 5 MB decoded, and their files
PER_HOST = 32  # photos of one host in hand
MOST = 256  # photos in hand
UPLOADED = "image:"


@dataclass(slots=True)
class Errand:
    """One photo to be brought for one store, and all tasks in hand that wait for it."""

    store: str
    link: str
    host: str
    image_id: str | None = None
    known: StoredImage | None = None
    tasks: list[ImageTask] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of an errand: a photo, or what was in its way.

    `data` and `photo` are None of a photo that this store has had, described, from the same link; `fetched` says that
    a host was asked for it.
    """

    errand: Errand
    image: StoredImage | None = None
    data: bytes | None = None
    photo: DecodedPhoto | None = None
    validators: Validators = NOTHING_SAID
    fault: Exception | None = None
    fetched: bool = False


class Arrivals:
    """What one process has in hand. Safe to use from many threads."""

    def __init__(self, catalog: Catalog, fetcher: Fetcher, limits: PhotoLimits, space: str) -> None:
        self._catalog = catalog
        self._fetcher = fetcher
        self._limits = limits
        self._space = space
        self._errands: dict[tuple[str, str], Errand] = {}  # that wait or are under way
        self._waiting: dict[str, deque[Errand]] = {}
        self._under_way: dict[str, int] = {}
        self._arrived: deque[Arrived] = deque()
        self._taken: list[Arrived] = []
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")

    def room(self) -> int:
        """Return how many more tasks may be taken in hand."""
        with self._changed:
            return 0 if len(self._arrived) >= MAX_ARRIVED else max(0, MOST - len(self._held()))

    def full_hosts(self) -> set[str]:
        """Return the hosts of which enough is in hand."""
        with self._changed:
            return {host for host, errands in self._waiting.items() if len(errands) > PER_HOST // 2}

    def held(self) -> list[ImageTask]:
        """Return all tasks in hand."""
        with self._changed:
            return self._held()

    def take(self, tasks: Iterable[ImageTask]) -> None:
        """Take tasks in hand."""
        by_store: dict[str, list[ImageTask]] = {}
        for task in tasks:
            by_store.setdefault(task.store, []).append(task)
        for store, of_store in by_store.items():
            links = {task.link for task in of_store if not task.image_id}
            known = self._catalog.images.known_links(store, links, self._space) if links else {}
            with self._changed:
                for task in of_store:
                    self._add(task, known)
        with self._changed:
            self._start()

    def next(self, most: int, seconds: float) -> list[Arrived]:
        """Wait for something to arrive; return up to `most` arrivals, none after that time.

        They are in hand until `done`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._arrived, seconds)
            self._taken = [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
            self._start()
            return list(self._taken)

    def done(self, arrived: Arrived) -> None:
        """Let an arrival go: its tasks were reported."""
        with self._changed:
            self._taken.remove(arrived)

    def put_back(self) -> None:
        """Let what was taken and is not done arrive once more: it could not be reported."""
        with self._changed:
            self._arrived.extendleft(reversed(self._taken))
            self._taken.clear()

    def drop_waiting(self, host: str | None = None) -> list[ImageTask]:
        """Take out of hand what waits for a connection, to that host or to any; return the tasks."""
        with self._changed:
            hosts = [host] if host is not None else list(self._waiting)
            dropped = [errand for one in hosts for errand in self._waiting.pop(one, ())]
            for errand in dropped:
                del self._errands[errand.store, errand.link]
            return [task for errand in dropped for task in errand.tasks]

    def waits_for(self) -> set[str]:
        """Return the hosts that errands wait for."""
        with self._changed:
            return set(self._waiting)

    def close(self) -> None:
        """End the threads, once nothing is under way."""
        self._pool.shutdown()

    def _held(self) -> list[ImageTask]:
        arrived = (one.errand for one in (*self._arrived, *self._taken))
        return [task for errand in (*self._errands.values(), *arrived) for task in errand.tasks]

    def _add(self, task: ImageTask, known: Mapping[str, StoredImage]) -> None:
        errand = self._errands.get((task.store, task.link))
        if errand is None:
            errand = Errand(task.store, task.link, task.host, task.image_id, known.get(task.link))
            if errand.known is None:
                self._errands[task.store, task.link] = errand
                self._waiting.setdefault(task.host, deque()).append(errand)
            else:
                self._arrived.append(Arrived(errand, errand.known))
        errand.tasks.append(task)

    def _start(self) -> None:
        """Send off as many errands as bounds and manners allow, hosts taking turns."""
        free = min(THREADS, MAX_ARRIVED - len(self._arrived)) - sum(self._under_way.values())
        for host in list(self._waiting):
            most = THREADS // 2 if not host else self._fetcher.hosts.most(host)
            while free > 0 and self._under_way.get(host, 0) < most and host in self._waiting:
                errand = self._waiting[host].popleft()
                if not self._waiting[host]:
                    del self._waiting[host]
                self._under_way[host] = self._under_way.get(host, 0) + 1
                free -= 1
                self._pool.submit(self._go, errand)

    def _go(self, errand: Errand) -> None:
        try:
            arrived = self._carried(errand)
        except Exception as error:  # nobody foresaw it: it is reported with the photo, not lost in this thread
            arrived = Arrived(errand, fault=error)
        with self._changed:
            self._under_way[errand.host] -= 1
            if not self._under_way[errand.host]:
                del self._under_way[errand.host]
            del self._errands[errand.store, errand.link]
            self._arrived.append(arrived)
            self._start()
            self._changed.notify_all()

    def _carried(self, errand: Errand) -> Arrived:
        timings = Timings(metrics.INGEST_STAGE_SECONDS)
        try:
            with timings.stage("fetch"):
                data, validators, fetched = self._bytes(errand)
            with timings.stage("decode"):
                photo = decode(data, self._limits, max_side=MAX_SIDE)
        except (FetchError, PhotoError, CatalogError) as error:
            return Arrived(errand, fault=error)
        image = StoredImage(image_id(data), photo.media_type, photo.width, photo.height, len(data))
        return Arrived(errand, image, data, photo, validators, fetched=fetched)

    def _bytes(self, errand: Errand) -> tuple[bytes, Validators, bool]:
        """Return a photo's bytes, what its host said of them, and whether that was asked."""
        images = self._catalog.images
        uploaded = errand.link.removeprefix(UPLOADED) if errand.link.startswith(UPLOADED) else None
        if uploaded is not None and not images.belongs(errand.store, uploaded):
            raise UnknownImage(f"image {uploaded!r} was not uploaded to this store; upload it first")
        if kept := uploaded or errand.image_id:
            try:
                return images.read(kept), NOTHING_SAID, False
            except UnknownImage:
                if uploaded:
                    raise
        fetched = self._fetcher.fetch(errand.link, self._catalog.allowed_hosts.of(errand.store))
        return fetched.data, fetched.validators, True
