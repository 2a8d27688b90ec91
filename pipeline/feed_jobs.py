"""Runs the jobs of feeds: those that are due by their schedule, those asked for, those a dead worker left.

Some jobs are open at once, each of another store, and take turns, so that a feed of a million lines does not keep the
others waiting. The jobs stand in the catalog: a worker that dies loses at most the chunk it had in hand.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import structlog

from catalog import Catalog, Job, LeaseLost, UnknownFeed
from pipeline.download import Downloader
from pipeline.feed_files import FeedFiles
from pipeline.feed_run import FeedRun, RunLimits
from pipeline.sync import Sync

OPEN_AT_ONCE = 4
TIDY_SECONDS = 3_600.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A run, and how far its story was told."""

    run: FeedRun
    steps: Iterator[None]


class FeedJobs:
    """The jobs that this worker has in hand; one thread at a time works on them.

    `told` is called when webhooks have something to send.
    """

    def __init__(
        self, catalog: Catalog, sync: Sync, files: FeedFiles, downloader: Downloader, limits: RunLimits,
        told: Callable[[], None],
    ) -> None:  # fmt: skip
        self._catalog = catalog
        self._sync = sync
        self._files = files
        self._downloader = downloader
        self._limits = limits
        self._told = told
        self._open: deque[OpenJob] = deque()
        self._tidied_at = -math.inf
        self._working = threading.Lock()

    def run_once(self) -> int:
        """Make due feeds jobs, take up a job if there is one, and carry one on for a turn; return how many are open.

        Zero means that there was nothing to do.
        """
        with self._working:
            return self._work()

    def _work(self) -> int:
        self._tidy()
        self._catalog.feeds.schedule()
        if len(self._open) < OPEN_AT_ONCE and (job := self._catalog.job_work.claim(self._limits.lease_seconds)):
            run = self.run_of(job)
            self._open.append(OpenJob(run, run.steps()))
        if not self._open:
            return 0
        worked_on, one = len(self._open), self._open.popleft()
        if self._take_turn(one):
            self._open.append(one)
        return worked_on

    def run_for(self, seconds: float) -> int:
        """Take turns until nothing is left to do; after that time, give back what is open and return how many.

        For workers whose next call may fall to another process. A download that is under way is waited for.
        """
        until = time.monotonic() + seconds
        while self.run_once():
            if time.monotonic() >= until and all(one.run.job.file for one in self._open):
                return self.give_back()
        return 0

    def give_back(self) -> int:
        """Let other workers take up what is open here, once the present turn is over; return how many jobs."""
        with self._working:
            given = len(self._open)
            while self._open:
                one = self._open.popleft()
                with suppress(LeaseLost):
                    self._catalog.job_work.put_off(one.run.job, None, 0.0)
            return given

    def run_of(self, job: Job) -> FeedRun:
        """Return the run of a job that was claimed."""
        return FeedRun(self._catalog, self._sync, self._files, self._downloader, self._limits, job)

    def _tidy(self) -> None:
        """Forget old jobs and remove files that nobody needs: at the start, and every hour."""
        if time.monotonic() - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = time.monotonic()
        forgotten = self._catalog.job_history.forget(self._limits.keep_seconds)
        removed = self._files.sweep(self._catalog.jobs.files())
        if forgotten or removed:
            log.info("old jobs forgotten", records=forgotten, files=removed)

    def _take_turn(self, one: OpenJob) -> bool:
        """Carry a job on for a while; return whether it goes on after that."""
        until = time.monotonic() + self._limits.turn_seconds
        try:
            for _ in one.steps:
                if time.monotonic() >= until:
                    return True
        except (LeaseLost, UnknownFeed) as error:
            log.info("job given up", job=one.run.job.id, reason=str(error))
            return False
        log.info("job left", job=one.run.job.id, store=one.run.job.store, state=one.run.job.state.value)
        self._told()
        return False


def drain(jobs: FeedJobs) -> None:
    """Run until nothing is left to do now."""
    while jobs.run_once():
        continue
