"""What nothing lists is kept for a time, so that listing it again is free, and then removed; never too early."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select

from catalog import Catalog, ImageStatus, ReadyPhoto, UnknownImage, tables
from tests.catalog.wares import (
    NEXT_SPACE,
    SPACE,
    HeldClock,
    Photo,
    describe_waiting,
    described,
    photo_at,
    put,
    statuses,
    upload,
)

pytest_plugins = ("tests.catalog.both_databases",)

A, B = "https://img.example/a.jpg", "https://img.example/b.jpg"
READY, PENDING = ImageStatus.READY, ImageStatus.PENDING
KEEP = 100.0


def forget(catalog: Catalog) -> None:
    while catalog.images.forget(KEEP, 3):
        pass


def make_waiting_ready(catalog: Catalog) -> None:
    for task in catalog.images.claim(100, 60.0):
        one = photo_at(task.link)
        catalog.images.ready(task.store, [ReadyPhoto((task,), one.image, one.data, described(one))])


def is_kept(catalog: Catalog, one: Photo) -> bool:
    return catalog.images.get(one.id) is not None


def rows(url: str) -> dict[str, int]:
    """The rows of all tables that speak of images."""
    engine = create_engine(make_url(url.replace("postgresql:", "postgresql+psycopg:")))
    with engine.connect() as connection:
        found = {
            name: connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
            for name in ("images", "store_images", "links", "descriptions", "unlisted")
        }
    engine.dispose()
    return found


def test_deleted_product_can_be_listed_again_for_nothing_until_its_time_is_over(
    catalog: Catalog, clock: HeldClock, catalog_url: str, tmp_path: Path
) -> None:
    put(catalog, "a", image_link=A)
    describe_waiting(catalog)
    catalog.images.store("shop", photo_at(A).data, photo_at(A).image)
    catalog.products.delete("shop", ["a"])
    clock.advance(KEEP - 1)
    forget(catalog)
    put(catalog, "a", image_link=A)
    assert statuses(catalog, "a") == [READY]
    catalog.products.delete("shop", ["a"])
    clock.advance(KEEP + 1)
    forget(catalog)
    assert set(rows(catalog_url).values()) == {0}
    assert [path for path in (tmp_path / "images").rglob("*") if path.is_file()] == []
    with pytest.raises(UnknownImage):
        catalog.images.read(photo_at(A).id)
    put(catalog, "a", image_link=A)
    assert statuses(catalog, "a") == [PENDING]


def test_replaced_photo_is_forgotten_and_the_others_stay(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    describe_waiting(catalog)
    put(catalog, "a", image_link=B)
    clock.advance(KEEP + 1)
    forget(catalog)
    assert not is_kept(catalog, photo_at(A))
    assert is_kept(catalog, photo_at(B))
    assert statuses(catalog, "a") == [READY]


def test_photo_that_another_product_or_store_lists_stays(catalog: Catalog, clock: HeldClock, catalog_url: str) -> None:
    for sku, store in (("a", "shop"), ("b", "shop"), ("c", "other")):
        put(catalog, sku, store=store, image_link=A)
    describe_waiting(catalog)
    catalog.products.delete("shop", ["a"])
    clock.advance(KEEP + 1)
    forget(catalog)
    assert statuses(catalog, "b") == [READY]
    assert rows(catalog_url)["unlisted"] == 0
    catalog.products.delete("shop", ["b"])
    clock.advance(KEEP + 1)
    forget(catalog)
    assert not catalog.images.belongs("shop", photo_at(A).id)
    assert catalog.images.descriptions([photo_at(A).id], SPACE)
    assert rows(catalog_url)["images"] == 1
    catalog.products.delete("other", ["c"])
    clock.advance(KEEP + 1)
    forget(catalog)
    assert set(rows(catalog_url).values()) == {0}


def test_upload_that_is_never_listed_is_forgotten_and_one_that_waits_is_not(catalog: Catalog, clock: HeldClock) -> None:
    never, waits = upload(catalog, "never"), upload(catalog, "waits")
    put(catalog, "a", image_link=waits.link)
    clock.advance(KEEP + 1)
    forget(catalog)
    assert not is_kept(catalog, never)
    describe_waiting(catalog)
    assert statuses(catalog, "a") == [READY]


def test_upload_repeated_late_is_kept_from_then_on(catalog: Catalog, clock: HeldClock) -> None:
    one = upload(catalog, "p")
    clock.advance(KEEP - 1)
    upload(catalog, "p")
    clock.advance(2)
    forget(catalog)
    put(catalog, "a", image_link=one.link)
    describe_waiting(catalog)
    assert statuses(catalog, "a") == [READY]


def test_photo_that_waits_for_a_new_model_is_not_forgotten(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    put(catalog, "b", image_link=A)
    describe_waiting(catalog)
    catalog.images.describe_again(NEXT_SPACE)
    catalog.products.delete("shop", ["b"])
    clock.advance(KEEP + 1)
    forget(catalog)
    describe_waiting(catalog, NEXT_SPACE)
    assert len(catalog.products.listings([("shop", "a")], NEXT_SPACE)[("shop", "a")].descriptions) == 1


def test_description_that_came_too_late_for_its_product_is_forgotten(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A)
    [task] = catalog.images.claim(1, 60.0)
    catalog.products.delete("shop", ["a"])
    catalog.images.describe_ready(task, photo_at(A).image, described(photo_at(A)))
    clock.advance(KEEP + 1)
    forget(catalog)
    assert not is_kept(catalog, photo_at(A))


def test_nothing_that_is_listed_is_lost_while_all_goes_on_at_once(catalog: Catalog, clock: HeldClock) -> None:
    """Puts that list photos again, in two stores, race with forgetting that finds them due."""
    links = [f"{A}?{number}" for number in range(6)]
    stores = ("shop", "other")

    def list_and_delete(store: str) -> None:
        for round_ in range(12):
            for sku, link in enumerate(links):
                put(catalog, str(sku), store=store, image_link=link)
            make_waiting_ready(catalog)
            if round_ < 11:
                catalog.products.delete(store, [str(sku) for sku in range(len(links))])

    def forget_at_once(_: int) -> None:
        for _ in range(60):
            catalog.images.forget(0.0, 4)

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(list_and_delete, store) for store in stores]
        forgetting = [pool.submit(forget_at_once, number) for number in range(2)]
        for one in writing + forgetting:
            one.result()
    clock.advance(61.0)
    make_waiting_ready(catalog)
    forget(catalog)
    for store in stores:
        for sku, link in enumerate(links):
            assert statuses(catalog, str(sku), store=store) == [READY]
            assert catalog.images.belongs(store, photo_at(link).id)
            assert catalog.images.read(photo_at(link).id) == photo_at(link).data
            assert catalog.images.described([photo_at(link).id], SPACE)
