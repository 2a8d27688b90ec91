"""Photos that are not tried any more are listed with why, and wait again when somebody says so."""

from __future__ import annotations

import pytest

from catalog import Catalog, Failure, ImageStatus, UnknownStore
from catalog.failures import BATCH
from tests.catalog.wares import HeldClock, put, statuses

pytest_plugins = ("tests.catalog.both_databases",)

A, B = "https://img.example/a.jpg", "https://img.example/b.jpg"


def fail_all(catalog: Catalog) -> None:
    for task in catalog.images.claim(10_000, 60.0):
        catalog.images.fail(task, f"{task.link} is gone; replace it", None, permanent=True)


def test_failed_photo_is_listed_with_all_that_is_known_of_it(catalog: Catalog, clock: HeldClock) -> None:
    put(catalog, "a", image_link=A, additional_image_link=[B])
    main, additional = catalog.images.claim(2, 60.0)
    catalog.images.fail(main, "slow down", 30.0)
    catalog.images.fail(additional, "not a photo; replace it", None, permanent=True)
    assert catalog.failures.page("shop", None, 10) == [
        Failure("a", 1, B, "not a photo; replace it", 1, clock.now, permanent=True)
    ]
    assert catalog.failures.page("other", None, 10) == []


def test_failures_are_read_page_by_page(catalog: Catalog) -> None:
    for sku in ("b", "a", "c"):
        put(catalog, sku, image_link=A, additional_image_link=[B])
    fail_all(catalog)
    places, after = [], None
    while page := catalog.failures.page("shop", after, 4):
        places += [(one.sku, one.position) for one in page]
        after = places[-1]
    assert places == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("c", 0), ("c", 1)]


def test_retried_photos_wait_as_if_never_tried(catalog: Catalog) -> None:
    for sku in ("a", "b"):
        put(catalog, sku, image_link=A)
    put(catalog, "a", store="other", image_link=A)
    fail_all(catalog)
    assert catalog.failures.retry("shop", ["a", "nobody"]) == 1
    assert (statuses(catalog, "a"), statuses(catalog, "b")) == ([ImageStatus.PENDING], [ImageStatus.FAILED])
    [task] = catalog.images.claim(9, 60.0)
    assert (task.store, task.sku, task.attempts) == ("shop", "a", 0)
    assert catalog.failures.retry("shop") == 1
    assert catalog.failures.retry("shop") == 0
    assert [one.sku for one in catalog.failures.page("other", None, 9)] == ["a"]


def test_any_number_is_retried(catalog: Catalog) -> None:
    count = BATCH + 5
    links = [f"{A}?{number}" for number in range(count)]
    for start in range(0, count, 10):
        main, *more = links[start : start + 10]
        put(catalog, f"p{start}", image_link=main, additional_image_link=more)
    fail_all(catalog)
    assert catalog.failures.retry("shop") == count
    assert catalog.images.pending("shop") == count


def test_retry_of_a_store_that_is_not_there_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownStore):
        catalog.failures.retry("nowhere")
