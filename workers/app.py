"""Celery's application: ``celery --app workers.app worker --beat``. Needs VITRINE_QUEUE_URL."""

from __future__ import annotations

from service.doorbell import INGEST_TASK, celery_app
from service.settings import Settings
from workers.parts import ingest_of_this_process

SWEEP_SECONDS = 10.0
PHOTOS_PER_TASK = 64

settings = Settings()
app = celery_app(settings.queue_url or "memory://")
app.conf.beat_schedule = {"sweep": {"task": INGEST_TASK, "schedule": SWEEP_SECONDS}}


@app.task(name=INGEST_TASK)
def ingest() -> int:
    """Handle waiting photos; ring again if there may be more."""
    handled = ingest_of_this_process().run_once(PHOTOS_PER_TASK)
    if handled:
        ingest.delay()
    return handled
