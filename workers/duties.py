"""What workers do: each kind of work with the call that does a piece of it. Celery's tasks and the embedded worker
run the same duties; the work itself stands in the catalog.

Parts are made at a duty's first call: models must not be loaded before Celery forks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from pipeline.ingest import Ingest
from service.build import make_describer, make_ingest, open_catalog
from service.doorbell import Work
from service.settings import Settings

PHOTOS_AT_ONCE = 16

RunOnce = Callable[[], int]


@cache
def ingest_of_this_process() -> Ingest:
    """Return this process's ingest, loading models at the first call.

    Photos that another model described, and this one has not, wait for work from here on.
    """
    settings = Settings()
    catalog, describer = open_catalog(settings), make_describer(settings)
    catalog.images.describe_again(describer.space.id)
    return make_ingest(settings, catalog, describer)


def images() -> int:
    """Fetch and describe some waiting photos; return how many were handled."""
    return ingest_of_this_process().run_once(PHOTOS_AT_ONCE)


DUTIES: Mapping[Work, RunOnce] = {Work.IMAGES: images}
