"""A worker process fills a space beside the active one: killed at any moment it goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog import Catalog, KeptSpace, ProductFields, SpaceState, StoredImage
from catalog.clock import utc_now
from pipeline.photo import image_id
from service.build import open_catalog
from service.models import model_of
from service.settings import Settings
from tests.api.shops import picture
from tests.service.two_spaces import COLOURS, GRID, NEXT

LIMIT_SECONDS = 120.0
COUNT = 160


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    """A catalog of photos that wait."""
    opened = open_catalog(settings)
    opened.stores.create("shop", "Shop")
    for number in range(COUNT):
        data = picture((number, 255 - number, 60), (90, number, number), size=(30, 40))
        image = StoredImage(image_id(data), "image/png", 30, 40, len(data))
        opened.images.store("shop", data, image)
        fields = ProductFields(title="A dress", image_link=f"image:{image.image_id}")
        opened.products.put("shop", [(f"p{number:03}", fields)], "no-space")
    yield opened
    opened.close()


@pytest.fixture
def start(settings: Settings) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; those that live at the end are killed."""
    started: list[subprocess.Popen[bytes]] = []

    def one() -> subprocess.Popen[bytes]:
        environment = os.environ | {"VITRINE_DATA_DIR": str(settings.data_dir), "VITRINE_MODEL_THREADS": "1"}
        started.append(subprocess.Popen([sys.executable, "-m", "tests.service.two_spaces"], env=environment))
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], told: str) -> None:
    ticking = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.005)):
        if condition():
            return
        ticking.wait(0.005)
    raise AssertionError(told)


def begin(catalog: Catalog, settings: Settings) -> KeptSpace:
    """Begin to fill the second space, once all photos are described in the first."""
    until(lambda: catalog.images.pending() == 0, "photos wait")
    return catalog.spaces.fill(GRID.id, model_of(settings.model_copy(update={"embedder_model": NEXT})))


def run_lease_out(settings: Settings) -> None:
    """Do what half a minute does: what the dead worker had in hand is to be had."""
    in_an_hour = Catalog.open(
        settings.catalog_url, settings.data_dir / "images", clock=lambda: utc_now() + timedelta(hours=1)
    )
    assert in_an_hour.space_work.claim(GRID.id, "nobody", 1.0)
    in_an_hour.space_work.release("nobody")
    in_an_hour.close()


def test_killed_while_filling_it_goes_on_where_it_was(
    catalog: Catalog, settings: Settings, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    worker = start()
    begin(catalog, settings)
    head = catalog.changes.head()
    killed_at = []
    for least in (16, 80):
        until(lambda least=least: catalog.spaces.get(GRID.id).photos >= least, "nothing was described")
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed_at.append(catalog.spaces.get(GRID.id).photos)
        run_lease_out(settings)
        worker = start()
    until(lambda: catalog.spaces.get(GRID.id).state is SpaceState.READY, "the space was never filled")
    filled = catalog.spaces.get(GRID.id)
    assert (filled.products, filled.photos, filled.failed) == (COUNT, COUNT, 0), "nothing is described twice"
    assert max(killed_at) < COUNT, "it was killed too late to prove anything"
    assert catalog.changes.head() == head
    worker.terminate()
    assert worker.wait(60) == 0


def test_told_to_stop_or_paused_it_leaves_the_space_to_the_next(
    catalog: Catalog, settings: Settings, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    worker = start()
    begin(catalog, settings)
    until(lambda: catalog.spaces.get(GRID.id).photos >= 8, "nothing was described")
    worker.terminate()
    assert worker.wait(60) == 0
    assert catalog.space_work.claim(GRID.id, "another", 60.0), "it was given back"
    catalog.space_work.release("another")
    catalog.spaces.pause(GRID.id)
    worker, before = start(), catalog.spaces.get(GRID.id).photos
    data = picture((1, 2, 3), size=(30, 40))
    image = StoredImage(image_id(data), "image/png", 30, 40, len(data))
    catalog.images.store("shop", data, image)
    fields = ProductFields(title="New", image_link=f"image:{image.image_id}")
    catalog.products.put("shop", [("new", fields)], COLOURS)
    until(lambda: catalog.images.pending() == 0, "the worker handled nothing")
    assert catalog.spaces.get(GRID.id).photos == before < COUNT
    catalog.spaces.resume(GRID.id)
    until(lambda: catalog.spaces.get(GRID.id).state is SpaceState.READY, "the space was never filled")
    assert catalog.images.described([image.image_id], GRID.id) == {image.image_id}
