"""Writes that come late, twice, or meant for another version: each is told, and none undoes a newer state."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.shops import Shop, problem

_keys = itertools.count(1)


def ask(shop: Shop, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.open(path, method=method, json=body, headers=shop.headers("write") | named)


def title(shop: Shop, sku: str) -> str:
    found: str = shop.get(f"/v1/products/{sku}").get_json()["title"]
    return found


def new_key() -> str:
    return f"key-{next(_keys)}"


def test_late_write_changes_nothing(shop: Shop) -> None:
    assert ask(shop, "PUT", "/v1/products/a?revision=20", {"title": "newer"}).status_code == 201
    problem(ask(shop, "PUT", "/v1/products/a?revision=10", {"title": "older"}), 409, "outdated-write")
    problem(ask(shop, "PATCH", "/v1/products/a?revision=20", {"title": "the same again"}), 409, "outdated-write")
    problem(ask(shop, "DELETE", "/v1/products/a?revision=19"), 409, "outdated-write")
    assert title(shop, "a") == "newer"


def test_late_write_does_not_bring_a_deleted_product_back(shop: Shop) -> None:
    ask(shop, "PUT", "/v1/products/a?revision=1", {"title": "A"})
    assert ask(shop, "DELETE", "/v1/products/a?revision=3").status_code == 200
    problem(ask(shop, "PUT", "/v1/products/a?revision=2", {"title": "A"}), 409, "outdated-write")
    problem(shop.get("/v1/products/a"), 404, "unknown-product")
    assert ask(shop, "PUT", "/v1/products/a?revision=4", {"title": "A"}).status_code == 201


def test_write_without_a_revision_counts_and_keeps_the_last_one(shop: Shop) -> None:
    ask(shop, "PUT", "/v1/products/a?revision=5", {"title": "five"})
    assert ask(shop, "PUT", "/v1/products/a", {"title": "by hand"}).status_code == 200
    problem(ask(shop, "PUT", "/v1/products/a?revision=5", {"title": "five again"}), 409, "outdated-write")
    assert title(shop, "a") == "by hand"


def test_same_product_under_a_newer_revision_keeps_older_ones_out(shop: Shop) -> None:
    ask(shop, "PUT", "/v1/products/a?revision=5", {"title": "A"})
    ask(shop, "PUT", "/v1/products/a?revision=9", {"title": "A"})
    problem(ask(shop, "PUT", "/v1/products/a?revision=7", {"title": "B"}), 409, "outdated-write")


def test_write_for_another_version_is_refused(shop: Shop) -> None:
    first = ask(shop, "PUT", "/v1/products/a", {"title": "A"}, If_Match="0")
    assert first.status_code == 201
    problem(ask(shop, "PUT", "/v1/products/a", {"title": "A"}, If_Match="0"), 412, "version-mismatch")
    tag = shop.get("/v1/products/a").headers["ETag"]
    assert ask(shop, "PATCH", "/v1/products/a", {"title": "B"}, If_Match=tag).status_code == 200
    problem(ask(shop, "PATCH", "/v1/products/a", {"title": "C"}, If_Match=tag), 412, "version-mismatch")
    problem(ask(shop, "DELETE", "/v1/products/a", If_Match=tag), 412, "version-mismatch")
    assert title(shop, "a") == "B"


def test_lines_of_a_batch_are_held_to_their_conditions_one_by_one(shop: Shop) -> None:
    lines = [
        {"sku": "a", "title": "A", "revision": 2},
        {"sku": "a", "title": "late", "revision": 1},
        {"sku": "a", "title": "for another version", "if_version": 7},
        {"op": "patch", "sku": "a", "brand": "Acme", "if_version": 1},
        {"op": "delete", "sku": "a", "revision": 3},
        {"sku": "a", "title": "late again", "revision": 3},
        {"sku": "a", "title": "A", "revision": -1},
    ]
    answer = shop.batch(b"\n".join(json.dumps(one).encode() for one in lines)).get_json()
    told = [one["status"] for one in answer["lines"]]
    assert told == ["ok", "outdated", "mismatch", "ok", "ok", "outdated", "invalid"]
    problem(shop.get("/v1/products/a"), 404, "unknown-product")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_write_sent_again_with_its_key_is_answered_again_and_not_done_again(shop: Shop, method: str) -> None:
    ask(shop, "PUT", "/v1/products/a", {"title": "first"})
    key, body = new_key(), {"title": "second"} if method != "DELETE" else None
    answered = ask(shop, method, "/v1/products/a", body, Idempotency_Key=key)
    assert answered.status_code == 200 and "Idempotent-Replayed" not in answered.headers
    ask(shop, "PUT", "/v1/products/a", {"title": "third"})
    again = ask(shop, method, "/v1/products/a", body, Idempotency_Key=key)
    assert (again.status_code, again.get_json()) == (200, answered.get_json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert title(shop, "a") == "third"


def test_batch_sent_again_with_its_key_is_answered_again(shop: Shop) -> None:
    headers = shop.headers("write") | {"Idempotency-Key": new_key(), "Content-Type": "application/x-ndjson"}
    first = shop.client.post("/v1/products/batch", data=b'{"sku": "a", "title": "A"}', headers=headers).get_json()
    shop.delete("a")
    again = shop.client.post("/v1/products/batch", data=b'{"sku": "a", "title": "A"}', headers=headers).get_json()
    assert again == first
    problem(shop.get("/v1/products/a"), 404, "unknown-product")


def test_key_of_another_request_is_refused(shop: Shop) -> None:
    key = new_key()
    ask(shop, "PUT", "/v1/products/a", {"title": "A"}, Idempotency_Key=key)
    problem(ask(shop, "PUT", "/v1/products/a", {"title": "B"}, Idempotency_Key=key), 422, "idempotency-key-reused")
    problem(ask(shop, "PUT", "/v1/products/b", {"title": "A"}, Idempotency_Key=key), 422, "idempotency-key-reused")


def test_refused_write_may_be_mended_under_the_same_key(shop: Shop) -> None:
    key = new_key()
    problem(ask(shop, "PUT", "/v1/products/a", {"title": ""}, Idempotency_Key=key), 422, "invalid-fields")
    assert ask(shop, "PUT", "/v1/products/a", {"title": "A"}, Idempotency_Key=key).status_code == 201


def test_keys_of_one_store_mean_nothing_to_another(shop: Shop, other_shop: Shop) -> None:
    key = new_key()
    assert ask(shop, "PUT", "/v1/products/a", {"title": "A"}, Idempotency_Key=key).status_code == 201
    assert ask(other_shop, "PUT", "/v1/products/a", {"title": "Z"}, Idempotency_Key=key).status_code == 201


@pytest.mark.parametrize("key", ["", "with space", "x" * 256])
def test_key_that_cannot_be_one_is_refused(shop: Shop, key: str) -> None:
    answer = ask(shop, "PUT", "/v1/products/a", {"title": "A"}, Idempotency_Key=key)
    assert answer.status_code == 422
    problem(shop.get("/v1/products/a"), 404, "unknown-product")
