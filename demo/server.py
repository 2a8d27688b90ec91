"""A real Vitrine beside the demo: the commands and processes a merchant would start, with a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

READY_SECONDS = 180.0
STOP_SECONDS = 30.0
SCOPES = {"search": ("search",), "admin": ("search", "write", "admin")}


class Server:
    """`vitrine` commands and `vitrine serve` on one data folder; stops with the ``with`` block."""

    def __init__(self, data: Path, port: int) -> None:
        self._data = data
        self._port = port or _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {"VITRINE_DATA_DIR": str(data), "VITRINE_LOG_FORMAT": "console"}

    @property
    def address(self) -> str:
        """Where the server listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """Where the server's lines go."""
        return self._data / "server.log"

    def run(self, *arguments: str) -> None:
        """Run one command and show what it prints. Raises CalledProcessError."""
        subprocess.run(_command(*arguments), env=self._environment, check=True)

    def keys(self) -> dict[str, str]:
        """Return a secret per scope: those of the last time, or new ones."""
        folder = self._data / "demo-keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {name: self._key(folder / name, scopes) for name, scopes in SCOPES.items()}

    def start(self) -> None:
        """Start the server and wait until it is ready. Raises RuntimeError if it is not in time."""
        with self.log.open("ab") as log:
            command = _command("serve", "--port", str(self._port))
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not become ready; 'vitrine doctor' tells what is wrong")
            time.sleep(0.2)

    def wait(self) -> int:
        """Wait until the server ends or is interrupted; return its exit status."""
        if self._process is None:
            raise RuntimeError("start the server first")
        try:
            return self._process.wait()
        except KeyboardInterrupt:
            return 0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _key(self, path: Path, scopes: tuple[str, ...]) -> str:
        if not path.exists():
            wanted = [part for scope in scopes for part in ("--scope", scope)]
            made = subprocess.run(
                _command("keys", "create", "--name", "demo", "--secret-only", *wanted),
                env=self._environment, check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            path.touch(mode=0o600)
            path.write_text(made.stdout.strip())
        return path.read_text()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *arguments]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
