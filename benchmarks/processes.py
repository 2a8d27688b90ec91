"""Real processes for benchmarks: started from command lines, watched, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.report import ROOT

READY_SECONDS = 180.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.05


class NotInTime(Exception):
    """Something that was waited for did not happen within its limit."""


class Process:
    """A command line that runs in a session of its own, so that it can be killed with all it has started."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = list(command)
        self._environment = os.environ | dict(environment) | {"PYTHONPATH": str(ROOT)}
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the process that was started last, 0 if none was."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the command, its lines added to the log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def is_alive(self) -> bool:
        """Whether the process that was started itself still runs."""
        return self._process is not None and self._process.poll() is None

    def kill_all(self) -> None:
        """Kill the process and everything of its session, without any warning."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> int:
        """Ask the process to end and wait; what is left after the limit is killed. Return its exit status."""
        if self._process is None:
            return 0
        if self.is_alive():
            self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            self.kill_all()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def end_in_order() -> None:
    """Have SIGTERM end this process as an interrupt does, so that what it has started is stopped."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def python(*arguments: str) -> list[str]:
    """Return the command line of a Python module, in the interpreter of this process: ``python("-m", "celery")``."""
    return [sys.executable, *arguments]


def children(pid: int) -> list[int]:
    """Return the ids of a process's children; none of one that is gone."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    """Kill one process, without any warning; nothing happens if it is gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Return as soon as the condition holds. Raises NotInTime, naming what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTime(f"{what}: not within {seconds:g} s")
        time.sleep(LOOK_SECONDS)


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
