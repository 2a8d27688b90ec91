"""The only place where parts are made and put together, from settings; `service.models` makes the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.models import describer_of, model_of, open_space
from service.settings import Settings

if TYPE_CHECKING:  # importing costs nothing; parts are loaded when they are made
    from collections.abc import Callable

    from catalog import Catalog, KeptSpace
    from detector import Detector
    from embedder import Embedder
    from index import VectorIndex
    from pipeline.admission import Admission
    from pipeline.describe import Describer
    from pipeline.describers import Describers
    from pipeline.feed_files import FeedFiles
    from pipeline.feed_intake import FeedIntake
    from pipeline.feed_jobs import FeedJobs
    from pipeline.fetch import Fetcher
    from pipeline.filling import Filler
    from pipeline.follow import Follower
    from pipeline.ingest import Ingest
    from pipeline.photo import PhotoLimits
    from pipeline.right_of_way import RightOfWay
    from pipeline.search import Search
    from pipeline.serving import Served, Serving
    from pipeline.sync import Sync
    from pipeline.upkeep import Upkeep
    from pipeline.verify import Verifier
    from pipeline.webhooks import WebhookSender
    from service.doorbell import Doorbell


SELDOM = 5  # polls of the log for one look at spaces


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a searching process needs. `start` and `close` belong around its use."""

    settings: Settings
    catalog: Catalog
    serving: Serving
    fetcher: Fetcher
    photo_limits: PhotoLimits
    sync: Sync
    ingest: Ingest
    feeds: FeedIntake
    doorbell: Doorbell
    admission: Admission

    @property
    def describer(self) -> Describer:
        """The models of the space that answers now."""
        return self.serving.now.describer

    @property
    def index(self) -> VectorIndex:
        """The index of the space that answers now."""
        return self.serving.now.index

    @property
    def follower(self) -> Follower:
        """Who keeps that index true to the catalog."""
        return self.serving.now.follower

    @property
    def search(self) -> Search:
        """Searches in the space that answers now."""
        return self.serving.now.search

    @property
    def verifier(self) -> Verifier:
        """Holds that index against the catalog."""
        return self.serving.now.verifier

    def start(self) -> None:
        """Load the index and follow the catalog."""
        self.serving.start()

    def close(self) -> None:
        """Stop following, keep a snapshot, close the catalog."""
        self.serving.stop()
        self.catalog.close()


def build(settings: Settings, *, detector: Detector | None = None, embedder: Embedder | None = None) -> Service:
    """Make all parts. A detector or an embedder that is given takes the place of the one the settings name."""
    from pipeline.admission import Admission
    from pipeline.right_of_way import RightOfWay
    from pipeline.serving import Serving
    from pipeline.sync import Sync
    from service.doorbell import Work

    catalog, right_of_way = open_catalog(settings), RightOfWay()
    _, describer = open_space(settings, catalog, detector, embedder)

    def make(space: KeptSpace) -> Served:
        given = (detector, embedder) if space.model == model_of(settings) else ()
        return make_served(settings, catalog, describer_of(settings, space, *given), right_of_way)

    forget_snapshots(settings, catalog)
    first = make_served(settings, catalog, describer, right_of_way)
    serving = Serving(catalog, first, make, poll_seconds=SELDOM * settings.poll_seconds)
    doorbell = make_doorbell(settings)

    def announce() -> None:
        serving.now.follower.wake()
        doorbell.ring(Work.IMAGES)

    return Service(
        settings=settings,
        catalog=catalog,
        serving=serving,
        fetcher=make_fetcher(settings),
        photo_limits=photo_limits(settings),
        sync=Sync(catalog, lambda: serving.active, announce),
        ingest=make_ingest(settings, catalog, describer),
        feeds=make_feed_intake(settings, catalog, doorbell),
        doorbell=doorbell,
        admission=Admission(
            settings.photos_at_once,
            settings.searches_waiting,
            settings.search_wait_seconds,
        ),
    )


def open_catalog(settings: Settings) -> Catalog:
    """Return the catalog, its tables brought up to date."""
    from catalog import Catalog

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.open(settings.catalog_url, settings.data_dir / "images")
    catalog.migrate()
    return catalog


def make_served(
    settings: Settings, catalog: Catalog, describer: Describer, right_of_way: RightOfWay | None = None
) -> Served:
    """Return everything that answers in the space of a describer; its index is empty until its follower starts."""
    from pipeline.follow import Follower
    from pipeline.search import Search
    from pipeline.serving import Served
    from pipeline.verify import Verifier

    space = describer.space
    index = make_index(settings, space.id, space.dimensions)
    follower = Follower(
        catalog, index, space.id, settings.snapshots / born(catalog.spaces.get(space.id)),
        poll_seconds=settings.poll_seconds, snapshot_every_seconds=settings.snapshot_every_seconds,
        right_of_way=right_of_way,
    )  # fmt: skip
    search, verifier = Search(describer, index, catalog, follower), Verifier(catalog, index, follower, space.id)
    return Served(describer, index, follower, search, verifier)


def born(space: KeptSpace) -> str:
    """Return the name of the folder for a space's snapshots: a later space of the same id has another one."""
    return f"{space.created_at:%Y%m%dT%H%M%S%f}"


def forget_snapshots(settings: Settings, catalog: Catalog) -> None:
    """Remove the snapshots of spaces that are kept no more: they were dropped while nobody looked."""
    import shutil

    kept = {born(one) for one in catalog.spaces.kept()}
    for folder in settings.snapshots.glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def make_index(settings: Settings, space: str, dimensions: int) -> VectorIndex:
    """Return an empty index for one space."""
    from index.faiss_index import FaissIndex

    return FaissIndex(
        {space: dimensions}, exact_below=settings.exact_below, storage=settings.vector_storage,
        device=settings.index_device,
    )  # fmt: skip


def make_fetcher(settings: Settings) -> Fetcher:
    """Return the one that fetches photos, within its limits."""
    from pipeline.fetch import Fetcher, FetchLimits

    about = f"visual product search; +{settings.contact}" if settings.contact else "visual product search"
    limits = FetchLimits(
        max_bytes=settings.max_upload_bytes,
        total_seconds=settings.fetch_timeout_seconds,
        user_agent=f"Vitrine/0.1 ({about}; fetches product photos)",
        connections_per_host=settings.connections_per_host,
    )
    return Fetcher(limits, allowed_hosts=frozenset(settings.allowed_image_hosts))


def photo_limits(settings: Settings) -> PhotoLimits:
    """Return what a photo may weigh."""
    from pipeline.photo import PhotoLimits

    return PhotoLimits(max_bytes=settings.max_upload_bytes, max_pixels=settings.max_photo_pixels)


def make_ingest(settings: Settings, catalog: Catalog, describer: Describer, fetcher: Fetcher | None = None) -> Ingest:
    """Return the one that makes waiting photos searchable, with the fetcher given or one of its own."""
    from pipeline.ingest import Ingest

    return Ingest(catalog, describer, fetcher or make_fetcher(settings), photo_limits(settings))


def make_filler(settings: Settings, catalog: Catalog, describers: Describers) -> Filler:
    """Return the one that fills spaces, under a name that no other worker has."""
    from uuid import uuid4

    from pipeline.filling import Filler

    return Filler(catalog, photo_limits(settings), describers, uuid4().hex)


def make_upkeep(settings: Settings, catalog: Catalog, fetcher: Fetcher) -> Upkeep:
    """Return the one that looks after photos that are there."""
    from pipeline.upkeep import Upkeep

    return Upkeep(
        catalog, fetcher, photo_limits(settings),
        recheck_after_seconds=settings.recheck_photos_after_seconds,
        keep_unlisted_seconds=settings.keep_unlisted_seconds,
    )  # fmt: skip


def feed_files(settings: Settings) -> FeedFiles:
    """Return the folder of feed files."""
    from pipeline.feed_files import FeedFiles

    return FeedFiles(settings.feed_files)


def make_feed_intake(settings: Settings, catalog: Catalog, doorbell: Doorbell) -> FeedIntake:
    """Return the one that takes in what merchants ask of feeds."""
    from pipeline.feed_intake import FeedIntake
    from service.doorbell import Work

    return FeedIntake(catalog, feed_files(settings), lambda: doorbell.ring(Work.FEEDS))


def make_feed_jobs(settings: Settings, catalog: Catalog, space: Callable[[], str]) -> FeedJobs:
    """Return the one that runs the jobs of feeds; `space` tells that of the vectors which searches use."""
    from pipeline.download import Downloader
    from pipeline.feed_jobs import FeedJobs
    from pipeline.feed_run import RunLimits
    from pipeline.outgoing import Outgoing, Waiting
    from pipeline.sync import Sync
    from service.doorbell import Work

    doorbell = make_doorbell(settings)
    outgoing = Outgoing(frozenset(settings.allowed_feed_hosts))
    waiting = Waiting(total_seconds=settings.feed_timeout_seconds)
    return FeedJobs(
        catalog,
        Sync(catalog, space, lambda: doorbell.ring(Work.IMAGES)),
        feed_files(settings),
        Downloader(outgoing, settings.max_feed_bytes, waiting),
        RunLimits(settings.job_lease_seconds, settings.max_job_errors, keep_seconds=settings.keep_jobs_seconds),
        lambda: doorbell.ring(Work.WEBHOOKS),
    )


def make_webhook_sender(settings: Settings, catalog: Catalog) -> WebhookSender:
    """Return the one that tells stores what happened."""
    from pipeline.outgoing import Outgoing, Waiting
    from pipeline.webhooks import WebhookSender

    return WebhookSender(catalog, Outgoing(frozenset(settings.allowed_feed_hosts)), Waiting())


def make_doorbell(settings: Settings) -> Doorbell:
    """Return what wakes the workers."""
    from service.doorbell import CeleryDoorbell, NoDoorbell, celery_app

    return CeleryDoorbell(celery_app(settings.queue_url)) if settings.queue_url else NoDoorbell()
