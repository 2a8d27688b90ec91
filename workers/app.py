"""Celery's application: ``celery --app workers.app worker --queues images,upkeep,spaces``, and another one for
``feeds,webhooks``. Needs VITRINE_QUEUE_URL.

Every task says "look into the catalog", and rings again as long as something was found. The schedule rings for every
kind of work, so that work whose message was lost is found.
"""

from __future__ import annotations

from celery.signals import worker_process_init, worker_process_shutdown

from runtime.collector import look_seldom
from runtime.threads import stand_back
from service.doorbell import Work, celery_app
from service.settings import Settings
from workers import duties
from workers.duties import DUTIES, NICENESS, feeds_for_a_while, spaces_for_a_while

SWEEP_SECONDS = 10.0

settings = Settings()
app = celery_app(settings.queue_url or "memory://")
app.conf.beat_schedule = {
    f"sweep {work}": {"task": work.task, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}}
    for work in Work
}


@app.task(name=Work.IMAGES.task)
def images() -> None:
    """Handle waiting photos; ring again if there may be more."""
    if DUTIES[Work.IMAGES]():
        images.delay()


@app.task(name=Work.UPKEEP.task)
def upkeep() -> None:
    """Look after some photos that are there; ring again if there may be more."""
    if DUTIES[Work.UPKEEP]():
        upkeep.delay()


@app.task(name=Work.FEEDS.task)
def feeds() -> None:
    """Carry on the jobs of feeds; ring again if some are not finished."""
    if feeds_for_a_while():
        feeds.delay()


@app.task(name=Work.WEBHOOKS.task)
def webhooks() -> None:
    """Tell stores what happened; ring again if there may be more."""
    if DUTIES[Work.WEBHOOKS]():
        webhooks.delay()


@app.task(name=Work.SPACES.task)
def spaces() -> None:
    """Fill the space beside the active one; ring again if it is not filled."""
    if spaces_for_a_while():
        spaces.delay()


@worker_process_init.connect
def begin(**_: object) -> None:
    """Let what shoppers wait for go first."""
    stand_back(NICENESS)
    look_seldom()


@worker_process_shutdown.connect
def finish(**_: object) -> None:
    """Finish what is in hand."""
    duties.close()
