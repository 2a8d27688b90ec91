"""Runs the jobs of feeds: those that are due by their schedule, those asked for, those a dead worker left.

Some jobs are open at once, each of another store, and take turns, so that a feed of a million lines does not keep the
others waiting. The jobs stand in the catalog: a worker that dies loses at most the chunk it had in hand.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import structlog

from catalog import Catalog, Job, LeaseLost
from pipeline.download import Downloader
from pipeline.feed_files import FeedFiles
from pipeline.feed_run import FeedRun, RunLimits
from pipeline.sync import Sync

OPEN_AT_ONCE = 4
TURN_SECONDS = 2.0
log = structlog.get_logger(__name__)


class FeedJobs:
    """The jobs that this worker has in hand. For one thread. `told` is called when webhooks have something to send."""

    def __init__(
        self, catalog: Catalog, sync: Sync, files: FeedFiles, downloader: Downloader, limits: RunLimits,
        told: Callable[[], None],
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._sync = sync
        self._files = files
        self._downloader = downloader
        self._downloads = ThreadPoolExecutor(OPEN_AT_ONCE, thread_name_prefix="feed download")
        self._limits = limits
        self._told = told
        self._open: deque[tuple[Job, Iterator[None]]] = deque()

    def run_once(self) -> int:
        """Make due feeds jobs, take up a job if there is one, and carry one on for a turn; return how many are open.

        Zero means that there was nothing to do.
        """
        self._catalog.feeds.schedule()
        if len(self._open) < OPEN_AT_ONCE and (job := self._catalog.job_work.claim(self._limits.lease_seconds)):
            self._open.append((job, self.run_of(job).steps()))
        if not self._open:
            return 0
        worked_on = len(self._open)
        job, steps = self._open.popleft()
        if self._take_turn(job, steps):
            self._open.append((job, steps))
        return worked_on

    def _take_turn(self, job: Job, steps: Iterator[None]) -> bool:
        """Carry a job on for a while; return whether it goes on after that."""
        until = time.monotonic() + TURN_SECONDS
        try:
            for _ in steps:
                if time.monotonic() >= until:
                    return True
        except LeaseLost as error:
            log.info("job given up", job=job.id, reason=str(error))
            return False
        log.info("job left", job=job.id, store=job.store)
        self._told()
        return False

    def run_of(self, job: Job) -> FeedRun:
        """Return the run of a job that was claimed."""
        return FeedRun(
            self._catalog, self._sync, self._files, self._downloader, self._downloads, self._limits, job
        )  # fmt: skip


def drain(jobs: FeedJobs) -> None:
    """Run until nothing is left to do now."""
    while jobs.run_once():
        continue
