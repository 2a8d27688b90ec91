"""A real `vitrine serve` for benchmarks, over a data folder, with the settings that a benchmark names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.processes import Process, free_port, python, wait_until
from benchmarks.rest import Client

QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}


class Vitrine(Process):
    """``vitrine serve`` on a port of its own."""

    def __init__(self, data: Path, settings: Mapping[str, str], *, name: str = "api", module: str = "service.cli"):
        self.port = free_port()
        environment = QUIET | {"VITRINE_DATA_DIR": str(data)} | dict(settings)
        command = python("-m", module, "serve", "--port", str(self.port))
        super().__init__(name, command, environment, data.parent / f"{name}.log")

    def wait_until_ready(self) -> None:
        """Return when searches can be answered. Raises NotInTime; the log says why."""
        probe = Client(self.port, timeout_seconds=5.0)
        wait_until(probe.is_ready, f"the server is ready (see {self.log})")
