"""The doorbell: tells workers that work waits. It may fail or ring in vain; the work itself stands in the catalog."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


class Work(StrEnum):
    """The kinds of work, each with a queue of its name, so that none waits behind another."""

    IMAGES = "images"
    UPKEEP = "upkeep"
    FEEDS = "feeds"
    WEBHOOKS = "webhooks"
    SPACES = "spaces"

    @property
    def task(self) -> str:
        """The name of its Celery task."""
        return f"vitrine.{self.value}"


class Doorbell(Protocol):
    """Something that wakes workers."""

    def ring(self, work: Work) -> None:
        """Say that there is work of this kind; never raises, never waits long."""
        ...


class NoDoorbell:
    """For the embedded worker, which looks into the catalog by itself."""

    def ring(self, work: Work) -> None:
        """Do nothing: the worker looks by itself."""


class CeleryDoorbell:
    """Sends Celery's workers a task that says "look into the catalog"."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def ring(self, work: Work) -> None:
        """Send the task; where the queue cannot be reached, the sweep finds the work later."""
        try:
            self._app.send_task(work.task, queue=work.value, retry=False, ignore_result=True)
        except OperationalError as error:
            log.warning("queue out of reach; the sweep will find the work", work=work.value, reason=str(error))


def celery_app(queue_url: str) -> Celery:
    """Return a Celery application on this queue, with time-outs short enough for a request."""
    app = Celery("vitrine", broker=queue_url)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_connect_timeout": 1.0, "socket_timeout": 5.0},
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        task_default_queue=Work.IMAGES.value,
        task_routes={work.task: {"queue": work.value} for work in Work},
    )
    return app
