"""The parts of one worker process, made at its first task: models must not be loaded before Celery forks."""

from __future__ import annotations

from functools import cache

from pipeline.ingest import Ingest
from service.build import make_describer, make_ingest, open_catalog
from service.settings import Settings


@cache
def ingest_of_this_process() -> Ingest:
    """Return this process's ingest, loading models at the first call.

    Photos that another model described, and this one has not, wait for work from here on.
    """
    settings = Settings()
    catalog, describer = open_catalog(settings), make_describer(settings)
    catalog.images.describe_again(describer.space.id)
    return make_ingest(settings, catalog, describer)
