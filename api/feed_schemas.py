"""Feeds, jobs and webhooks, for the OpenAPI document and for what comes in paths and queries."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from catalog import FeedMode, FeedSpec
from catalog.feed_records import HttpAddress

State = Literal["queued", "running", "waiting_for_confirmation", "done", "failed", "cancelled"]


class FeedPath(BaseModel):
    """A feed by its id."""

    feed_id: str = Field(max_length=64)


class JobPath(BaseModel):
    """A job by its id."""

    job_id: str = Field(max_length=64)


class DeliveryPath(BaseModel):
    """A delivery by its id."""

    delivery_id: str = Field(max_length=64)


class NewestFirst(BaseModel):
    """Which page of a list whose newest entries come first."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=64, description="`cursor` of the page before")
    limit: int = Field(default=50, ge=1, le=500)


class JobsQuery(NewestFirst):
    """Which jobs."""

    feed: str | None = Field(default=None, max_length=64, description="Only runs of this feed")


class ErrorsQuery(BaseModel):
    """Which page of a job's errors."""

    model_config = ConfigDict(extra="forbid")

    cursor: int = Field(default=0, ge=0, description="`cursor` of the page before")
    limit: int = Field(default=100, ge=1, le=1000)


class OnceHeaders(BaseModel):
    """What makes a request one that is done once."""

    idempotency_key: str | None = Field(
        default=None, alias="Idempotency-Key", min_length=1, max_length=255,
        description="Sent again with the same key within a day, the request is answered as before and not done again",
    )  # fmt: skip


class RunQuery(BaseModel):
    """How a feed is to be run."""

    model_config = ConfigDict(extra="forbid")

    forced: bool = Field(default=False, description="Apply the feed even if it is the same as at its last run")


class UploadQuery(BaseModel):
    """What is said of a feed that is sent. In a form, each may be a field too."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=100, description="Of the file; its ending tells the format")
    feed: str | None = Field(default=None, max_length=64, description="A feed of the store, which says all the rest")
    mode: FeedMode | None = Field(default=None, description="delta if neither this nor the feed says otherwise")
    format: str | None = Field(default=None, max_length=40, description="Left out: recognised from the content")
    currency: str | None = Field(default=None, max_length=3, description="Of prices that name none: EUR")
    encoding: str | None = Field(default=None, max_length=40, description="Left out: found out from the content")
    shop_url: str | None = Field(default=None, max_length=2000, description="Makes the links that some exports lack")
    mapping: str | None = Field(default=None, max_length=20_000, description="JSON: your column -> our field")
    max_missing_share: float | None = Field(default=None, ge=0, le=1)


class UploadFeedForm(UploadQuery):
    """A feed as a form."""

    file: str = Field(json_schema_extra={"format": "binary"})


class FeedBytes(BaseModel):
    """A feed as the body itself: the bytes of a CSV, TSV, XML or JSON lines file, plain or gzip."""


def _all_optional(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class FeedPatch(FeedSpec):
    """The fields to change; null takes one back to what it is by default."""

    model_config = ConfigDict(json_schema_extra=_all_optional)


class KeptFeed(FeedSpec):
    """A feed of the store."""

    id: str
    next_run_at: str | None = Field(description="ISO 8601, UTC; null: when told to")
    created_at: str
    updated_at: str


class FeedList(BaseModel):
    """The store's feeds by name."""

    feeds: list[KeptFeed]


class JobCounts(BaseModel):
    """What became of the rows: each is created, changed, unchanged or rejected. A row may have several errors."""

    rows: int
    created: int
    changed: int
    unchanged: int
    deleted: int = Field(description="Products that a full feed lacked")
    rejected: int
    errors: int


class JobProgress(BaseModel):
    """How far a job is."""

    rows: int = Field(description="Rows read and applied")
    received_bytes: int
    total_bytes: int | None = Field(description="Null while the feed's server has not said")
    all_read: bool


class ShownJob(BaseModel):
    """One run of a feed or of a file that was sent."""

    id: str
    feed_id: str | None
    name: str
    mode: FeedMode
    state: State
    message: str | None = Field(description="What stopped it, what it waits for, or why there was nothing to do")
    counts: JobCounts
    missing: int | None = Field(description="Live products that the feed lacks, once it was read to its end")
    progress: JobProgress
    seq: int | None = Field(description="Receipt of the last write: pass it as `min_seq` to search with it known")
    created_at: str
    started_at: str | None
    ended_at: str | None


class JobPage(BaseModel):
    """Jobs, newest first."""

    jobs: list[ShownJob]
    cursor: str | None = Field(description="Asks for the next page; null at the end")


class ShownJobError(BaseModel):
    """What is wrong with one field of one row, and what to do."""

    line: int | None = Field(description="In the file, counted from 1")
    sku: str | None
    field: str
    message: str


class JobErrors(BaseModel):
    """Errors of a job in the order of its file. `total` counts those that were not kept, too."""

    errors: list[ShownJobError]
    total: int
    cursor: int | None = Field(description="Asks for the next page; null at the end")


class WebhookSpec(BaseModel):
    """Where to tell, and whether to sign with a new secret."""

    model_config = ConfigDict(extra="forbid")

    url: HttpAddress
    rotate_secret: bool = Field(default=False, description="Make a new secret; the old one signs too for a day")


class ShownWebhook(BaseModel):
    """The store's webhook."""

    url: str
    enabled: bool
    disabled_reason: str | None
    created_at: str
    updated_at: str


class SetWebhook(ShownWebhook):
    """The store's webhook, with its secret if that is new."""

    secret: str | None = Field(description="whsec_..., shown this once; null if it is not new")


class ShownDelivery(BaseModel):
    """One event on its way to the webhook, and how the last attempt went."""

    id: str = Field(description="The header `webhook-id`")
    type: str
    payload: dict[str, Any]
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    next_attempt_at: str | None
    last_status: int | None = Field(description="Of the last answer; null where there was none")
    last_answer: str | None = Field(description="Its beginning, or what went wrong")
    last_at: str | None
    created_at: str


class DeliveryPage(BaseModel):
    """Deliveries, newest first."""

    deliveries: list[ShownDelivery]
    cursor: str | None


REQUESTS: tuple[type[BaseModel], ...] = (FeedSpec, FeedPatch, UploadFeedForm, FeedBytes, WebhookSpec)
ANSWERS: tuple[type[BaseModel], ...] = (
    KeptFeed, FeedList, ShownJob, JobPage, JobErrors, ShownWebhook, SetWebhook, ShownDelivery, DeliveryPage,
)  # fmt: skip
