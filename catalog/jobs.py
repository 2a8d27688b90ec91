"""Jobs as merchants see them: made, listed, confirmed, cancelled. `catalog.job_work` is the workers' side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from catalog import tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import JobNotWaiting, UnknownJob
from catalog.feed_records import Counts, FeedMode, Job, JobError, JobState, NewJob, growing_id
from catalog.feed_tables import job_errors, jobs
from catalog.stores import hold

ACTIVE = (JobState.QUEUED, JobState.RUNNING)
COUNTS = tuple(one.name for one in fields_of(Counts))
_AS_THEY_ARE = tuple(one.name for one in fields_of(Job) if one.name not in ("counts", "mapping", "mode", "state"))
_HEAD = select(tables.log_head.c.seq)


class Jobs:
    """The jobs of all stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, new: NewJob) -> Job:
        """Queue a job. Raises UnknownStore."""
        with self._database.write() as connection:
            hold(connection, new.store)
            return insert_job(connection, new, self._clock())

    def get(self, store: str, job_id: str) -> Job:
        """Return the job. Raises UnknownJob."""
        with self._database.read() as connection:
            return _one(connection, store, job_id)

    def page(self, store: str, before: str | None, limit: int, feed_id: str | None = None) -> list[Job]:
        """Return up to `limit` jobs, newest first: those made before the job `before`, or the newest."""
        query = select(jobs).where(jobs.c.store == store).order_by(jobs.c.id.desc()).limit(limit)
        query = query.where(jobs.c.id < before) if before else query
        query = query.where(jobs.c.feed_id == feed_id) if feed_id else query
        with self._database.read() as connection:
            return [job_of(row) for row in connection.execute(query)]

    def errors(self, store: str, job_id: str, after: int, limit: int) -> list[JobError]:
        """Return up to `limit` errors of a job after the first `after`, in the order of the file. Raises UnknownJob."""
        query = select(job_errors.c.line, job_errors.c.sku, job_errors.c.field, job_errors.c.message)
        query = query.where(job_errors.c.job_id == job_id, job_errors.c.number > after)
        with self._database.read() as connection:
            _one(connection, store, job_id)
            return [JobError(*row) for row in connection.execute(query.order_by(job_errors.c.number).limit(limit))]

    def confirm(self, store: str, job_id: str) -> Job:
        """Let a job that waits for confirmation go on. Raises UnknownJob, JobNotWaiting."""
        values = {"state": JobState.QUEUED, "confirmed": True, "message": None, "due_at": self._clock()}
        return self._move(store, job_id, (JobState.WAITING,), "confirmed", values)

    def cancel(self, store: str, job_id: str, message: str = "cancelled") -> Job:
        """End a job that has not ended; what it has applied stays applied. Raises UnknownJob, JobNotWaiting."""
        values = {"state": JobState.CANCELLED, "message": message, "lease": None, "ended_at": self._clock()}
        return self._move(store, job_id, (*ACTIVE, JobState.WAITING), "cancelled", values)

    def waiting_of(self, feed_id: str) -> list[Job]:
        """Return the feed's jobs that wait for confirmation, oldest first."""
        query = select(jobs).where(jobs.c.feed_id == feed_id, jobs.c.state == JobState.WAITING).order_by(jobs.c.id)
        with self._database.read() as connection:
            return [job_of(row) for row in connection.execute(query)]

    def files(self) -> set[str]:
        """Return the files that jobs still need."""
        query = select(jobs.c.file).where(jobs.c.file.is_not(None), jobs.c.state.in_(ACTIVE))
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def _move(
        self, store: str, job_id: str, states: Sequence[JobState], verb: str, values: Mapping[str, object]
    ) -> Job:
        moved = update(jobs).where(jobs.c.id == job_id, jobs.c.store == store, jobs.c.state.in_(states))
        with self._database.write() as connection:
            row = connection.execute(moved.values(values).returning(jobs)).one_or_none()
            if row is None:
                raise JobNotWaiting(
                    f"job {job_id[:64]} is {_one(connection, store, job_id).state}: it cannot be {verb}"
                )
        return job_of(row)


def insert_job(connection: Connection, new: NewJob, now: datetime) -> Job:
    """Queue a job within a transaction."""
    head = connection.execute(_HEAD).scalar_one()
    values = {one.name: getattr(new, one.name) for one in fields_of(NewJob)} | dict.fromkeys(COUNTS, 0)
    size_bytes = values.pop("size_bytes")
    values |= {
        "id": growing_id("job", now),
        "mapping": json.dumps(dict(new.mapping or {})),
        "state": JobState.QUEUED,
        "received_bytes": size_bytes or 0,
        "total_bytes": size_bytes,
        "all_read": False,
        "confirmed": False,
        "base_seq": head,
        "read_seq": head,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }
    return job_of(connection.execute(jobs.insert().returning(jobs), values).one())


def job_of(row: Row[Any]) -> Job:
    """Return the record of a row of `jobs`."""
    return Job(
        mode=FeedMode(row.mode),
        state=JobState(row.state),
        mapping=json.loads(row.mapping),
        counts=Counts(**{name: row._mapping[name] for name in COUNTS}),
        **{name: row._mapping[name] for name in _AS_THEY_ARE},
    )


def _one(connection: Connection, store: str, job_id: str) -> Job:
    row = connection.execute(select(jobs).where(jobs.c.id == job_id, jobs.c.store == store)).one_or_none()
    if row is None:
        raise UnknownJob(f"no job {job_id[:64]!r} in this store; GET /v1/jobs lists them")
    return job_of(row)
