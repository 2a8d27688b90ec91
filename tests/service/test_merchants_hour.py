"""docs/merchants.md as a new merchant would follow it: its own commands, against a real server and its worker."""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.shops import BLUE, picture
from tests.pipeline.feed_shop import Answer, FeedHost, serving_feeds, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "merchants.md"
LIMIT_SECONDS = 120.0
COLUMNS = ("id", "title", "price", "availability", "image_link")


class Merchant:
    """A shell in which the document's blocks are run one after the other."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._kept = folder / "shell.sh"
        self._kept.write_text("")

    def run(self, block: str) -> str:
        """Run a block with what the blocks before have set; return what it prints."""
        script = f"source {self._kept}\n{block}\n{{ set; }} 2>/dev/null | grep -E '^(KEY|FEED|JOB|SECRET)=' > vars\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        functions = "".join(re.findall(r"^\w+\(\) \{.*\}\n", block + "\n", re.M))
        self._kept.write_text(self._functions(functions) + (self._folder / "vars").read_text())
        return done.stdout

    def _functions(self, new: str) -> str:
        held = "".join(re.findall(r"^\w+\(\) \{.*\}\n", self._kept.read_text(), re.M))
        return held + new


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)


@pytest.fixture
def host() -> Iterator[FeedHost]:
    with serving_feeds() as one:
        yield one


@pytest.fixture
def merchant(tmp_path: Path, host: FeedHost) -> Iterator[Merchant]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "vitrine").write_text(f'#!/bin/sh\nexec {sys.executable} -m service.cli "$@"\n')
    (commands / "vitrine").chmod(0o755)
    environment = os.environ | {
        "VITRINE_DATA_DIR": str(tmp_path / "data"),
        "VITRINE_ALLOWED_FEED_HOSTS": host.name,
        "VITRINE_ALLOWED_IMAGE_HOSTS": host.name,
        "PYTHONPATH": str(DOCUMENT.parents[1]),
        "PATH": f"{commands}:{os.environ['PATH']}",
        "V": f"http://127.0.0.1:{port}",
        "FEED_URL": host.url("/feed.csv"),
        "HOOK_URL": host.url("/hook"),
    }
    server = subprocess.Popen(["vitrine", "serve", "--port", str(port)], env=environment)
    until_ready(f"http://127.0.0.1:{port}/readyz")
    yield Merchant(tmp_path, environment)
    server.terminate()
    assert server.wait(60) == 0


def until_ready(address: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server never became ready")


def until_described(merchant: Merchant) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while "3 ready, 0 pending" not in merchant.run("vitrine index status"):
        assert time.monotonic() < deadline, "photos wait"


def shop_feed(host: FeedHost, count: int, broken: int = 0) -> bytes:
    """A feed of `count` products, three of them with a photo, of which the last `broken` are at fault."""
    photo = host.url("/photo.png")
    rows: list[list[object]] = [
        [f"S{number:04}", f"Linen shirt {number}", f"{10 + number % 40}.90", "in_stock", photo if number < 3 else ""]
        for number in range(count)
    ]
    for number, row in enumerate(rows[count - broken :]):
        place, value = [(2, "cheap"), (0, ""), (3, "perhaps")][number % 3]
        row[place] = value
    return table(rows, COLUMNS)


def shown(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return found


def test_a_merchants_first_hour_goes_as_written(merchant: Merchant, host: FeedHost, tmp_path: Path) -> None:
    host.answers["/photo.png"] = Answer(picture(BLUE, size=(120, 160)))
    host.answers["/hook"] = Answer()
    commands = iter(blocks("sh"))
    assert "FEED_URL=" in next(commands)  # filled in by the environment
    merchant.run(next(commands))
    merchant.run(next(commands))

    host.answers["/feed.csv"] = Answer(shop_feed(host, 1_000, broken=20))
    job = shown(merchant.run(next(commands)))
    assert (job["state"], job["counts"]["created"], job["counts"]["rejected"]) == ("done", 980, 20)

    errors = shown(merchant.run(next(commands)))
    assert errors["total"] == 20 and len(errors["errors"]) == 3
    assert {"line": 982, "sku": "S0980", "field": "price"}.items() <= errors["errors"][0].items()
    with (tmp_path / "errors.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 20

    until_described(merchant)  # a photo that is described while a feed runs counts its product as changed
    host.answers["/feed.csv"] = Answer(shop_feed(host, 1_000))
    job = shown(merchant.run(next(commands)))
    assert (job["counts"]["created"], job["counts"]["unchanged"], job["counts"]["rejected"]) == (20, 980, 0)
    feed = shown(merchant.run(next(commands)))
    assert feed["every_seconds"] == 3600 and feed["next_run_at"]

    job = shown(merchant.run(next(commands)))
    assert (job["mode"], job["counts"]["changed"]) == ("delta", 2)
    product = shown(merchant.run("api $V/v1/products/S0001"))
    assert (product["price"]["amount"], product["title"]) == ("19.90", "Linen shirt 1")

    merchant.run(next(commands))
    host.answers["/feed.csv"] = Answer(shop_feed(host, 600))
    job = shown(merchant.run(next(commands)))
    assert (job["state"], job["missing"], job["counts"]["deleted"]) == ("waiting_for_confirmation", 400, 0)
    assert shown(merchant.run("api $V/v1/stats"))["products"] == 1_000
    job = shown(merchant.run(next(commands)))
    assert (job["state"], job["counts"]["deleted"]) == ("done", 400)

    job = shown(merchant.run(next(commands)))
    assert job["counts"]["unchanged"] == 600
    deadline = time.monotonic() + LIMIT_SECONDS
    while not (hooks := [one for one in host.asked if one[1] == "/hook"]):
        assert time.monotonic() < deadline, "the webhook was never told"
        time.sleep(0.05)
    scope: dict[str, Any] = {}
    exec(blocks("python")[0], scope)
    message = scope["receive"](merchant.run('printf %s "$SECRET"'), hooks[0][2], hooks[0][3])
    assert (message["type"], message["data"]["id"]) == ("job.done", job["id"])
    deliveries = shown(merchant.run(next(commands)))["deliveries"]
    assert [one["payload"]["data"]["id"] for one in deliveries] == [job["id"]]
    assert next(commands, None) is None
