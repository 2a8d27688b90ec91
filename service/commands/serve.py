"""``vitrine serve``: the API and, unless a queue is set, the embedded worker beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import click

from service.settings import Settings

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.2
SOON_SECONDS = 10.0


@click.command()
@click.option("--host", help="Address to listen on (VITRINE_HOST)")
@click.option("--port", type=int, help="Port to listen on (VITRINE_PORT)")
def serve(host: str | None, port: int | None) -> None:
    """Serve the API and the page until interrupted."""
    settings = Settings()
    address = f"{host or settings.host}:{port or settings.port}"
    commands = [gunicorn_command(settings, address)]
    if settings.queue_url is None:
        commands.append([sys.executable, "-m", "workers.embedded"])
    click.echo(f"Vitrine serves http://{address}  (documentation at /docs, stop with Ctrl-C)")
    sys.exit(supervise(commands))


def gunicorn_command(settings: Settings, address: str) -> list[str]:
    """Return the command of the API process: one process, because it holds the index, and many threads."""
    return [
        sys.executable, "-m", "gunicorn", "api.app:create_app()", "--bind", address, "--workers", "1",
        "--worker-class", "gthread", "--threads", str(settings.threads), "--timeout", "120",
        "--graceful-timeout", "15", "--log-level", "warning", "--worker-tmp-dir", "/dev/shm",
    ]  # fmt: skip


def supervise(commands: Sequence[list[str]]) -> int:
    """Run the processes together until a signal comes; return 0, or the status of one that could not live.

    A process that dies is started again. One that dies soon after its start has a fault that a new start will not
    mend (a port that is taken, a damaged weights file): all are stopped.
    """
    running = [Running.of(command) for command in commands]
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: asked.append(got))
    status = 0
    while not asked and not status:
        time.sleep(LOOK_SECONDS)
        for place, one in enumerate(running):
            ended = one.process.poll()
            if ended is not None and not asked:
                if time.monotonic() - one.since < SOON_SECONDS:
                    status = ended or 1
                    break
                click.echo(f"{one.command[2]} ended with {ended}; starting it again", err=True)
                running[place] = Running.of(one.command)
    _stop([one.process for one in running])
    return status


@dataclass(frozen=True, slots=True)
class Running:
    """A process, its command, and when it was started."""

    command: list[str]
    process: subprocess.Popen[bytes]
    since: float

    @classmethod
    def of(cls, command: list[str]) -> Running:
        """Start a command."""
        return cls(command, subprocess.Popen(command), time.monotonic())


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
