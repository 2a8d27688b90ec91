"""Feeds, jobs and webhooks as the catalog hands them out: frozen records, free of SQL."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

DEFAULT_MISSING_SHARE = 0.2


def growing_id(kind: str, at: datetime) -> str:
    """Return a new id that sorts after those of earlier microseconds: ``job_0637f1a2b3c4d5...``."""
    return f"{kind}_{int(at.timestamp() * 1_000_000):014x}{secrets.token_hex(5)}"


def _http_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", value):
        raise ValueError(f"{value[:80]!r} is not an http(s) address")
    return value


HttpAddress = Annotated[str, Field(max_length=2000), AfterValidator(_http_address)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
MissingShare = Annotated[float, Field(ge=0, le=1)]
ColumnName = Annotated[str, Field(max_length=200)]
FieldName = Annotated[str, Field(max_length=100)]
Mapped = Annotated[dict[ColumnName, FieldName | None], Field(max_length=200)]


class FeedMode(StrEnum):
    """What a feed's silence means: in a full one, that a product is gone; in a delta, nothing."""

    FULL = "full"
    DELTA = "delta"


class FeedSpec(BaseModel):
    """All that a merchant says of a feed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100, description="Yours; no two feeds of a store have the same")
    url: HttpAddress | None = Field(default=None, description="Where the feed is fetched from; null: it is uploaded")
    mode: FeedMode = Field(
        default=FeedMode.FULL,
        description="full: products that the feed lacks are deleted. delta: rows change the fields they name",
    )
    format: str | None = Field(default=None, max_length=40, description="Null: recognised from the content")
    mapping: Mapped = Field(default_factory=dict, description="Your column -> our field; null passes the column over")
    encoding: str | None = Field(default=None, max_length=40, description="Null: found out from the content")
    shop_url: HttpAddress | None = Field(default=None, description="Makes the links that some exports lack")
    currency: Currency | None = Field(default=None, description="Of prices that name none", examples=["EUR"])
    every_seconds: int | None = Field(default=None, ge=60, description="Fetch it this often; null: when told to")
    max_missing_share: MissingShare = Field(
        default=DEFAULT_MISSING_SHARE, description="Deleting more of the live products than this needs a confirmation"
    )

    def changed(self, changes: Mapping[str, object]) -> Self:
        """Return the spec with these fields replaced, None taking one back to its default.

        Raises pydantic's ValidationError if that makes no sense.
        """
        said = self.model_dump() | dict(changes)
        return self.model_validate({name: value for name, value in said.items() if value is not None})

    @model_validator(mode="after")
    def _scheduled_by_address(self) -> Self:
        if self.every_seconds is not None and self.url is None:
            raise ValueError("every_seconds needs a url: an uploaded feed cannot be fetched")
        return self


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of a store. `etag`, `last_modified` and `content_sha256` are those of the last file applied whole."""

    id: str
    store: str
    spec: FeedSpec
    next_run_at: datetime | None
    etag: str | None
    last_modified: str | None
    content_sha256: str | None
    created_at: datetime
    updated_at: datetime


class JobState(StrEnum):
    """How far a job is. The last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting_for_confirmation"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows so far: each is created, changed, unchanged or rejected. `errors` may be more."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be made: one run of a feed (`url`), or of a file that was sent (`file`)."""

    store: str
    name: str
    mode: FeedMode
    feed_id: str | None = None
    url: str | None = None
    format: str | None = None
    mapping: Mapping[str, str | None] | None = None
    currency: str | None = None
    encoding: str | None = None
    shop_url: str | None = None
    max_missing_share: float = DEFAULT_MISSING_SHARE
    forced: bool = False
    file: str | None = None
    size_bytes: int | None = None
    content_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that is here: its name in the folder of feed files, and what tells it from another version."""

    name: str
    size_bytes: int
    sha256: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a feed or of an upload. `lease` is the secret of the worker that holds it."""

    id: str
    store: str
    feed_id: str | None
    name: str
    url: str | None
    mode: FeedMode
    format: str | None
    mapping: Mapping[str, str | None]
    currency: str | None
    encoding: str | None
    shop_url: str | None
    max_missing_share: float
    forced: bool
    state: JobState
    message: str | None
    file: str | None
    etag: str | None
    last_modified: str | None
    content_sha256: str | None
    received_bytes: int
    total_bytes: int | None
    counts: Counts
    missing: int | None
    all_read: bool
    confirmed: bool
    base_seq: int
    read_seq: int
    seq: int | None
    lease: str | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobError:
    """One fault of one row, in words a merchant can act on. `line` counts lines of the file, from 1."""

    line: int | None
    sku: str | None
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a store is told what happened. `secrets` sign together: the present one, and lately another."""

    store: str
    url: str
    secrets: tuple[str, ...]
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to a store's webhook, and how the last attempt went."""

    id: str
    store: str
    type: str
    payload: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_status: int | None
    last_answer: str | None
    last_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell a store's webhook: its type, and the JSON that is sent."""

    type: str
    payload: str
