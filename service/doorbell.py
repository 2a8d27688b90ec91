"""The doorbell: tells workers that photos wait. It may fail or ring in vain; the work itself stands in the catalog."""

from __future__ import annotations

from typing import Protocol

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

INGEST_TASK = "vitrine.ingest"
INGEST_QUEUE = "ingest"
log = structlog.get_logger(__name__)


class Doorbell(Protocol):
    """Something that wakes workers."""

    def ring(self) -> None:
        """Say that there is work; never raises, never waits long."""
        ...


class NoDoorbell:
    """For the embedded worker, which looks into the catalog by itself."""

    def ring(self) -> None:
        """Do nothing: the worker looks by itself."""


class CeleryDoorbell:
    """Sends Celery's workers a task that says "look into the catalog"."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def ring(self) -> None:
        """Send the task; where the queue cannot be reached, the sweep finds the work later."""
        try:
            self._app.send_task(INGEST_TASK, queue=INGEST_QUEUE, retry=False, ignore_result=True)
        except OperationalError as error:
            log.warning("queue out of reach; the sweep will find the work", reason=str(error))


def celery_app(queue_url: str) -> Celery:
    """Return a Celery application on this queue, with time-outs short enough for a request."""
    app = Celery("vitrine", broker=queue_url)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_connect_timeout": 1.0, "socket_timeout": 5.0},
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        task_default_queue=INGEST_QUEUE,
    )
    return app
