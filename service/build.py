"""The only place where parts are made and put together, from settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from service.settings import Settings

if TYPE_CHECKING:  # importing costs nothing; parts are loaded when they are made
    from collections.abc import Callable, Mapping

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
    from runtime.network import Runtime
    from service.doorbell import Doorbell


MODEL_SETTINGS = ("detector_weights", "embedder_model", "embedder_weights")  # that make the models of a space
SELDOM = 5  # polls of the log for one look at spaces
log = structlog.get_logger(__name__)


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


def open_space(
    settings: Settings, catalog: Catalog, detector: Detector | None = None, embedder: Embedder | None = None
) -> tuple[KeptSpace, Describer]:
    """Return the active space of the catalog and its describer; until something is described, that of the settings.

    A detector or an embedder that is given takes the place of the one the settings name.
    """
    active = catalog.spaces.active()
    if active is not None and active.model != model_of(settings) and catalog.spaces.is_used(active.id):
        log.warning("settings name other models than searches use; 'vitrine spaces fill' adds them", active=active.id)
        return active, describer_of(settings, active)
    describer = make_describer(settings, detector, embedder)
    if active is not None and active.id == describer.apart().space.id:
        return active, describer.apart()
    return catalog.spaces.begin(describer.space.id, model_of(settings)), describer


def active_space(settings: Settings, catalog: Catalog) -> str:
    """Return the id of the active space, its models not loaded; on the first start it is the one of the settings."""
    active = catalog.spaces.active()
    return (active or catalog.spaces.begin(space_of(settings), model_of(settings))).id


def model_of(settings: Settings) -> Mapping[str, str | None]:
    """Return the settings that make the models of a space, as the catalog keeps them with it."""
    given = {name: getattr(settings, name) for name in MODEL_SETTINGS}
    return {name: str(value) if value else None for name, value in given.items()}


def settings_of(settings: Settings, space: KeptSpace) -> Settings:
    """Return the settings with which the models of a space are made."""
    return Settings.model_validate(settings.model_dump() | dict(space.model))


def describer_of(
    settings: Settings, space: KeptSpace, detector: Detector | None = None, embedder: Embedder | None = None
) -> Describer:
    """Return the describer of a space that the catalog keeps. Raises WeightsError if the models here make another."""
    from runtime.weights import WeightsError

    describer = make_describer(settings_of(settings, space), detector, embedder)
    for one in (describer, describer.apart()):
        if one.space.id == space.id:
            return one
    raise WeightsError(f"the models here make space {describer.space.id}; the weights of {space.id} are needed")


def fill_space(settings: Settings, catalog: Catalog) -> KeptSpace:
    """Begin to fill the space that the settings make, beside the active one. Raises WrongSpaceState.

    Where another detector has given its vectors the embedder's name, it is named after both.
    """
    describer, model = make_describer(settings), model_of(settings)
    taken = any(one.id == describer.space.id and one.model != model for one in catalog.spaces.kept())
    return catalog.spaces.fill((describer.apart() if taken else describer).space.id, model)


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
        catalog, index, space.id, settings.snapshots,
        poll_seconds=settings.poll_seconds, snapshot_every_seconds=settings.snapshot_every_seconds,
        right_of_way=right_of_way,
    )  # fmt: skip
    search, verifier = Search(describer, index, catalog, follower), Verifier(catalog, index, follower, space.id)
    return Served(describer, index, follower, search, verifier)


def make_index(settings: Settings, space: str, dimensions: int) -> VectorIndex:
    """Return an empty index for one space."""
    from index.faiss_index import FaissIndex

    return FaissIndex({space: dimensions}, exact_below=settings.exact_below, storage=settings.vector_storage)


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


def space_of(settings: Settings) -> str:
    """Return the id of the space that the settings name; of the shipped one without loading its model."""
    from embedder import fused

    return make_embedder(settings).space.id if settings.embedder_model else fused.shipped_space()


def make_doorbell(settings: Settings) -> Doorbell:
    """Return what wakes the workers."""
    from service.doorbell import CeleryDoorbell, NoDoorbell, celery_app

    return CeleryDoorbell(celery_app(settings.queue_url)) if settings.queue_url else NoDoorbell()
