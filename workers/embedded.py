"""The embedded worker: ``python -m workers.embedded`` beside the API, no queue needed.

Runs the same ingest as Celery's workers and finds its work by looking into the catalog. Ends on SIGTERM or SIGINT after
the photos in hand, and when the process that started it is gone.
"""

from __future__ import annotations

import os
import signal
import threading

import structlog

from catalog import CatalogError
from service.settings import Settings
from telemetry.logs import configure
from workers.parts import ingest_of_this_process

PHOTOS_AT_ONCE = 16
PAUSE_AFTER_FAULT_SECONDS = 1.0
log = structlog.get_logger(__name__)


def run(settings: Settings, stopping: threading.Event) -> None:
    """Handle waiting photos until told to stop."""
    parent = os.getppid()
    ingest = ingest_of_this_process()
    log.info("embedded worker ready")
    while not stopping.is_set() and os.getppid() == parent:
        try:
            if not ingest.run_once(PHOTOS_AT_ONCE):
                stopping.wait(settings.poll_seconds)
        except CatalogError as error:
            log.error("worker could not go on, trying again", reason=str(error))
            stopping.wait(PAUSE_AFTER_FAULT_SECONDS)


def main() -> None:
    """Run until a signal says stop."""
    settings = Settings()
    configure(settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    run(settings, stopping)


if __name__ == "__main__":
    main()
