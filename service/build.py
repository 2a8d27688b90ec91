"""The only place where parts are made and put together, from settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.settings import Settings

if TYPE_CHECKING:  # importing costs nothing; parts are loaded when they are made
    from catalog import Catalog
    from detector import Detector
    from embedder import Embedder
    from index import VectorIndex
    from pipeline.admission import Admission
    from pipeline.describe import Describer
    from pipeline.feed_files import FeedFiles
    from pipeline.feed_intake import FeedIntake
    from pipeline.feed_jobs import FeedJobs
    from pipeline.fetch import Fetcher
    from pipeline.follow import Follower
    from pipeline.ingest import Ingest
    from pipeline.photo import PhotoLimits
    from pipeline.search import Search
    from pipeline.sync import Sync
    from pipeline.upkeep import Upkeep
    from pipeline.verify import Verifier
    from pipeline.webhooks import WebhookSender
    from runtime.network import Runtime
    from service.doorbell import Doorbell


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a searching process needs. `start` and `close` belong around its use."""

    settings: Settings
    catalog: Catalog
    describer: Describer
    index: VectorIndex
    follower: Follower
    fetcher: Fetcher
    photo_limits: PhotoLimits
    search: Search
    sync: Sync
    ingest: Ingest
    feeds: FeedIntake
    doorbell: Doorbell
    verifier: Verifier
    admission: Admission

    def start(self) -> None:
        """Load the index and follow the catalog."""
        self.follower.start()

    def close(self) -> None:
        """Stop following, keep a snapshot, close the catalog."""
        self.follower.stop()
        self.catalog.close()


def build(settings: Settings, *, detector: Detector | None = None, embedder: Embedder | None = None) -> Service:
    """Make all parts. A detector or an embedder that is given takes the place of the one the settings name."""
    from pipeline.admission import Admission
    from pipeline.follow import Follower
    from pipeline.search import Search
    from pipeline.sync import Sync
    from pipeline.verify import Verifier
    from service.doorbell import Work

    catalog = open_catalog(settings)
    describer = make_describer(settings, detector, embedder)
    space = describer.space
    index = make_index(settings, space.id, space.dimensions)
    follower = Follower(
        catalog, index, space.id, settings.snapshots,
        poll_seconds=settings.poll_seconds, snapshot_every_seconds=settings.snapshot_every_seconds,
    )  # fmt: skip
    doorbell = make_doorbell(settings)

    def announce() -> None:
        follower.wake()
        doorbell.ring(Work.IMAGES)

    return Service(
        settings=settings,
        catalog=catalog,
        describer=describer,
        index=index,
        follower=follower,
        fetcher=make_fetcher(settings),
        photo_limits=photo_limits(settings),
        search=Search(describer, index, catalog, follower),
        sync=Sync(catalog, space.id, announce),
        ingest=make_ingest(settings, catalog, describer),
        feeds=make_feed_intake(settings, catalog, doorbell),
        doorbell=doorbell,
        verifier=Verifier(catalog, index, follower, space.id),
        admission=Admission(
            settings.searches_at_once or settings.model_threads + 1,
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


def make_describer(settings: Settings, detector: Detector | None = None, embedder: Embedder | None = None) -> Describer:
    """Return a detector and an embedder, working together: those given, or else those of the settings."""
    from pipeline.describe import Describer

    return Describer(detector or make_detector(settings), embedder or make_embedder(settings))


def make_detector(settings: Settings, runtime: Runtime | None = None) -> Detector:
    """Return the shipped detector, or another one by its weights; run by the settings' runtime if none is given."""
    from detector.yolo import SHIPPED, YoloDetector
    from runtime import threads

    threads.limit_opencv()
    return YoloDetector(settings.detector_weights or SHIPPED, runtime=runtime or make_runtime(settings))


def make_embedder(settings: Settings, runtime: Runtime | None = None) -> Embedder:
    """Return the shipped space, or the model that is named; run by the settings' runtime if none is given."""
    from embedder.fused import FusedEmbedder
    from embedder.named import named

    runtime = runtime or make_runtime(settings)
    if not settings.embedder_model:
        return FusedEmbedder(runtime=runtime)
    return named(
        settings.embedder_model, weights=settings.embedder_weights, allow_download=settings.allow_download,
        runtime=runtime,
    )  # fmt: skip


def is_compiled(settings: Settings) -> bool:
    """Whether OpenVINO runs the models: on a CPU, unless the settings say; torch runs them elsewhere."""
    return settings.device == "cpu" if settings.runtime == "auto" else settings.runtime == "openvino"


def make_runtime(settings: Settings) -> Runtime:
    """Return what runs the models, in micro-batches."""
    from runtime.batching import BatchingRuntime
    from runtime.compiled import CompiledRuntime
    from runtime.eager import EagerRuntime

    if is_compiled(settings):
        runtime = CompiledRuntime(settings.model_cache, settings.model_threads)
        return BatchingRuntime(runtime, runtime.streams)
    return BatchingRuntime(EagerRuntime(settings.device, settings.model_threads))


def make_index(settings: Settings, space: str, dimensions: int) -> VectorIndex:
    """Return an empty index for one space."""
    from index.faiss_index import FaissIndex

    return FaissIndex({space: dimensions}, exact_below=settings.exact_below)


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


def make_feed_jobs(settings: Settings, catalog: Catalog, space: str) -> FeedJobs:
    """Return the one that runs the jobs of feeds; `space` is that of the vectors which searches use."""
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


def space_of(settings: Settings) -> str:
    """Return the id of the space that the settings name; of the shipped one without loading its model."""
    from embedder import fused

    return make_embedder(settings).space.id if settings.embedder_model else fused.shipped_space()


def make_doorbell(settings: Settings) -> Doorbell:
    """Return what wakes the workers."""
    from service.doorbell import CeleryDoorbell, NoDoorbell, celery_app

    return CeleryDoorbell(celery_app(settings.queue_url)) if settings.queue_url else NoDoorbell()
