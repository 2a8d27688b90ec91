"""Every setting of the service, read from the environment (``VITRINE_...``) here and nowhere else."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1024 * 1024
DAY = 86_400.0
THREADS_LEFT = 13  # for what is no photo, while as many photos as may be wait


def _cores() -> int:
    return len(os.sched_getaffinity(0))


class Settings(BaseSettings):
    """Defaults serve one machine with no other server on it."""

    model_config = SettingsConfigDict(env_prefix="VITRINE_", env_file=".env", frozen=True, extra="ignore")

    data_dir: Path = Field(default=Path("data"), description="Catalog, images, snapshots and the signing secret")
    database_url: str | None = Field(default=None, description="postgresql+psycopg://...; unset: SQLite in data_dir")
    queue_url: str | None = Field(default=None, description="redis://... rings Celery workers; unset: embedded worker")

    host: str = "127.0.0.1"
    port: PositiveInt = 8080
    threads: PositiveInt | None = Field(
        default=None, description="Requests handled at once; unset: 13 more than photos at once and waiting"
    )
    searches_at_once: PositiveInt | None = Field(
        default=None, description="Photos being looked at, at once; unset: model_threads + 1"
    )
    searches_waiting: PositiveInt = Field(default=32, description="Photos that wait; one more is sent away with 503")
    search_wait_seconds: PositiveFloat = Field(default=5.0, description="The longest that a photo waits for its turn")
    model_threads: PositiveInt = Field(default_factory=_cores, description="Cores that one model call may use")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins whose pages may call the API, separated by commas"
    )
    log_format: Literal["json", "console"] = "json"

    max_upload_bytes: PositiveInt = 20 * MIB
    max_photo_pixels: PositiveInt = 50_000_000
    max_batch_lines: PositiveInt = 10_000
    max_batch_bytes: PositiveInt = 64 * MIB
    fetch_timeout_seconds: PositiveFloat = 15.0
    connections_per_host: PositiveInt = Field(default=4, description="At once to one image host, per worker")
    contact: str | None = Field(default=None, description="URL or e-mail address that image hosts are told")
    recheck_photos_after_seconds: NonNegativeFloat = Field(
        default=7 * DAY, description="Age at which hosts are asked whether a photo has changed; 0: never"
    )
    keep_unlisted_seconds: NonNegativeFloat = Field(
        default=30 * DAY, description="How long photos and descriptions stay after nothing lists them"
    )
    max_feed_bytes: PositiveInt = Field(default=1024 * MIB, description="A larger feed is refused, sent or fetched")
    feed_timeout_seconds: PositiveFloat = Field(default=600.0, description="Time for downloading one feed")
    max_job_errors: PositiveInt = Field(default=1_000, description="Errors that are kept of one job; all are counted")
    job_lease_seconds: PositiveFloat = Field(
        default=60.0, description="After this long without a sign of its worker, another one takes a job up"
    )
    keep_jobs_seconds: PositiveFloat = Field(default=2_592_000.0, description="How long ended jobs are remembered")
    allowed_feed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts (name or name:port) that feeds and webhooks may use although they are not public",
    )
    allowed_image_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Hosts (name or name:port) that may be fetched from although they are not public"
    )

    detector_weights: Path | None = Field(
        default=None, description="Other Ultralytics weights; unset: the shipped ones"
    )
    embedder_model: str | None = Field(
        default=None,
        description="Instead of the shipped space: a timm model, hf-hub:owner/repository, or a folder of OpenCLIP's",
    )
    embedder_weights: Path | None = Field(
        default=None, description="Safetensors of one's own for the timm model that embedder_model names"
    )
    allow_download: bool = Field(default=False, description="Let weights be fetched from a hub")
    runtime: Literal["auto", "openvino", "torch"] = Field(
        default="auto", description="What runs the models; auto: OpenVINO on a CPU, torch on a GPU"
    )
    device: str = Field(default="cpu", description="cpu, cuda or cuda:1; a GPU needs torch")
    model_cache: Path = Field(
        default=Path("~/.cache/vitrine").expanduser(),
        description="Where models lie as OpenVINO runs them; each is exported there once",
    )
    exact_below: PositiveInt = Field(default=20_000, description="Vectors up to which search is exact")
    vector_storage: Literal["float32", "float16", "8bit", "rabitq"] = Field(
        default="8bit", description="How the index keeps vectors: less memory, or fewer steps to the same answer"
    )
    index_device: str = Field(
        default="cpu", description="cpu, or a GPU (cuda, cuda:1) that compares all vectors of a large store"
    )
    poll_seconds: PositiveFloat = Field(default=0.1, description="How often followers and workers look for work")
    snapshot_every_seconds: PositiveFloat = 300.0
    worker_metrics_port: PositiveInt | None = Field(
        default=None, description="Port of the embedded worker's /metrics, on VITRINE_HOST; unset: none"
    )

    @field_validator("cors_origins", "allowed_feed_hosts", "allowed_image_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("embedder_weights")
    @classmethod
    def _of_a_model(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and not info.data.get("embedder_model"):
            raise ValueError("name the timm model that these weights are of in VITRINE_EMBEDDER_MODEL")
        return value

    @field_validator("contact")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isprintable()):
            raise ValueError("write an address in ASCII: it goes into a header")
        return value

    @property
    def catalog_url(self) -> str:
        """The SQLAlchemy URL of the catalog."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'catalog.db'}"

    @property
    def photos_at_once(self) -> int:
        """How many photos are looked at, at once."""
        return self.searches_at_once or self.model_threads + 1

    @property
    def request_threads(self) -> int:
        """How many requests are handled at once: some are left when all photos that may wait do."""
        return self.threads or self.photos_at_once + self.searches_waiting + THREADS_LEFT

    @property
    def snapshots(self) -> Path:
        """Where followers keep their snapshots."""
        return self.data_dir / "snapshots"

    @property
    def feed_files(self) -> Path:
        """Where feeds lie while their jobs need them."""
        return self.data_dir / "feeds"

    def signing_secret(self) -> str:
        """Return the secret that signs image tokens; made once and kept in data_dir."""
        path = self.data_dir / "signing-secret"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f"{path.name}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(32))
            with suppress(FileExistsError):
                path.hardlink_to(made)  # appears whole, and only one process wins
            made.unlink()
        return path.read_text()
