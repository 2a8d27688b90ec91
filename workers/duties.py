"""What workers do: each kind of work with the call that does a piece of it. Celery's tasks and the embedded worker
run the same duties; the work itself stands in the catalog.

Parts are made at a duty's first call: models must not be loaded before Celery forks, and a process that runs feeds
alone never loads them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from catalog import Catalog
from pipeline.describers import Describers
from pipeline.feed_jobs import FeedJobs
from pipeline.fetch import Fetcher
from pipeline.filling import Filler
from pipeline.upkeep import Upkeep
from pipeline.webhooks import WebhookSender
from service.build import (
    make_feed_jobs,
    make_fetcher,
    make_filler,
    make_ingest,
    make_upkeep,
    make_webhook_sender,
    open_catalog,
)
from service.doorbell import Work
from service.models import active_space, describer_of, open_space
from service.settings import Settings
from workers.ingesting import Ingesting

PHOTOS_AT_ONCE = 16
NICENESS = 10  # of worker processes: searches go first. No more, for they hold locks that the API may wait for
FEEDS_SECONDS = 60.0  # so that a worker that is told to stop soon can, and what else is in the queue has its turn
FILLING_SECONDS = 60.0  # for the same reasons
_ONE_MAKES_THEM = threading.Lock()

RunOnce = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the duties of a process share. One fetcher, so that all of them together are polite to a host.

    `describers` are the models of the active space, and of the one that is filled beside it.
    """

    settings: Settings
    catalog: Catalog
    fetcher: Fetcher
    describers: Describers


def parts_of_this_process() -> Parts:
    """Return this process's parts, made at the first call, whichever duty's thread that is."""
    with _ONE_MAKES_THEM:
        return _parts()


@cache
def _parts() -> Parts:
    settings = Settings()
    return Parts(settings, open_catalog(settings), make_fetcher(settings), Describers(partial(describer_of, settings)))


@cache
def ingesting_of_this_process() -> Ingesting:
    """Return this process's ingest, loading models when it first runs."""
    parts = parts_of_this_process()
    make = partial(make_ingest, parts.settings, parts.catalog, fetcher=parts.fetcher)
    return Ingesting(parts.catalog, parts.describers, partial(open_space, parts.settings, parts.catalog), make)


@cache
def filler_of_this_process() -> Filler:
    """Return this process's filler of spaces, loading models when there is something to fill."""
    parts = parts_of_this_process()
    return make_filler(parts.settings, parts.catalog, parts.describers)


@cache
def upkeep_of_this_process() -> Upkeep:
    """Return this process's upkeep."""
    parts = parts_of_this_process()
    return make_upkeep(parts.settings, parts.catalog, parts.fetcher)


@cache
def feed_jobs_of_this_process() -> FeedJobs:
    """Return this process's runner of feed jobs."""
    parts = parts_of_this_process()
    return make_feed_jobs(parts.settings, parts.catalog, partial(active_space, parts.settings, parts.catalog))


@cache
def webhook_sender_of_this_process() -> WebhookSender:
    """Return this process's sender of webhooks."""
    parts = parts_of_this_process()
    return make_webhook_sender(parts.settings, parts.catalog)


def images() -> int:
    """Fetch and describe some waiting photos; return how many were handled."""
    return ingesting_of_this_process().run_once(PHOTOS_AT_ONCE)


def upkeep() -> int:
    """Ask some hosts whether their photos have changed, and forget some photos; return how many were looked at."""
    return upkeep_of_this_process().run_once()


def feeds() -> int:
    """Carry on the jobs of feeds for a turn; return how many are in hand."""
    return feed_jobs_of_this_process().run_once()


def feeds_for_a_while() -> int:
    """Carry on the jobs of feeds for a minute; return how many were given back unfinished, for whoever comes next."""
    return feed_jobs_of_this_process().run_for(FEEDS_SECONDS)


def webhooks() -> int:
    """Tell stores what happened; return how many deliveries were made."""
    return webhook_sender_of_this_process().run_once()


def spaces() -> int:
    """Fill the space beside the active one a step further; return how much was done."""
    return filler_of_this_process().run_once()


def spaces_for_a_while() -> int:
    """Fill the space beside the active one for a minute; return what is in hand then, for whoever comes next."""
    return filler_of_this_process().run_for(FILLING_SECONDS)


def close() -> None:
    """Finish or give back what is in hand, of the parts that were made."""
    if ingesting_of_this_process.cache_info().currsize:
        ingesting_of_this_process().close()
    if filler_of_this_process.cache_info().currsize:
        filler_of_this_process().close()
    if feed_jobs_of_this_process.cache_info().currsize:
        feed_jobs_of_this_process().give_back()


DUTIES: Mapping[Work, RunOnce] = {
    Work.IMAGES: images,
    Work.FEEDS: feeds,
    Work.WEBHOOKS: webhooks,
    Work.UPKEEP: upkeep,
    Work.SPACES: spaces,
}
