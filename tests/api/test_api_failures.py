"""Photos that failed: listed with what to do, page by page, and retried; and a disk that is full."""

from __future__ import annotations

import errno
import os

import pytest

from catalog import ImageStatus
from tests.api.shops import RED, Shop, picture, problem


def list_failing(shop: Shop, *skus: str) -> None:
    """List products whose photo lies where nothing may be fetched from."""
    for sku in skus:
        assert shop.put(sku, image_link=f"http://10.0.0.1/{sku}.jpg").status_code == 201
    shop.settle()


def test_failed_photos_are_listed_with_what_to_do(shop: Shop) -> None:
    list_failing(shop, "a", "b", "c")
    first = shop.get("/v1/failures?limit=2", "write").get_json()
    assert [one["sku"] for one in first["failures"]] == ["a", "b"]
    one = first["failures"][0]
    assert (one["position"], one["link"], one["attempts"]) == (0, "http://10.0.0.1/a.jpg", 1)
    assert one["permanent"] and one["failed_at"].endswith("+00:00")
    assert "public host" in one["reason"]
    second = shop.get("/v1/failures", "write", query_string={"cursor": first["cursor"]}).get_json()
    assert ([one["sku"] for one in second["failures"]], second["cursor"]) == (["c"], None)
    assert shop.get("/v1/stats").get_json()["images"] == {"pending": 0, "ready": 0, "failed": 3}


def test_failures_of_another_store_are_not_shown(shop: Shop, other_shop: Shop) -> None:
    list_failing(shop, "a")
    assert other_shop.get("/v1/failures").get_json() == {"failures": [], "cursor": None}
    assert other_shop.post("/v1/failures/retry", json={}).get_json() == {"retried": 0}
    assert len(shop.get("/v1/failures").get_json()["failures"]) == 1


def test_failed_photos_are_tried_again_when_asked(shop: Shop) -> None:
    list_failing(shop, "a", "b")
    assert shop.post("/v1/failures/retry", "write", json={"skus": ["a"]}).get_json() == {"retried": 1}
    assert shop.service.catalog.products.images(shop.store, "a")[0].status is ImageStatus.PENDING
    assert shop.post("/v1/failures/retry", "write", json={}).get_json() == {"retried": 1}
    assert shop.get("/v1/failures").get_json()["failures"] == []


@pytest.mark.parametrize("body", [{"skus": "a"}, {"sku": ["a"]}, {"skus": [1]}])
def test_retry_of_nonsense_is_refused(shop: Shop, body: object) -> None:
    problem(shop.post("/v1/failures/retry", json=body), 422, "invalid-fields")


@pytest.mark.parametrize("cursor", ["x", "e30=", "WyJhIl0=", "WzEsMl0=", "WyJhIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTldCg=="])
def test_cursor_of_nonsense_is_refused(shop: Shop, cursor: str) -> None:
    problem(shop.get("/v1/failures", query_string={"cursor": cursor}), 422, "bad-cursor")


def test_failures_need_the_scope_write(shop: Shop) -> None:
    problem(shop.get("/v1/failures", "search"), 403, "scope-missing")
    problem(shop.post("/v1/failures/retry", "search", json={}), 403, "scope-missing")


def test_upload_to_a_full_disk_is_asked_for_again_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    data = picture(RED, size=(61, 91))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        answer = shop.upload(data)
        problem(answer, 503, "catalog-unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert shop.upload(data).status_code == 201


def test_batch_that_finds_no_room_is_asked_for_again_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("api.bodies.SpooledTemporaryFile", full)
    answer = shop.batch(b'{"sku": "a", "title": "A"}\n')
    problem(answer, 503, "storage-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
