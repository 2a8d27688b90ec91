"""Every error is a problem that a client can act on, and never shows what is inside."""

from __future__ import annotations

import dataclasses
import json

import pytest
import urllib3

from api.app import create_app
from service.build import Service
from tests.api.shops import Shop, problem


class BrokenSync:
    """A part with a fault of ours."""

    def delete(self, store: str, sku: str) -> None:
        raise RuntimeError("SELECT secret FROM keys")


def test_an_unknown_path_is_a_problem(shop: Shop) -> None:
    problem(shop.client.get("/v1/nothing"), 404, "not-found")
    problem(shop.client.get("/nothing/at/all"), 404, "not-found")


def test_a_wrong_method_says_which_are_right(shop: Shop) -> None:
    answer = shop.client.post("/v1/products/a")
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "PUT", "PATCH", "DELETE"} <= set(answer.headers["Allow"].split(", "))


def test_a_fault_of_ours_shows_nothing_of_the_inside(shop: Shop, service: Service) -> None:
    broken = dataclasses.replace(service, sync=BrokenSync())
    client = create_app(broken).test_client()
    answer = client.delete("/v1/products/a", headers=shop.headers("write"))
    found = problem(answer, 500, "internal-error")
    assert "SELECT" not in json.dumps(found)
    assert "Traceback" not in json.dumps(found)


def test_a_sane_request_id_is_kept_and_another_replaced(shop: Shop) -> None:
    assert shop.client.get("/healthz", headers={"X-Request-Id": "abc-1.2_3"}).headers["X-Request-Id"] == "abc-1.2_3"
    for strange in ("a b", "x" * 129, "<script>", ""):
        given = shop.client.get("/v1/x", headers={"X-Request-Id": strange})
        assert given.headers["X-Request-Id"] != strange
        problem(given, 404, "not-found")


def test_two_requests_have_two_ids(shop: Shop) -> None:
    assert len({shop.client.get("/healthz").headers["X-Request-Id"] for _ in range(2)}) == 2


@pytest.mark.parametrize(
    "path", ["/v1/products/%2Fetc", "/v1/products/%00", "/v1/products/%20a", f"/v1/products/{'a' * 101}"]
)
def test_an_impossible_sku_is_refused_in_words(shop: Shop, path: str) -> None:
    answer = shop.client.put(path, json={"title": "A"}, headers=shop.headers())
    assert answer.status_code in (404, 422)
    assert answer.content_type == "application/problem+json"


HOSTILE = [
    None, True, -1, 10**400, 1e300, "", "\ud800", "a\x00b", "\U0001f4a5", "x" * 5_000, [], [[]], {}, {"a": {}},
    ["\ud800"],
    {"not": {"not": 1}}, {"not": None}, {"in": []}, {"in": [None]}, {"gte": 10**400}, {"gte": "\ud800"}, {"eq": {}},
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_no_value_of_any_field_is_a_fault_of_ours(shop: Shop, value: object) -> None:
    shop.put("a", brand="Acme")
    answers = [shop.post("/v1/search", "search", json={name: value}) for name in ("sku", "image_id", "image_url")]
    for name in ("brand", "price", "sku", "custom.x", "\ud800"):
        answers.append(shop.post("/v1/search", "search", json={"sku": "a", "filters": {name: value}}))
    for name in ("region", "point", "category", "limit", "cursor", "min_score", "min_seq"):
        answers.append(shop.post("/v1/search", "search", json={"sku": "a", name: value}))
    for name in ("title", "image_link", "additional_image_link", "price", "custom", "group_id", "availability"):
        answers += [shop.put("b", **{name: value}), shop.patch("a", {name: value})]
    for answer in answers:
        assert answer.status_code < 500
        assert answer.status_code < 400 or answer.content_type == "application/problem+json"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_no_json(shop: Shop, number: str) -> None:
    body = f'{{"sku": "a", "min_score": {number}}}'
    problem(shop.post("/v1/search", "search", data=body, content_type="application/json"), 400, "broken-body")


def test_a_body_over_the_limit_is_refused_without_being_read(shop: Shop) -> None:
    answer = shop.post("/v1/search", "search", data=b"x" * 3_000_000, content_type="application/json")
    problem(answer, 413, "body-too-large")


def test_errors_are_problems_over_a_real_connection_too(shop: Shop, address: str) -> None:
    with urllib3.PoolManager() as http:
        for path, status in (("/v1/products/a", 404), ("/v1/nothing", 404), ("/v1/products?limit=0", 422)):
            answer = http.request("GET", address + path, headers=shop.headers())
            assert answer.status == status
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
