"""What operators and browsers rely on: health, numbers, cross-origin calls, security headers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from catalog import Catalog
from service.build import Service
from tests.api.shops import RED, Shop, build_light, picture, problem, settings_in


def samples(client: FlaskClient, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_a_running_service_is_alive_and_ready(shop: Shop) -> None:
    assert shop.client.get("/healthz").get_json() == {"status": "ok"}
    assert shop.client.get("/readyz").get_json() == {"status": "ready"}


@pytest.fixture
def unstarted(tmp_path: Path) -> Iterator[Service]:
    made = build_light(settings_in(tmp_path, cors_origins=("https://shop.example",)))
    yield made
    made.catalog.close()


def test_a_service_that_does_not_follow_is_alive_but_not_ready(unstarted: Service) -> None:
    client = create_app(unstarted).test_client()
    assert client.get("/healthz").status_code == 200
    found = problem(client.get("/readyz"), 503, "not-ready")
    assert [one["field"] for one in found["errors"]] == ["index"]


def test_a_catalog_out_of_reach_is_said_without_its_address(service: Service, tmp_path: Path) -> None:
    gone = Catalog.open("postgresql://admin:hunter2@127.0.0.1:1/shop", tmp_path)
    client = create_app(dataclasses.replace(service, catalog=gone)).test_client()
    answers = [client.get("/v1/products", headers={"X-Api-Key": f"vit_{16 * '0'}_{43 * 'x'}"}), client.get("/readyz")]
    problem(answers[0], 503, "catalog-unavailable")
    assert problem(answers[1], 503, "not-ready")["errors"] == [{"field": "catalog", "message": "cannot be reached"}]
    assert not any(word in str(answer.data) for answer in answers for word in ("127.0.0.1", "admin", "psycopg"))
    assert client.get("/healthz").status_code == 200
    gone.close()


def test_searches_and_requests_are_counted(shop: Shop) -> None:
    stage = ("vitrine_search_stage_seconds_count", {"stage": "detect"})
    request = ("vitrine_http_requests_total", {"route": "/v1/search", "status": "200"})
    before = [samples(shop.client, name, **labels) for name, labels in (stage, request)]
    shop.search(picture(RED, size=(63, 91)))
    after = [samples(shop.client, name, **labels) for name, labels in (stage, request)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]


def test_photos_that_wait_are_the_queue(shop: Shop) -> None:
    shop.settle()
    shop.put("a", image_link="http://127.0.0.1:9/a.jpg")
    assert samples(shop.client, "vitrine_ingest_queue_depth") == 1
    shop.settle()
    assert samples(shop.client, "vitrine_ingest_queue_depth") == 0


def test_unknown_paths_do_not_make_new_series(shop: Shop) -> None:
    for number in range(3):
        shop.client.get(f"/made-up/{number}")
    assert "made-up" not in shop.client.get("/metrics").get_data(as_text=True)


def test_other_origins_may_not_call_by_default(shop: Shop) -> None:
    answer = shop.client.get("/healthz", headers={"Origin": "https://shop.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_allowed_origin_may_call_from_its_pages(unstarted: Service) -> None:
    client = create_app(unstarted).test_client()
    preflight = client.options(
        "/v1/search", headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    refused = client.post("/v1/search", headers={"Origin": "https://shop.example"})
    assert problem(refused, 401, "key-missing")
    assert refused.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    stranger = client.post("/v1/search", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert stranger.headers["Vary"] == "Origin"


def test_all_origins_may_be_allowed(unstarted: Service) -> None:
    settings = unstarted.settings.model_copy(update={"cors_origins": ("*",)})
    client = create_app(dataclasses.replace(unstarted, settings=settings)).test_client()
    answer = client.get("/healthz", headers={"Origin": "https://any.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://any.example"


def test_pages_may_load_from_here_only(shop: Shop) -> None:
    for path, policy in (
        ("/docs", "default-src 'self'"),
        ("/", "default-src 'none'"),
        ("/healthz", "default-src 'none'"),
    ):
        answer = shop.client.get(path)
        assert answer.status_code == 200
        assert policy in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
