"""What workers do: each kind of work with the call that does a piece of it. Celery's tasks and the embedded worker
run the same duties; the work itself stands in the catalog.

Parts are made at a duty's first call: models must not be loaded before Celery forks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from catalog import Catalog
from pipeline.fetch import Fetcher
from pipeline.ingest import Ingest
from pipeline.upkeep import Upkeep
from service.build import make_describer, make_fetcher, make_ingest, make_upkeep, open_catalog
from service.doorbell import Work
from service.settings import Settings

PHOTOS_AT_ONCE = 16
_ONE_MAKES_THEM = threading.Lock()

RunOnce = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the duties of a process share. One fetcher, so that all of them together are polite to a host."""

    settings: Settings
    catalog: Catalog
    fetcher: Fetcher


def parts_of_this_process() -> Parts:
    """Return this process's parts, made at the first call, whichever duty's thread that is."""
    with _ONE_MAKES_THEM:
        return _parts()


@cache
def _parts() -> Parts:
    settings = Settings()
    return Parts(settings, open_catalog(settings), make_fetcher(settings))


@cache
def ingest_of_this_process() -> Ingest:
    """Return this process's ingest, loading models at the first call.

    Photos that another model described, and this one has not, wait for work from here on.
    """
    parts = parts_of_this_process()
    describer = make_describer(parts.settings)
    parts.catalog.images.describe_again(describer.space.id)
    return make_ingest(parts.settings, parts.catalog, describer, parts.fetcher)


@cache
def upkeep_of_this_process() -> Upkeep:
    """Return this process's upkeep."""
    parts = parts_of_this_process()
    return make_upkeep(parts.settings, parts.catalog, parts.fetcher)


def images() -> int:
    """Fetch and describe some waiting photos; return how many were handled."""
    return ingest_of_this_process().run_once(PHOTOS_AT_ONCE)


def upkeep() -> int:
    """Ask some hosts whether their photos have changed, and forget some photos; return how many were looked at."""
    return upkeep_of_this_process().run_once()


def close() -> None:
    """Finish what is in hand, of the parts that were made."""
    if ingest_of_this_process.cache_info().currsize:
        ingest_of_this_process().close()


DUTIES: Mapping[Work, RunOnce] = {Work.IMAGES: images, Work.UPKEEP: upkeep}
