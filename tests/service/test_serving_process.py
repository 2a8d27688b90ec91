"""``vitrine serve`` as a process: it answers, it replaces a dead worker, it stops when told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LIMIT_SECONDS = 120.0


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--port", str(port)],
        env=os.environ | {"VITRINE_DATA_DIR": str(tmp_path)},
    )
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def until(condition: Callable[[], bool], told: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, told
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def command_line(pid: int) -> bytes:
    """The command line of a process; empty where it has ended, whether its status was read or not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def workers_of(process: subprocess.Popen[bytes]) -> set[int]:
    """The embedded workers that this server has started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {pid for pid in map(int, children) if b"workers.embedded" in command_line(pid)}


def test_server_answers_replaces_a_killed_worker_and_stops(serving: tuple[subprocess.Popen[bytes], str]) -> None:
    process, address = serving
    until(lambda: answers(f"{address}/readyz"), "the server never became ready")
    assert answers(f"{address}/") and answers(f"{address}/docs") and answers(f"{address}/metrics")
    before = workers_of(process)
    assert len(before) == 1
    os.kill(next(iter(before)), signal.SIGKILL)
    until(lambda: bool(workers_of(process) - before), "the worker was not replaced")
    process.terminate()
    assert process.wait(60) == 0


def test_killed_server_leaves_no_process_behind() -> None:
    command = [sys.executable, "-c", "import time; print('lives', flush=True); time.sleep(600)"]
    supervising = f"from service.commands.serve import supervise; supervise([{command!r}])"
    process = subprocess.Popen([sys.executable, "-c", supervising], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"lives\n"
    [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    process.wait()
    until(lambda: not command_line(int(child)), "the process outlived the one that started it")


def test_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "service.cli", "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
