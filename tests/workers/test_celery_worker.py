"""A real Celery worker on a real Redis: the doorbell wakes it, and work whose message was lost is found."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from catalog import Catalog, ImageStatus, StoredImage
from pipeline.photo import image_id
from service.build import open_catalog
from service.doorbell import CeleryDoorbell, Work, celery_app
from service.settings import Settings
from tests.api.shops import GREEN, RED, picture

LIMIT_SECONDS = 120.0


@pytest.fixture
def queue_url(tmp_path: Path) -> Iterator[str]:
    """A Redis server of the test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    client = redis.Redis(port=port)
    until(lambda: answers(client), "Redis did not start")
    yield f"redis://127.0.0.1:{port}/0"
    client.close()
    server.terminate()
    server.wait()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = open_catalog(Settings(_env_file=None, data_dir=tmp_path / "data"))
    catalog.stores.create("shop", "Shop")
    yield catalog
    catalog.close()


@pytest.fixture
def worker(tmp_path: Path, queue_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker for images of docker-compose.yml, with the beat inside."""
    command = ["--app", "workers.app", "worker", "--queues", "images,upkeep,spaces", "--concurrency", "1"]
    command += ["--beat", "--schedule", str(tmp_path / "beat")]
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", *command],
        env=os.environ | {"VITRINE_DATA_DIR": str(tmp_path / "data"), "VITRINE_QUEUE_URL": queue_url},
    )
    yield process
    process.terminate()
    assert process.wait(60) == 0, "the worker did not stop when told"


def until(condition: Callable[[], bool], told: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, told
        time.sleep(0.05)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def list_with_photo(catalog: Catalog, sku: str, colour: tuple[int, int, int]) -> None:
    from catalog import ProductFields

    data = picture(colour, size=(80, 100))
    image = StoredImage(image_id(data), "image/png", 80, 100, len(data))
    catalog.images.store("shop", data, image)
    fields = ProductFields(title=sku, image_link=f"image:{image.image_id}")
    catalog.products.put("shop", [(sku, fields)], "no-space")


def status(catalog: Catalog, sku: str) -> ImageStatus:
    return catalog.products.images("shop", sku)[0].status


def test_worker_describes_what_the_doorbell_and_the_sweep_tell_it(
    catalog: Catalog, queue_url: str, worker: subprocess.Popen[bytes]
) -> None:
    list_with_photo(catalog, "rung", RED)
    CeleryDoorbell(celery_app(queue_url)).ring(Work.IMAGES)
    until(lambda: status(catalog, "rung") is ImageStatus.READY, "the doorbell woke nobody")
    list_with_photo(catalog, "not-rung", GREEN)
    until(lambda: status(catalog, "not-rung") is ImageStatus.READY, "the sweep found nothing")
    assert worker.poll() is None


def test_doorbell_of_a_queue_that_is_out_of_reach_harms_nothing() -> None:
    CeleryDoorbell(celery_app("redis://127.0.0.1:1/0")).ring(Work.IMAGES)


def test_every_kind_of_work_is_a_duty_and_a_task() -> None:
    from workers.app import app
    from workers.duties import DUTIES

    assert set(DUTIES) == set(Work)
    assert {work.task for work in Work} <= set(app.tasks)
