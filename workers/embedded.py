"""The embedded worker: ``python -m workers.embedded`` beside the API, no queue needed.

Runs the same duties as Celery's workers, each in a thread, and finds its work by looking into the catalog. Ends on
SIGTERM or SIGINT after what is in hand, and when the process that started it is gone.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from catalog import CatalogError
from runtime.collector import look_seldom
from runtime.threads import stand_back
from service.doorbell import Work
from service.settings import Settings
from telemetry import metrics
from telemetry.logs import configure
from workers import duties
from workers.duties import DUTIES, NICENESS, RunOnce

PAUSE_AFTER_FAULT_SECONDS = 1.0
LOOK_SECONDS = 0.2
log = structlog.get_logger(__name__)


def run(settings: Settings, stopping: threading.Event) -> None:
    """Do every duty until told to stop."""
    parent = os.getppid()
    with ThreadPoolExecutor(len(DUTIES)) as pool:
        at_work = [
            pool.submit(work_on, work, run_once, settings.poll_seconds, stopping) for work, run_once in DUTIES.items()
        ]
        log.info("embedded worker ready")
        while not stopping.wait(LOOK_SECONDS) and os.getppid() == parent and not any(one.done() for one in at_work):
            continue
        stopping.set()
        duties.close()
        for one in at_work:
            one.result()  # a fault nobody foresaw ends the process, which is started again
        duties.close()  # of what was only being made the first time


def work_on(work: Work, run_once: RunOnce, poll_seconds: float, stopping: threading.Event) -> None:
    """Do one duty until told to stop; look again after a pause when nothing waits."""
    while not stopping.is_set():
        try:
            if not run_once():
                stopping.wait(poll_seconds)
        except CatalogError as error:
            log.error("worker could not go on, trying again", work=work.value, reason=str(error))
            stopping.wait(PAUSE_AFTER_FAULT_SECONDS)


def main() -> None:
    """Run until a signal says stop."""
    stand_back(NICENESS)
    look_seldom()
    settings = Settings()
    configure(settings.log_format)
    if settings.worker_metrics_port:
        metrics.serve(settings.host, settings.worker_metrics_port)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    run(settings, stopping)


if __name__ == "__main__":
    main()
