"""Jobs as workers see them: claimed in leases, carried on chunk by chunk, ended once.

A worker may only write to a job whose lease it holds, so that one that was thought dead cannot disturb its successor.
A store has one running job at a time; the others wait.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, func, insert, literal, or_, select, true, tuple_, update

from catalog import tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.deliveries import tell
from catalog.errors import LeaseLost
from catalog.feed_records import Counts, Event, FeedMode, Job, JobError, JobState, ReceivedFile
from catalog.feed_tables import job_errors, job_skus, jobs
from catalog.jobs import job_of
from catalog.records import ChangeKind
from catalog.rows import ManyRows
from catalog.stores import hold

FORGOTTEN_AT_ONCE = 10_000
_HEAD = select(tables.log_head.c.seq)
_SIBLING = jobs.alias("sibling")
_STORE_IS_BUSY = exists().where(_SIBLING.c.store == jobs.c.store, _SIBLING.c.state == JobState.RUNNING)
_FREE = or_(and_(jobs.c.state == JobState.QUEUED, ~_STORE_IS_BUSY), jobs.c.state == JobState.RUNNING)
_WRITTEN = (ChangeKind.LISTED, ChangeKind.ATTRIBUTES)
_SKUS = ManyRows(job_skus, same=("job_id",), keeping=True)
_ERRORS = ManyRows(job_errors, same=("job_id",), keeping=True)


class JobWork:
    """The work of running jobs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, lease_seconds: float) -> Job | None:
        """Return the job that waits longest, leased for that time, its `attempts` counted up; None if none waits."""
        while True:
            now = self._clock()
            due = and_(_FREE, jobs.c.due_at <= now)
            oldest = select(jobs.c.id, jobs.c.store, jobs.c.state, jobs.c.started_at).where(due)
            with self._database.read() as connection:
                found = connection.execute(oldest.order_by(jobs.c.created_at, jobs.c.id).limit(1)).one_or_none()
            if found is None:
                return None
            with self._database.write() as connection:
                hold(connection, found.store)  # so that no two workers begin a job of one store at once
                values: dict[str, Any] = {
                    "state": JobState.RUNNING,
                    "lease": secrets.token_hex(8),
                    "due_at": now + timedelta(seconds=lease_seconds),
                    "attempts": jobs.c.attempts + 1,
                    "started_at": func.coalesce(jobs.c.started_at, literal(now, jobs.c.started_at.type)),
                }
                if found.started_at is None:
                    values["base_seq"] = _since_the_job_before(connection, found.store)
                if found.state == JobState.QUEUED:  # else a worker died, who may have written since its last note
                    values["read_seq"] = _HEAD.scalar_subquery()
                claimed = update(jobs).where(jobs.c.id == found.id, due).values(values).returning(jobs)
                row = connection.execute(claimed).one_or_none()
            if row is not None:
                return job_of(row)

    def renew(self, job: Job, lease_seconds: float, received_bytes: int = 0, total_bytes: int | None = None) -> Job:
        """Keep the lease while the file is on its way. Raises LeaseLost."""
        values: dict[str, Any] = {
            "due_at": self._until(lease_seconds),
            "received_bytes": received_bytes,
            "total_bytes": total_bytes,
        }
        with self._database.write() as connection:
            return _update(connection, job, values)

    def received(self, job: Job, file: ReceivedFile, base_seq: int) -> Job:
        """Note the file; what the store's log says after `base_seq` is newer than it. Raises LeaseLost."""
        values = {
            "file": file.name,
            "received_bytes": file.size_bytes,
            "total_bytes": file.size_bytes,
            "content_sha256": file.sha256,
            "etag": file.etag,
            "last_modified": file.last_modified,
            "base_seq": base_seq,
            "read_seq": _HEAD.scalar_subquery(),
        }
        with self._database.write() as connection:
            return _update(connection, job, values)

    def progress(
        self, job: Job, counts: Counts, *, seq: int | None, named: Sequence[str], errors: Sequence[JobError],
        lease_seconds: float,
    ) -> Job:  # fmt: skip
        """Note what became of a chunk of rows, in one transaction with its SKUs and errors. Raises LeaseLost."""
        with self._database.write() as connection:
            head = connection.execute(_HEAD).scalar_one()
            values: dict[str, Any] = {**asdict(counts), "read_seq": head, "attempts": 0}
            values |= {"due_at": self._until(lease_seconds)} | ({} if seq is None else {"seq": seq})
            held = _update(connection, job, values)
            if named:
                _SKUS.write(connection, {"job_id": job.id, "sku": list(dict.fromkeys(named))})
            if errors:
                _write_errors(connection, job, errors)
        return held

    def all_read(self, job: Job, lease_seconds: float) -> Job:
        """Note that the file was read to its end, and how many live products it lacks. Raises LeaseLost.

        They may be deleted without being asked about if they are no more than the job's share of all live products.
        A product that was written by other hands since the file was made is not missing: the file cannot know it.
        """
        values: dict[str, Any] = {"all_read": True, "attempts": 0, "due_at": self._until(lease_seconds)}
        with self._database.write() as connection:
            if job.mode is FeedMode.FULL:
                _spare(connection, job, job.base_seq)
                missing = connection.execute(select(func.count()).where(_missing(job))).scalar_one()
                few = missing <= job.max_missing_share * _live(connection, job.store)
                values |= {"missing": missing, "confirmed": job.confirmed or few}
            return _update(connection, job, values)

    def count_deleted(self, job: Job) -> Job:
        """Count what a worker that died had deleted since its last note. Raises LeaseLost."""
        made = and_(
            tables.changes.c.store == job.store,
            tables.changes.c.seq > job.read_seq,
            tables.changes.c.kind == ChangeKind.DELETED,
            ~exists().where(job_skus.c.job_id == job.id, job_skus.c.sku == tables.changes.c.sku),
        )
        counted = select(func.count(), func.max(tables.changes.c.seq)).where(made)
        with self._database.write() as connection:
            count, seq = connection.execute(counted).one()
            head = connection.execute(_HEAD).scalar_one()
            values = {"deleted": job.counts.deleted + count, "seq": seq or job.seq, "read_seq": head}
            return _update(connection, job, values)

    def missing(self, job: Job, after: str, limit: int, since: int) -> tuple[list[str], int]:
        """Return up to `limit` missing SKUs after `after`, in their order, and the log's end that this knows of.

        `since` is the log's end that the call before knew of, or the job's `base_seq`.
        """
        page = select(tables.products.c.sku).where(_missing(job), tables.products.c.sku > after)
        with self._database.write() as connection:
            head = connection.execute(_HEAD).scalar_one()
            _spare(connection, job, since)
            return list(connection.scalars(page.order_by(tables.products.c.sku).limit(limit))), head

    def live(self, store: str) -> int:
        """Return the number of live products of a store."""
        with self._database.read() as connection:
            return _live(connection, store)

    def end(self, job: Job, state: JobState, message: str | None, tell_of: Callable[[Job, datetime], Event]) -> Job:
        """End a job, or let it wait for confirmation, and leave word for the store's webhook. Raises LeaseLost."""
        now = self._clock()
        values: dict[str, Any] = {"state": state, "message": message, "lease": None, "attempts": 0, "file": None}
        values |= {} if state is JobState.WAITING else {"ended_at": now}
        with self._database.write() as connection:
            ended = _update(connection, job, values)
            tell(connection, job.store, tell_of(ended, now), now)
        return ended

    def put_off(self, job: Job, message: str | None, seconds: float) -> Job:
        """Give a job back, to be taken up after that time. Raises LeaseLost."""
        values = {"state": JobState.QUEUED, "message": message, "lease": None, "due_at": self._until(seconds)}
        with self._database.write() as connection:
            return _update(connection, job, values)

    def forget_skus(self, job: Job) -> None:
        """Drop what was kept of an ended job for finding the missing, some at a time."""
        few = select(job_skus.c.job_id, job_skus.c.sku).where(job_skus.c.job_id == job.id).limit(FORGOTTEN_AT_ONCE)
        dropped = delete(job_skus).where(tuple_(job_skus.c.job_id, job_skus.c.sku).in_(few))
        count = FORGOTTEN_AT_ONCE
        while count == FORGOTTEN_AT_ONCE:
            with self._database.write() as connection:
                count = connection.execute(dropped).rowcount

    def _until(self, seconds: float) -> Any:
        return self._clock() + timedelta(seconds=seconds)


def _since_the_job_before(connection: Connection, store: str) -> Any:
    """Return the log's end that a job's file knows of: what the jobs before it wrote is not newer than its file."""
    before = select(func.max(jobs.c.read_seq)).where(jobs.c.store == store, jobs.c.rows > 0)
    last = connection.execute(before).scalar_one() or 0
    return case((jobs.c.base_seq > last, jobs.c.base_seq), else_=last)


def _update(connection: Connection, job: Job, values: Mapping[str, Any]) -> Job:
    held = and_(jobs.c.id == job.id, jobs.c.lease == job.lease, jobs.c.state == JobState.RUNNING)
    row = connection.execute(update(jobs).where(held).values(values).returning(jobs)).one_or_none()
    if row is None:
        raise LeaseLost(f"job {job.id} was cancelled, or is another worker's now")
    return job_of(row)


def _write_errors(connection: Connection, job: Job, errors: Sequence[JobError]) -> None:
    kept = connection.execute(select(func.count()).where(job_errors.c.job_id == job.id)).scalar_one()
    _ERRORS.write(
        connection,
        {
            "job_id": job.id,
            "number": list(range(kept + 1, kept + 1 + len(errors))),
            "line": [one.line for one in errors],
            "sku": [one.sku for one in errors],
            "field": [one.field for one in errors],
            "message": [one.message for one in errors],
        },
    )


def _live(connection: Connection, store: str) -> int:
    count = select(func.count()).where(tables.products.c.store == store, tables.products.c.live == true())
    return int(connection.execute(count).scalar_one())


def _missing(job: Job) -> Any:
    named = exists().where(job_skus.c.job_id == job.id, job_skus.c.sku == tables.products.c.sku)
    return and_(tables.products.c.store == job.store, tables.products.c.live == true(), ~named)


def _spare(connection: Connection, job: Job, since: int) -> None:
    """Count as named what was written since the file was made, by whomever."""
    known = exists().where(job_skus.c.job_id == job.id, job_skus.c.sku == tables.changes.c.sku)
    written = (
        select(literal(job.id), tables.changes.c.sku)
        .where(tables.changes.c.store == job.store, tables.changes.c.seq > since, ~known)
        .where(tables.changes.c.kind.in_(_WRITTEN))
        .distinct()
    )
    connection.execute(insert(job_skus).from_select(["job_id", "sku"], written))
