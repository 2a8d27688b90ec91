"""Looks after photos that are there: asks their hosts whether they have changed, and forgets what nobody lists.

A host that says "not modified" costs no model. Where a photo has changed, the products that list it wait for the new
one as for any other, and show the old one until then. What cannot be checked stays as it is and is asked for later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from catalog import Catalog, LinkToCheck
from pipeline.describe import MAX_SIDE
from pipeline.fetch import Fetched, Fetcher, FetchError
from pipeline.photo import PhotoError, PhotoLimits, decode, image_id

LOOK_SECONDS = 60.0  # between looks that found nothing to do
LEASE_SECONDS = 120.0
LINKS = 32
THREADS = 8
FORGOTTEN = 200
PAUSE_SECONDS = 3600.0
LONG_PAUSE_SECONDS = 86_400.0  # where the same address will fail again until somebody changes something
log = structlog.get_logger(__name__)


class Upkeep:
    """Looks after photos. Links are checked at the age of `recheck_after_seconds`, never if that is 0; photos stay for
    `keep_unlisted_seconds` after nothing lists them. `clock` gives monotonic seconds."""

    def __init__(
        self,
        catalog: Catalog,
        fetcher: Fetcher,
        limits: PhotoLimits,
        *,
        recheck_after_seconds: float,
        keep_unlisted_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._fetcher = fetcher
        self._limits = limits
        self._recheck_after_seconds = recheck_after_seconds
        self._keep_unlisted_seconds = keep_unlisted_seconds
        self._clock = clock
        self._next_look = clock()

    def run_once(self) -> int:
        """Look after some links and photos; return how many. After a look that found none, zero for a minute."""
        if self._clock() < self._next_look:
            return 0
        looked_at = self.recheck() + self._catalog.images.forget(self._keep_unlisted_seconds, FORGOTTEN)
        if not looked_at:
            self._next_look = self._clock() + LOOK_SECONDS
        return looked_at

    def recheck(self) -> int:
        """Ask for some photos that have not been asked for in a long time; return how many."""
        if not self._recheck_after_seconds:
            return 0
        links = self._catalog.rechecks.claim(LINKS, self._recheck_after_seconds, LEASE_SECONDS)
        if not links:
            return 0
        with ThreadPoolExecutor(THREADS, thread_name_prefix="recheck") as pool:
            changed = [link for link in pool.map(self._changed, links) if link is not None]
        for store in dict.fromkeys(link.store for link in changed):
            waiting = self._catalog.rechecks.changed(store, [link for link in changed if link.store == store])
            log.info("photos have changed at their hosts", store=store, waiting=waiting)
        return len(links)

    def _changed(self, link: LinkToCheck) -> LinkToCheck | None:
        """Return the link if it gives another photo now. If not, that is noted; if nobody knows, it is due later."""
        try:
            fetched = self._fetched(link)
            if fetched is not None and image_id(fetched.data) != link.image_id:
                decode(fetched.data, self._limits, max_side=MAX_SIDE)
                return link
        except (FetchError, PhotoError) as error:
            self._catalog.rechecks.later(link, self._recheck_after_seconds, _pause_seconds(error))
            log.info("photo could not be checked", store=link.store, reason=str(error))
            return None
        self._catalog.rechecks.unchanged(link, fetched.validators if fetched else link.validators)
        return None

    def _fetched(self, link: LinkToCheck) -> Fetched | None:
        allowed = self._catalog.allowed_hosts.of(link.store)
        return self._fetcher.fetch_if_changed(link.url, link.validators, allowed)


def _pause_seconds(error: FetchError | PhotoError) -> float:
    if isinstance(error, PhotoError) or error.permanent:
        return LONG_PAUSE_SECONDS
    return max(PAUSE_SECONDS, error.retry_after_seconds or 0.0)
