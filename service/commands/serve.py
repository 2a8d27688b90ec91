"""``vitrine serve``: the API and, unless a queue is set, the embedded worker beside it."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

import click

from service.settings import Settings

STOP_SECONDS = 20.0
LOOK_SECONDS = 0.2
DEATHS = 3  # within LATELY_SECONDS, and no new start will help
LATELY_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


@click.command()
@click.option("--host", help="Address to listen on (VITRINE_HOST)")
@click.option("--port", type=int, help="Port to listen on (VITRINE_PORT)")
def serve(host: str | None, port: int | None) -> None:
    """Serve the API and the page until interrupted."""
    settings = Settings()
    host, port = host or settings.host, port or settings.port
    if not is_free(host, port):
        raise click.ClickException(f"something else listens on {host}:{port}; stop it, or choose another --port")
    address = address_of(host, port)
    commands = [gunicorn_command(settings, address)]
    if settings.queue_url is None:
        commands.append([sys.executable, "-m", "workers.embedded"])
    click.echo(f"Vitrine serves http://{address}  (documentation at /docs, stop with Ctrl-C)")
    sys.exit(supervise(commands))


def gunicorn_command(settings: Settings, address: str, application: str = "api.app:create_app()") -> list[str]:
    """Return the command of the API process: one process, because it holds the index, and many threads."""
    return [
        sys.executable, "-m", "gunicorn", application, "--bind", address, "--workers", "1",
        "--worker-class", "gthread", "--threads", str(settings.request_threads), "--timeout", "120",
        "--graceful-timeout", "15", "--log-level", "warning", "--worker-tmp-dir", "/dev/shm",
    ]  # fmt: skip


def address_of(host: str, port: int) -> str:
    """Return host and port as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_free(host: str, port: int) -> bool:
    """Whether nothing listens there yet."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def supervise(commands: Sequence[list[str]]) -> int:
    """Run the processes together until a signal comes; return 0, or the status of one that could not live.

    A process that dies is started again. One that dies again and again has a fault that a new start will not mend (a
    damaged weights file, a database out of reach): all are stopped.
    """
    running = [Running(command) for command in commands]
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: asked.append(got))
    status = 0
    while not asked and not status:
        time.sleep(LOOK_SECONDS)
        status = next((one.status for one in running if not one.lives()), 0)
    _stop([one.process for one in running])
    return 0 if asked else status


class Running:
    """A process that is started again when it dies, unless it died too often lately."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._deaths: list[float] = []
        self.process = _started(command)
        self.status = 0

    def lives(self) -> bool:
        """Whether it runs, or could be started again; if not, `status` is what it ended with."""
        ended = self.process.poll()
        if ended is None:
            return True
        now = time.monotonic()
        self._deaths = [death for death in self._deaths if now - death < LATELY_SECONDS] + [now]
        if len(self._deaths) >= DEATHS:
            self.status = ended or 1
            return False
        click.echo(f"{self._command[2]} ended with {ended}; starting it again", err=True)
        self.process = _started(self._command)
        return True


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one: a server that outlived it would keep the port from the next."""
    last = _end_with_parent if sys.platform == "linux" else None
    return subprocess.Popen(command, preexec_fn=last)  # noqa: PLW1509 - no other thread runs here


def _end_with_parent() -> None:
    """Have the kernel say SIGTERM to this process when its parent is gone, killed without warning too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


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
