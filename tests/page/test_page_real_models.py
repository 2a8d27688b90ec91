"""The page over the shipped detector and embedder, with photos of real people."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from api.app import create_app
from catalog import Scope, StoredImage
from pipeline.photo import image_id
from service.build import Service, build
from service.settings import Settings
from tests.page.counter import Counter
from tests.page.server import Shop, served
from tests.page.street import encoded
from tests.page.visitor import Visitor

PEOPLE = {"left": (50, 390, 250, 910), "middle": (215, 400, 350, 870), "right": (665, 380, 810, 890)}  # in bus.jpg


@pytest.fixture(scope="module")
def bus() -> Image.Image:
    return Image.open(str(files("ultralytics") / "assets" / "bus.jpg"))


@pytest.fixture(scope="module")
def real_shop(tmp_path_factory: pytest.TempPathFactory, bus: Image.Image) -> Iterator[Shop]:
    """A shop that sells what the people at the bus wear."""
    service = build(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("real"), poll_seconds=0.01))
    service.start()
    service.catalog.stores.create("bus", "At the bus")
    for name, place in PEOPLE.items():
        _list(service, name, bus.crop(place))
    while service.ingest.run_once():
        pass
    assert service.follower.wait_for(service.catalog.changes.head(), 20.0)
    key, counter = service.catalog.keys.create("bus", "page", {Scope.SEARCH})[1], Counter(create_app(service))
    with served(counter) as address:
        yield Shop(address, key, counter)
    service.close()


def _list(service: Service, name: str, picture: Image.Image) -> None:
    data = encoded(picture, "JPEG", quality=95)
    image = StoredImage(image_id(data), "image/jpeg", picture.width, picture.height, len(data))
    service.catalog.images.store("bus", data, image)
    service.sync.put("bus", name, {"title": f"As worn on the {name}", "image_link": f"image:{image.image_id}"})


def test_what_a_real_person_wears_is_found(page: Page, real_shop: Shop, bus: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "person.jpg"
    path.write_bytes(encoded(bus.crop(PEOPLE["right"]).resize((290, 1020)), "JPEG", quality=80))
    page.goto(f"{real_shop.address}/#key={real_shop.key}")
    visitor = Visitor(page, real_shop.address, real_shop.counter)
    visitor.pick(path)
    expect(visitor.see("box")).to_be_visible()
    expect(visitor.see("hit")).to_have_count(3)
    assert visitor.skus()[0] == "right"
    visitor.see("box").focus()
    with visitor.asking() as asked:
        page.keyboard.press("Shift+ArrowUp")
    assert len(asked.options["region"]) == 4
    assert visitor.skus()[0] == "right"
