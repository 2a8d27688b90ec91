"""The order of an answer: likeness, then what the products say they are; pages neither repeat nor leave out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog import StoredImage
from detector import Photo
from pipeline.answers import Query
from pipeline.photo import decode, image_id
from service.build import Service
from tests.api.shops import BLUE, RED, build_light, picture, settings_in

PRODUCTS = 130


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    service = build_light(settings_in(tmp_path))
    service.catalog.stores.create("shop", "Shop")
    service.start()
    yield service
    service.close()


def put(service: Service, sku: str, title: str, *colours: tuple[int, int, int]) -> None:
    data = picture(*colours, size=(60, 60))
    image = StoredImage(image_id(data), "image/png", 60, 60, len(data))
    service.catalog.images.store("shop", data, image)
    service.sync.put("shop", sku, {"title": title, "image_link": f"image:{image.image_id}"})


def settle(service: Service) -> None:
    while service.ingest.run_once():
        pass
    assert service.follower.wait_for(service.catalog.changes.head(), 20.0)


def wide(left: tuple[int, int, int], right: tuple[int, int, int]) -> Photo:
    """A photo that the light detector takes for a shirt on the left and pants on the right."""
    return decode(picture(left, right, size=(120, 60))).pixels


def test_another_kind_of_garment_stands_back_behind_its_like(shop: Service) -> None:
    put(shop, "blue-jacket", "Jacket", *[BLUE] * 9, RED)
    put(shop, "blue-red-pants", "Pants", BLUE, BLUE, RED)
    settle(shop)
    shirt, pants = shop.search.by_photo("shop", wide(RED, BLUE), Query(limit=5)).regions
    assert (shirt.region.category, pants.region.category) == ("shirt", "pants")
    assert [hit.product.sku for hit in pants.hits] == ["blue-red-pants", "blue-jacket"]
    box = Query(region=(0.5, 0.0, 1.0, 1.0), limit=5)
    alike = shop.search.by_photo("shop", wide(RED, BLUE), box).primary
    assert [hit.product.sku for hit in alike.hits] == ["blue-jacket", "blue-red-pants"], "no kind was asked for"


def test_pages_together_are_the_whole_answer_each_product_once(shop: Service) -> None:
    chance = np.random.default_rng(0)
    for number in range(PRODUCTS):
        red, green, blue = (int(level) for level in chance.integers(0, 256, 3))
        put(shop, f"P{number}", ("Jacket", "Pants", "Thing")[number % 3], BLUE, (red, green, blue))
    settle(shop)
    photo = wide(RED, BLUE)
    every = shop.search.by_photo("shop", photo, Query(limit=100, min_score=-1)).regions[1]
    whole = [hit.product.sku for hit in every.hits]
    first = shop.search.by_photo("shop", photo, Query(limit=7, min_score=-1)).regions[1]
    paged, cursor = [hit.product.sku for hit in first.hits], first.cursor
    while cursor:
        page = shop.search.by_photo("shop", photo, Query(limit=7, min_score=-1, cursor=cursor)).primary
        paged += [hit.product.sku for hit in page.hits]
        cursor = page.cursor
    assert paged[: len(whole)] == whole
    assert len(paged) == len(set(paged)) == PRODUCTS
