"""Old jobs, their reports and old deliveries, which are forgotten after a while."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from catalog.clock import Clock
from catalog.database import Database
from catalog.feed_records import DeliveryState
from catalog.feed_tables import deliveries, job_errors, job_skus, jobs

AT_ONCE = 100


class JobHistory:
    """What is left of jobs and deliveries that have ended."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def forget(self, after_seconds: float) -> int:
        """Forget what ended longer ago than that, some at a time; return how many jobs and deliveries."""
        before, forgotten = self._clock() - timedelta(seconds=after_seconds), 0
        old_jobs = select(jobs.c.id).where(jobs.c.ended_at < before).limit(AT_ONCE)
        old_deliveries = select(deliveries.c.id).where(
            deliveries.c.state != DeliveryState.WAITING, deliveries.c.last_at < before
        )
        while True:
            with self._database.write() as connection:
                ids = list(connection.scalars(old_jobs))
                for table in (job_errors, job_skus):
                    connection.execute(delete(table).where(table.c.job_id.in_(ids)))
                connection.execute(delete(jobs).where(jobs.c.id.in_(ids)))
                told = list(connection.scalars(old_deliveries.limit(AT_ONCE)))
                connection.execute(delete(deliveries).where(deliveries.c.id.in_(told)))
            forgotten += len(ids) + len(told)
            if not ids and not told:
                return forgotten
