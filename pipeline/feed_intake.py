"""What merchants ask of feeds: to keep them, to run them, to take a file, to confirm or cancel a job.

Everything asked for stands in the catalog when this returns; `ring` only says that there is work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO

from pydantic import ValidationError

from catalog import Catalog, Feed, FeedMode, FeedSpec, Job, NewJob, job_by, run_of
from pipeline.addresses import read_target
from pipeline.feed_files import FeedFiles
from pipeline.feeds import Format
from pipeline.sync import FieldProblem, InvalidProduct, problems_of

_SAID_OF_A_FILE = ("name", "mode", "format", "mapping", "currency", "encoding", "shop_url", "max_missing_share")


class InvalidFeed(InvalidProduct):
    """A feed or an upload whose options make no sense; `problems` lists every one at fault."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("", problems)


class NothingToFetch(Exception):
    """The feed has no address, so it cannot be run: its file has to be sent."""


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What is said of a file that is sent. Of a feed (`feed_id`) that the store keeps, the feed says the rest."""

    name: str = "upload"
    feed_id: str | None = None
    mode: FeedMode | None = None
    format: str | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    currency: str | None = None
    encoding: str | None = None
    shop_url: str | None = None
    max_missing_share: float | None = None


class FeedIntake:
    """The feeds of a catalog, as merchants reach them."""

    def __init__(self, catalog: Catalog, files: FeedFiles, ring: Callable[[], None]) -> None:
        self._catalog = catalog
        self._files = files
        self._ring = ring

    def create(self, store: str, body: Mapping[str, object]) -> Feed:
        """Keep a feed. Raises InvalidFeed, BadAddress, FeedExists."""
        feed = self._catalog.feeds.create(store, checked_spec(body))
        self._ring()
        return feed

    def change(self, store: str, feed_id: str, changes: Mapping[str, object]) -> Feed:
        """Replace the fields that are named. Raises UnknownFeed, InvalidFeed, BadAddress, FeedExists."""
        _checked(partial(self._catalog.feeds.get(store, feed_id).spec.changed, changes))
        return self._catalog.feeds.change(store, feed_id, changes)

    def delete(self, store: str, feed_id: str) -> None:
        """Forget a feed; its jobs that have not ended are cancelled. Raises UnknownFeed."""
        for job in self._catalog.feeds.delete(store, feed_id):
            self._clear(job)

    def run(self, store: str, feed_id: str, *, forced: bool = False) -> Job:
        """Queue a run of the feed; a forced one applies the file even if it is known. Raises NothingToFetch."""
        feed = self._catalog.feeds.get(store, feed_id)
        if feed.spec.url is None:
            raise NothingToFetch(f"feed {feed.spec.name!r} has no url; send its file to POST /v1/jobs?feed={feed.id}")
        job = self._catalog.jobs.create(run_of(feed, forced=forced))
        self._ring()
        return job

    def upload(self, store: str, stream: IO[bytes], options: UploadOptions) -> Job:
        """Keep a file and queue its job. Raises InvalidFeed, UnknownFeed, what the stream raises, and DiskFull."""
        new = self._job_of(store, options)
        file = self._files.take(stream)
        try:
            job = self._catalog.jobs.create(
                replace(new, file=file.name, size_bytes=file.size_bytes, content_sha256=file.sha256)
            )
        except BaseException:
            self._files.remove(file.name)
            raise
        self._ring()
        return job

    def confirm(self, store: str, job_id: str) -> Job:
        """Let a job delete what its feed lacks. Raises UnknownJob, JobNotWaiting."""
        job = self._catalog.jobs.confirm(store, job_id)
        self._ring()
        return job

    def cancel(self, store: str, job_id: str) -> Job:
        """End a job; what it has applied stays. Raises UnknownJob, JobNotWaiting."""
        job = self._catalog.jobs.cancel(store, job_id)
        self._clear(job)
        return job

    def _job_of(self, store: str, options: UploadOptions) -> NewJob:
        if options.feed_id is None:
            said = {name: getattr(options, name) for name in _SAID_OF_A_FILE if getattr(options, name) is not None}
            return job_by(store, checked_spec({"mode": FeedMode.DELTA} | said))
        new = run_of(self._catalog.feeds.get(store, options.feed_id))
        share = new.max_missing_share if options.max_missing_share is None else options.max_missing_share
        return replace(new, url=None, name=options.name, mode=options.mode or new.mode, max_missing_share=share)

    def _clear(self, job: Job) -> None:
        self._files.remove(job.file)
        self._catalog.job_work.forget_skus(job)


def checked_spec(body: Mapping[str, object]) -> FeedSpec:
    """Return what a merchant says of a feed. Raises InvalidFeed, and BadAddress for an address of no use."""
    return _checked(partial(FeedSpec.model_validate, body))


def _checked(say: Callable[[], FeedSpec]) -> FeedSpec:
    try:
        spec = say()
    except ValidationError as error:
        raise InvalidFeed(problems_of(error)) from None
    if spec.format is not None and spec.format not in list(Format):
        told = f"{spec.format!r} is none of {', '.join(Format)}; leave it out to have it recognised"
        raise InvalidFeed((FieldProblem("format", told),))
    if spec.url is not None:
        read_target(spec.url)
    return spec
