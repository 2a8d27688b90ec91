"""What workers do: each kind of work with the call that does a piece of it. Celery's tasks and the embedded worker
run the same duties; the work itself stands in the catalog.

Parts are made at a duty's first call: models must not be loaded before Celery forks.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from functools import cache

from catalog import Catalog
from pipeline.feed_jobs import FeedJobs
from pipeline.ingest import Ingest
from pipeline.webhooks import WebhookSender
from service.build import make_describer, make_feed_jobs, make_ingest, make_webhook_sender, open_catalog, space_of
from service.doorbell import Work
from service.settings import Settings

PHOTOS_AT_ONCE = 16
FEEDS_SECONDS = 60.0  # so that a worker that is told to stop soon can, and what else is in the queue has its turn

RunOnce = Callable[[], int]


@cache
def catalog_of_this_process() -> Catalog:
    """Return this process's catalog, which its duties share."""
    return open_catalog(Settings())


@cache
def ingest_of_this_process() -> Ingest:
    """Return this process's ingest, loading models at the first call.

    Photos that another model described, and this one has not, wait for work from here on.
    """
    settings = Settings()
    catalog, describer = catalog_of_this_process(), make_describer(settings)
    catalog.images.describe_again(describer.space.id)
    return make_ingest(settings, catalog, describer)


def images() -> int:
    """Fetch and describe some waiting photos; return how many were handled."""
    return ingest_of_this_process().run_once(PHOTOS_AT_ONCE)


@cache
def feed_jobs_of_this_process() -> FeedJobs:
    """Return this process's runner of feed jobs. No model is loaded for it."""
    settings = Settings()
    jobs = make_feed_jobs(settings, catalog_of_this_process(), space_of(settings))
    atexit.register(jobs.give_back)
    return jobs


@cache
def webhook_sender_of_this_process() -> WebhookSender:
    """Return this process's sender of webhooks."""
    settings = Settings()
    return make_webhook_sender(settings, catalog_of_this_process())


def feeds() -> int:
    """Carry on the jobs of feeds for a turn; return how many are in hand."""
    return feed_jobs_of_this_process().run_once()


def feeds_for_a_while() -> int:
    """Carry on the jobs of feeds for a minute; return how many were given back unfinished, for whoever comes next."""
    return feed_jobs_of_this_process().run_for(FEEDS_SECONDS)


def webhooks() -> int:
    """Tell stores what happened; return how many deliveries were made."""
    return webhook_sender_of_this_process().run_once()


DUTIES: Mapping[Work, RunOnce] = {Work.IMAGES: images, Work.FEEDS: feeds, Work.WEBHOOKS: webhooks}
