"""The processes on trial: PostgreSQL, Redis, two API processes on one catalog, and Celery's processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from benchmarks.light.models import SPACE
from benchmarks.processes import LOOK_SECONDS, Process, children, python
from benchmarks.report import ROOT
from benchmarks.servers import Postgres, Redis
from benchmarks.vitrine import Vitrine
from catalog import Catalog
from service.build import open_catalog
from service.settings import Settings

APPLICATION = "benchmarks.light.worker"
RESTART_SECONDS = 0.2  # between a death and the new start, as Docker's `restart: unless-stopped` has it


class Stage:
    """Starts everything, and starts again what dies, until the ``with`` block ends.

    Celery's command lines are those of docker-compose.yml; API and workers run light models.
    """

    space = SPACE

    def __init__(self, folder: Path, data: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._data = data
        self._settings = dict(settings)
        self._running = ExitStack()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_alive, name="keeper")
        self.restarts = 0

    def __enter__(self) -> Self:
        self.postgres = self._running.enter_context(Postgres())
        self.redis = self._running.enter_context(Redis(self._folder))
        self._settings |= {"VITRINE_DATABASE_URL": self.postgres.url, "VITRINE_QUEUE_URL": self.redis.url}
        self.catalog = self._running.enter_context(self._open_catalog())
        self.apis = [Vitrine(self._data, self._settings, name=name, module="benchmarks.light") for name in ("a", "b")]
        self.workers = [self._celery(name, command) for name, command in celery_commands().items()]
        for process in (*self.apis, *self.workers):
            self._running.enter_context(process)
        for api in self.apis:
            api.wait_until_ready()
        self._keeper.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        if self._keeper.ident is not None:
            self._keeper.join()
        self._running.close()

    def stop_apis(self) -> None:
        """Stop both API processes as an operator does; they stay down."""
        self._stopping.set()
        self._keeper.join()
        for api in self.apis:
            api.stop()

    def _open_catalog(self) -> Catalog:
        return open_catalog(Settings(_env_file=None, data_dir=self._data, database_url=self.postgres.url))

    def _celery(self, name: str, command: Sequence[str]) -> Process:
        """Return a process of docker-compose.yml, with a schedule file of its own."""
        given = [str(self._folder / Path(one).name) if one.startswith("/") else one for one in command]
        environment = self._settings | {"VITRINE_DATA_DIR": str(self._data)}
        return Process(name, python("-m", *given), environment, self._folder / f"{name}.log")

    def _keep_alive(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for process in (*self.apis, *self.workers):
                if not process.is_alive() and not self._stopping.is_set():
                    time.sleep(RESTART_SECONDS)
                    process.kill_all()
                    process.start()
                    self.restarts += 1


def celery_commands() -> dict[str, list[str]]:
    """Return the command lines of Celery in docker-compose.yml by service, over light models."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    commands = {name: service.get("command", ()) for name, service in services.items()}
    return {
        name: [APPLICATION if one == "workers.app" else one for one in command]
        for name, command in commands.items()
        if command and command[0] == "celery"
    }


def processes_of(api: Vitrine) -> dict[str, int]:
    """Return the ids of what makes up an API process; those that are not there now are absent."""
    found = {"supervisor": api.pid}
    for name in ("arbiter", "searcher"):
        below = children(list(found.values())[-1])
        if not below:
            return found
        found[name] = below[0]
    return found
