"""Feeds: what merchants said of them, and when each is due. The schedule stands here; a beat only rings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import FeedExists, UnknownFeed
from catalog.feed_records import Feed, FeedSpec, Job, JobState, NewJob, growing_id
from catalog.feed_tables import feeds, jobs
from catalog.jobs import ACTIVE, insert_job, job_of
from catalog.stores import hold

DUE_AT_ONCE = 100
# What makes the same file mean something else.
_FETCHED_ANEW = ("url", "mode", "format", "mapping", "currency", "encoding", "shop_url")
_HAS_ACTIVE_JOB = exists().where(jobs.c.feed_id == feeds.c.id, jobs.c.state.in_(ACTIVE))


class Feeds:
    """The feeds of all stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, store: str, spec: FeedSpec) -> Feed:
        """Keep a feed; one with a schedule is due at once. Raises UnknownStore, FeedExists."""
        now = self._clock()
        row = {"id": growing_id("feed", now), "store": store, "created_at": now, **_said(spec, now)}
        row["next_run_at"] = now if spec.every_seconds else None
        try:
            with self._database.write() as connection:
                hold(connection, store)
                return _feed(connection.execute(feeds.insert().returning(feeds), row).one())
        except IntegrityError:
            raise _name_taken(spec.name) from None

    def get(self, store: str, feed_id: str) -> Feed:
        """Return the feed. Raises UnknownFeed."""
        with self._database.read() as connection:
            return _one(connection, store, feed_id)

    def all(self, store: str) -> list[Feed]:
        """Return the store's feeds by name."""
        query = select(feeds).where(feeds.c.store == store).order_by(feeds.c.name)
        with self._database.read() as connection:
            return [_feed(row) for row in connection.execute(query)]

    def change(self, store: str, feed_id: str, changes: Mapping[str, object]) -> Feed:
        """Replace the fields that are named. Raises UnknownFeed, FeedExists, pydantic's ValidationError."""
        now = self._clock()
        spec: FeedSpec | None = None
        try:
            with self._database.write() as connection:
                hold(connection, store)
                held = _one(connection, store, feed_id)
                spec = held.spec.changed(changes)
                values = _said(spec, now) | _rescheduled(held, spec, now) | _forgotten(held.spec, spec)
                changed = update(feeds).where(feeds.c.id == feed_id).values(values).returning(feeds)
                return _feed(connection.execute(changed).one())
        except IntegrityError:
            raise _name_taken(spec.name if spec else "") from None

    def delete(self, store: str, feed_id: str) -> list[Job]:
        """Delete the feed and cancel its jobs that have not ended; return these. Raises UnknownFeed."""
        with self._database.write() as connection:
            hold(connection, store)
            _one(connection, store, feed_id)
            connection.execute(delete(feeds).where(feeds.c.id == feed_id))
            ending = jobs.c.state.in_((*ACTIVE, JobState.WAITING))
            values = {"state": JobState.CANCELLED, "message": "its feed was deleted", "ended_at": self._clock()}
            cancelled = update(jobs).where(jobs.c.feed_id == feed_id, ending).returning(jobs)
            return [job_of(row) for row in connection.execute(cancelled.values(values))]

    def schedule(self) -> list[Job]:
        """Make jobs of the feeds that are due, and say when they are due next; return the jobs.

        A feed whose last job has not ended is passed over until its next time.
        """
        now = self._clock()
        due = select(feeds, _HAS_ACTIVE_JOB.label("busy")).where(feeds.c.next_run_at <= now)
        with self._database.read() as connection:
            if connection.execute(select(feeds.c.id).where(feeds.c.next_run_at <= now).limit(1)).first() is None:
                return []
        made: list[Job] = []
        with self._database.write() as connection:
            waiting = due.order_by(feeds.c.next_run_at).limit(DUE_AT_ONCE).with_for_update(skip_locked=True, of=feeds)
            for row in connection.execute(waiting).all():
                feed = _feed(row)
                if not row.busy:
                    made.append(insert_job(connection, run_of(feed), now))
                values = {"next_run_at": now + timedelta(seconds=feed.spec.every_seconds or 0)}
                connection.execute(update(feeds).where(feeds.c.id == feed.id).values(values))
        return made

    def applied(self, job: Job) -> None:
        """Remember the file that a job has applied whole, so that the same one is known again."""
        values = {"etag": job.etag, "last_modified": job.last_modified, "content_sha256": job.content_sha256}
        same = and_(feeds.c.id == job.feed_id, feeds.c.updated_at <= job.created_at)  # as it was when the job was made
        with self._database.write() as connection:
            connection.execute(update(feeds).where(same).values(values))


def run_of(feed: Feed, *, forced: bool = False) -> NewJob:
    """Return the job that runs a feed by its address."""
    return replace(job_by(feed.store, feed.spec), feed_id=feed.id, forced=forced)


def job_by(store: str, spec: FeedSpec) -> NewJob:
    """Return the job that runs what a spec says."""
    return NewJob(
        store, spec.name, spec.mode, None, spec.url, spec.format, spec.mapping, spec.currency, spec.encoding,
        spec.shop_url, spec.max_missing_share,
    )  # fmt: skip


def _one(connection: Connection, store: str, feed_id: str) -> Feed:
    row = connection.execute(select(feeds).where(feeds.c.id == feed_id, feeds.c.store == store)).one_or_none()
    if row is None:
        raise UnknownFeed(f"no feed {feed_id[:64]!r} in this store; GET /v1/feeds lists them")
    return _feed(row)


def _said(spec: FeedSpec, now: datetime) -> dict[str, Any]:
    return {"name": spec.name, "url": spec.url, "spec": spec.model_dump_json(), "updated_at": now}


def _rescheduled(held: Feed, spec: FeedSpec, now: datetime) -> dict[str, Any]:
    if spec.every_seconds == held.spec.every_seconds:
        return {}
    return {"next_run_at": now + timedelta(seconds=spec.every_seconds) if spec.every_seconds else None}


def _forgotten(before: FeedSpec, after: FeedSpec) -> dict[str, Any]:
    """Forget the last file if it would be read otherwise now."""
    if all(getattr(before, name) == getattr(after, name) for name in _FETCHED_ANEW):
        return {}
    return {"etag": None, "last_modified": None, "content_sha256": None}


def _name_taken(name: str) -> FeedExists:
    return FeedExists(f"there is a feed {name!r} already; choose another name, or change that one")


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        row.id, row.store, FeedSpec.model_validate(json.loads(row.spec)), row.next_run_at, row.etag,
        row.last_modified, row.content_sha256, row.created_at, row.updated_at,
    )  # fmt: skip
