"""A server process of its own: what clients see over the wire, and what a killed process leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from catalog import Catalog, Scope
from tests.api.shops import RED, picture

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


class Server:
    """gunicorn over one data folder, with a key that may do everything."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.http = urllib3.PoolManager(retries=False, maxsize=16)
        self.start()
        self.headers = {"Authorization": f"Bearer {self.new_key()}"}

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "tests.api.light_app:create()", "--bind", self.address,
                   "--worker-class", "gthread", "--threads", "8", "--log-level", "warning"]  # fmt: skip
        environment = os.environ | {"VITRINE_DATA_DIR": str(self.data), "VITRINE_MAX_UPLOAD_BYTES": "1000000"}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            assert time.monotonic() < deadline and self.process.poll() is None
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def new_key(self) -> str:
        catalog = Catalog.open(f"sqlite:///{self.data / 'catalog.db'}", self.data / "images")
        catalog.stores.create("shop", "Shop")
        secret = catalog.keys.create("shop", "all", {Scope.ADMIN})[1]
        catalog.close()
        return secret

    def ask(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        headers = getattr(self, "headers", {}) | options.pop("headers", {})
        return self.http.request(method, f"http://{self.address}{path}", headers=headers, timeout=30.0, **options)

    def kill(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)
        self.process.wait(30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("process"))
    yield made
    made.kill(signal.SIGTERM)


def test_an_acknowledged_write_survives_a_killed_process(server: Server) -> None:
    written = []
    for number in range(20):
        answer = server.ask("PUT", f"/v1/products/kept-{number}", json={"title": "Kept"})
        written.append((f"kept-{number}", answer.json()["seq"]))
    server.kill(signal.SIGKILL)
    server.start()
    for sku, seq in written:
        assert server.ask("GET", f"/v1/products/{sku}").json()["seq"] == seq


def test_many_ask_at_once(server: Server) -> None:
    photo = picture(RED)

    def search(_: int) -> int:
        return server.ask("POST", "/v1/search", fields={"photo": ("a.png", photo)}).status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(search, range(64))) == {200}


@pytest.mark.parametrize("path", ["/v1/images", "/v1/search", "/v1/products/a"])
def test_a_huge_body_is_answered_with_a_problem(server: Server, path: str) -> None:
    method = "PUT" if path.endswith("a") else "POST"
    kind = "application/json" if path != "/v1/images" else "image/jpeg"
    answer = server.ask(method, path, body=bytes(30_000_000), headers={"Content-Type": kind})
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert server.is_ready()


def test_a_connection_serves_on_after_a_refused_body(server: Server) -> None:
    for _ in range(3):
        answer = server.ask("POST", "/v1/search", body=bytes(200_000), headers={"Content-Type": "text/plain"})
        assert answer.status == 415
        assert server.ask("GET", "/healthz").status == 200
