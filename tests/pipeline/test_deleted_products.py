"""A deleted or sold-out product is in no answer once the write is acknowledged, whatever else goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.answers import Query
from service.build import Service
from tests.api.shops import build_light, picture, settings_in

PAIRS = 1_000
PRODUCTS = 200
WRITERS = 3
COLOURS = [(red, green, blue) for red in (30, 120, 220) for green in (30, 120, 220) for blue in (30, 120, 220)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    """A store of 200 products that share 27 photos, all searchable."""
    service = build_light(settings_in(tmp_path))
    service.catalog.stores.create("shop", "Shop")
    service.start()
    for number in range(PRODUCTS):
        service.sync.put("shop", f"P{number}", {"title": f"P{number}", "image_link": link(service, number)})
    while service.ingest.run_once():
        pass
    assert service.follower.wait_for(service.catalog.changes.head(), 20.0)
    yield service
    service.close()


def link(service: Service, number: int) -> str:
    from catalog import StoredImage
    from pipeline.photo import image_id

    data = picture(COLOURS[number % len(COLOURS)])
    image = StoredImage(image_id(data), "image/png", 60, 90, len(data))
    service.catalog.images.store("shop", data, image)
    return f"image:{image.image_id}"


def found(service: Service, image: str) -> set[str]:
    answer = service.search.by_image("shop", image.removeprefix("image:"), Query(limit=100))
    return {hit.product.sku for region in answer.regions for hit in region.hits}


def test_deleted_product_is_in_no_later_answer_while_others_write(shop: Service) -> None:
    stop, faults = threading.Event(), list[BaseException]()

    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            while not stop.is_set():
                number = chance.randrange(PRODUCTS // 2, PRODUCTS)
                if chance.random() < 0.5:
                    shop.sync.patch("shop", f"P{number}", {"price": f"{chance.randint(1, 99)}.00 EUR"})
                else:
                    body = {"title": f"again {chance.random()}", "image_link": links[number]}
                    shop.sync.put("shop", f"P{number}", body)
        except BaseException as error:
            faults.append(error)

    links = [link(shop, number) for number in range(PRODUCTS)]
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    ghosts = []
    try:
        for pair in range(PAIRS):
            number = pair % (PRODUCTS // 2)
            sku = f"P{number}"
            shop.sync.delete("shop", sku)
            if sku in found(shop, links[number]):
                ghosts.append(sku)
            shop.sync.put("shop", sku, {"title": sku, "image_link": links[number]})
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not faults
    assert not ghosts
    assert shop.follower.wait_for(shop.catalog.changes.head(), 20.0)
    assert {f"P{number}" for number in range(0, PRODUCTS, len(COLOURS))} <= found(shop, links[0]), "all came back"


def test_sold_out_product_is_in_no_later_answer(shop: Service) -> None:
    image = link(shop, 0)
    assert "P0" in found(shop, image)
    shop.sync.patch("shop", "P0", {"availability": "out_of_stock"})
    assert "P0" not in found(shop, image)
    shop.sync.patch("shop", "P0", {"availability": "in_stock"})
    assert shop.follower.wait_for(shop.catalog.changes.head(), 10.0)
    assert "P0" in found(shop, image)


def test_product_that_lost_a_photo_is_not_found_by_it(shop: Service) -> None:
    before, after = link(shop, 0), link(shop, 1)
    shop.sync.put("shop", "P0", {"title": "P0", "image_link": after})
    answer = shop.search.by_image("shop", before.removeprefix("image:"), Query(limit=100))
    shown = [hit.image_id for region in answer.regions for hit in region.hits if hit.product.sku == "P0"]
    assert before.removeprefix("image:") not in shown


def test_price_that_no_longer_passes_the_filter_is_dropped_before_the_index_knows(shop: Service) -> None:
    image = link(shop, 0).removeprefix("image:")
    shop.sync.patch("shop", "P0", {"price": "10.00 EUR"})
    assert shop.follower.wait_for(shop.catalog.changes.head(), 10.0)
    cheap = Query(limit=100, filters={"price": {"lte": 20}})
    assert [hit.product.sku for hit in shop.search.by_image("shop", image, cheap).primary.hits] == ["P0"]
    shop.sync.patch("shop", "P0", {"price": "30.00 EUR"})
    assert not shop.search.by_image("shop", image, cheap).primary.hits
