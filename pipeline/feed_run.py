"""The story of one job: its file arrives, its rows are applied in chunks, what the feed lacks is deleted.

After every step the story pauses, so that several jobs can share a worker; everything a successor needs is in the
catalog by then. Whoever takes the job up again goes on after the last finished row.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from operator import attrgetter

from catalog import Catalog, Counts, FeedMode, Job, JobState
from pipeline.download import Downloaded, Downloader, Known
from pipeline.feed_files import FeedFiles
from pipeline.feed_report import event_of
from pipeline.feed_rows import Applied, apply_rows
from pipeline.feeds import FeedOptions, Format, Row, UnreadableFeed, read
from pipeline.fetch_errors import FetchError
from pipeline.sync import Sync, Write

CHUNK = 500
LOOK_SECONDS = 0.1
MAX_DOWNLOADS = 4
FIRST_PAUSE_SECONDS = 30.0
GIVE_UP_AFTER = 5  # claims without any progress: the job seems to be the death of those who handle it
_COUNTS = ("rows", "created", "changed", "unchanged", "deleted", "rejected", "errors")


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How long a worker may be silent before its job is another's, how many errors are kept of a job, how long a
    job goes on before another one that is open has its turn, and how long what has ended is remembered."""

    lease_seconds: float = 60.0
    max_errors: int = 1_000
    turn_seconds: float = 2.0
    keep_seconds: float = 30 * 86_400.0


class FeedRun:
    """Runs one job that this worker has claimed."""

    def __init__(
        self, catalog: Catalog, sync: Sync, files: FeedFiles, downloader: Downloader, limits: RunLimits, job: Job,
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._sync = sync
        self._files = files
        self._downloader = downloader
        self._limits = limits
        self._job = job

    @property
    def job(self) -> Job:
        """The job as it stood after the last step."""
        return self._job

    def steps(self) -> Iterator[None]:
        """Run the job, pausing after each step. Raises LeaseLost when the job is not ours any more."""
        try:
            yield from self._story()
        except UnreadableFeed as error:
            self._end(JobState.FAILED, str(error))
        except FetchError as error:
            self._retry_or_fail(error)
        except FileNotFoundError:
            told = "the feed's file is gone from the data folder, which API and workers must share; send it again"
            self._end(JobState.FAILED, told)

    def _story(self) -> Iterator[None]:
        if self._job.attempts > GIVE_UP_AFTER:
            self._end(JobState.FAILED, f"given up: nothing came of {GIVE_UP_AFTER} attempts to handle this feed")
            return
        if not self._job.all_read:
            if self._job.file is None:
                yield from self._receive()
            if self._job.state is JobState.RUNNING and not self._is_unchanged():
                yield from self._apply_rows()
        if self._job.all_read:
            yield from self._delete_missing()

    def _receive(self) -> Iterator[None]:
        """Download the feed, keeping the lease meanwhile."""
        job, part = self._job, self._files.part()
        base_seq, so_far = self._catalog.changes.head(), Arriving()
        known = self._known()
        arriving = beside(partial(self._downloader.download, job.url or "", part, known, so_far.note))
        try:
            while not wait([arriving], LOOK_SECONDS).done:
                self._job = self._catalog.job_work.renew(
                    job, self._limits.lease_seconds, so_far.received_bytes, so_far.total_bytes
                )
                yield
            found: Downloaded | None = arriving.result()
            if found is None:
                self._end(JobState.DONE, "unchanged: the feed's server has nothing newer than the last run applied")
                return
            self._job = self._catalog.job_work.received(job, self._files.keep(part, found), base_seq)
        finally:
            arriving.add_done_callback(lambda _: part.unlink(missing_ok=True))
        yield

    def _known(self) -> Known:
        """Return what the feed's server may compare with: the file applied last, unless it is to be applied again."""
        if self._job.forced or self._job.feed_id is None:
            return Known()
        feed = self._catalog.feeds.get(self._job.store, self._job.feed_id)
        return Known(feed.etag, feed.last_modified)

    def _is_unchanged(self) -> bool:
        """Whether the file is the one that was applied last, or the one that waits for confirmation; ends the job then.

        A job that waits for confirmation with an older file is cancelled: this one takes its place.
        """
        job = self._job
        if job.counts.rows or job.forced or job.feed_id is None:
            return False
        if self._catalog.feeds.get(job.store, job.feed_id).content_sha256 == job.content_sha256:
            self._end(JobState.DONE, "unchanged: the feed is the same, byte for byte, as at its last run")
            return True
        for older in self._catalog.jobs.waiting_of(job.feed_id):
            if older.content_sha256 == job.content_sha256:
                self._end(JobState.DONE, f"unchanged: job {older.id} with the same feed waits for confirmation")
                return True
            self._catalog.jobs.cancel(job.store, older.id, f"a newer feed took its place in job {job.id}")
        return False

    def _apply_rows(self) -> Iterator[None]:
        job = self._job
        rows = read(self._files.path(job.file or ""), self._options(), name=job.name)
        rows = islice(rows, job.counts.rows, None)
        while chunk := list(islice(rows, CHUNK)):
            self._apply(chunk)
            yield
        counts = self._job.counts
        if job.mode is FeedMode.FULL and counts.rows == counts.rejected:
            raise UnreadableFeed("no row of the feed could be taken, so nothing was deleted; see the job's errors")
        self._job = self._catalog.job_work.all_read(self._job, self._limits.lease_seconds)

    def _apply(self, chunk: Sequence[Row]) -> None:
        job = self._job
        applied = apply_rows(self._sync, job.store, job.mode, chunk, job.read_seq)
        room = max(0, self._limits.max_errors - job.counts.errors)
        counts = replace(applied.counts, errors=len(applied.errors))
        named = applied.named if job.mode is FeedMode.FULL else []
        self._job = self._catalog.job_work.progress(
            job, _sum(job.counts, counts), seq=_latest(job, applied), named=named, errors=applied.errors[:room],
            lease_seconds=self._limits.lease_seconds,
        )  # fmt: skip

    def _options(self) -> FeedOptions:
        job = self._job
        return FeedOptions(
            Format(job.format) if job.format else None, job.mapping, job.currency, job.encoding, job.shop_url,
            partial=job.mode is FeedMode.DELTA,
        )  # fmt: skip

    def _delete_missing(self) -> Iterator[None]:
        job = self._job
        if job.mode is FeedMode.FULL and job.missing:
            if not job.confirmed:
                of_all = f"{job.missing:,} of {self._catalog.job_work.live(job.store):,} products"
                self._end(JobState.WAITING, f"{of_all} are missing from the feed; confirm to delete them, or cancel")
                return
            yield from self._delete()
        self._end(JobState.DONE, None)

    def _delete(self) -> Iterator[None]:
        after, known = "", self._job.base_seq
        self._job = self._catalog.job_work.count_deleted(self._job)
        while True:
            skus, known = self._catalog.job_work.missing(self._job, after, CHUNK, known)
            if not skus:
                return
            results = self._sync.apply(self._job.store, [Write(0, "delete", sku, {}) for sku in skus])
            receipts = [one.receipt for one in results if one.receipt]
            applied = Applied(Counts(deleted=len(receipts)), [], seq=max((one.seq for one in receipts), default=None))
            self._job = self._catalog.job_work.progress(
                self._job, _sum(self._job.counts, applied.counts), seq=_latest(self._job, applied), named=(),
                errors=(), lease_seconds=self._limits.lease_seconds,
            )  # fmt: skip
            after = skus[-1]
            yield

    def _retry_or_fail(self, error: FetchError) -> None:
        """Give the job back for a while if the fault may pass, a limited number of times."""
        if error.permanent or self._job.attempts >= MAX_DOWNLOADS:
            self._end(JobState.FAILED, str(error))
            return
        pause = FIRST_PAUSE_SECONDS * 4.0 ** (self._job.attempts - 1)
        self._catalog.job_work.put_off(self._job, str(error), max(pause, error.retry_after_seconds or 0.0))

    def _end(self, state: JobState, message: str | None) -> None:
        file = self._job.file
        self._job = self._catalog.job_work.end(self._job, state, message, event_of)
        if state is JobState.DONE and self._job.all_read and self._job.feed_id:
            self._catalog.feeds.applied(self._job)
        self._files.remove(file)
        if state is not JobState.WAITING:
            self._catalog.job_work.forget_skus(self._job)


def beside(download: Callable[[], Downloaded | None]) -> Future[Downloaded | None]:
    """Begin a download in a thread that keeps no process from ending."""
    arriving: Future[Downloaded | None] = Future()

    def work() -> None:
        try:
            arriving.set_result(download())
        except BaseException as error:
            arriving.set_exception(error)

    threading.Thread(target=work, name="feed download", daemon=True).start()
    return arriving


class Arriving:
    """How much of a file has come, written by one thread and read by another."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self.total_bytes: int | None = None

    def note(self, received_bytes: int, total_bytes: int | None) -> None:
        """Remember what has come."""
        self.received_bytes, self.total_bytes = received_bytes, total_bytes


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(*(first + second for first, second in zip(_numbers(one), _numbers(other), strict=True)))


def _numbers(counts: Counts) -> tuple[int, ...]:
    found: tuple[int, ...] = attrgetter(*_COUNTS)(counts)
    return found


def _latest(job: Job, applied: Applied) -> int | None:
    """Return the receipt of the job's last write: of this chunk if it wrote anything new, or the one before."""
    return max(filter(None, (job.seq, applied.seq)), default=None)
