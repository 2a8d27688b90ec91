"""Feeds, jobs and the webhook over HTTP, as a merchant's own programs use them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from pipeline.feed_jobs import drain
from service.build import Service, make_feed_jobs, make_webhook_sender
from tests.api.shops import Shop, problem
from tests.pipeline.feed_shop import Answer, FeedHost, serving_feeds, table, wares


@pytest.fixture(scope="module")
def host() -> Iterator[FeedHost]:
    with serving_feeds() as one:
        yield one


def work(service: Service, host: FeedHost) -> None:
    """Do what the workers of feeds and webhooks do, until nothing is left."""
    settings = service.settings.model_copy(update={"allowed_feed_hosts": (host.name,)})
    drain(make_feed_jobs(settings, service.catalog, lambda: service.describer.space.id))
    while make_webhook_sender(settings, service.catalog).run_once():
        continue


def create(shop: Shop, **spec: Any) -> TestResponse:
    return shop.post("/v1/feeds", "write", json={"name": "main"} | spec)


def send(shop: Shop, body: bytes, options: str = "", **more: Any) -> dict[str, Any]:
    answer = shop.post(f"/v1/jobs{options}", "write", data=body, **({"content_type": "text/csv"} | more))
    assert answer.status_code == 202, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def job(shop: Shop, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.get(f"/v1/jobs/{job_id}", "write").get_json()
    return found


def test_feed_is_kept_changed_listed_and_forgotten(shop: Shop, other_shop: Shop) -> None:
    made = create(shop, url="https://shop.example/feed.csv", mapping={"Artikel": "id"}, every_seconds=600)
    assert made.status_code == 201
    feed = made.get_json()
    assert feed["mode"] == "full" and feed["mapping"] == {"Artikel": "id"} and feed["next_run_at"]
    path = f"/v1/feeds/{feed['id']}"
    changed = shop.client.patch(path, json={"every_seconds": None, "mode": "delta"}, headers=shop.headers("write"))
    assert changed.get_json()["next_run_at"] is None
    reset = shop.client.patch(path, json={"mapping": None}, headers=shop.headers("write")).get_json()
    assert reset == changed.get_json() | {"mapping": {}, "updated_at": reset["updated_at"]}
    changed = shop.client.patch(path, json={"mapping": {"Artikel": None}}, headers=shop.headers("write"))
    unnamed = shop.client.patch(path, json={"name": None}, headers=shop.headers("write"))
    assert problem(unnamed, 422, "invalid-fields")["errors"][0]["field"] == "name"
    assert shop.get(path).get_json() == changed.get_json()
    assert shop.get("/v1/feeds").get_json()["feeds"] == [changed.get_json()]
    assert other_shop.get("/v1/feeds").get_json()["feeds"] == []
    problem(other_shop.get(path), 404, "unknown-feed")
    assert shop.client.delete(path, headers=shop.headers("write")).status_code == 204
    problem(shop.get(path), 404, "unknown-feed")


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"name": ""}, "name"),
        ({"url": "ftp://shop.example/feed.csv"}, "url"),
        ({"url": "https://shop.example/feed.csv", "every_seconds": 59}, "every_seconds"),
        ({"currency": "euro"}, "currency"),
        ({"format": "excel"}, "format"),
        ({"max_missing_share": 1.5}, "max_missing_share"),
        ({"mode": "most"}, "mode"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_field_that_makes_no_sense_is_named(shop: Shop, spec: dict[str, Any], field: str) -> None:
    told = problem(create(shop, **spec), 422, "invalid-fields")
    assert [one["field"] for one in told["errors"]] == [field]


def test_schedule_without_an_address_is_refused(shop: Shop) -> None:
    assert "needs a url" in problem(create(shop, every_seconds=60), 422, "invalid-fields")["detail"]


def test_second_feed_of_a_name_is_refused(shop: Shop) -> None:
    first, second = create(shop), create(shop, name="other")
    assert first.status_code == second.status_code == 201
    problem(create(shop), 409, "feed-exists")
    path = f"/v1/feeds/{second.get_json()['id']}"
    problem(shop.client.patch(path, json={"name": "main"}, headers=shop.headers("write")), 409, "feed-exists")


def test_feed_without_an_address_takes_files(shop: Shop, service: Service, host: FeedHost) -> None:
    feed = create(shop).get_json()
    problem(shop.post(f"/v1/feeds/{feed['id']}/run", "write"), 409, "nothing-to-fetch")
    sent = send(shop, table(wares(2)), f"?feed={feed['id']}")
    assert (sent["feed_id"], sent["mode"], sent["state"]) == (feed["id"], "full", "queued")
    send(shop, table(wares(2)), f"?feed={feed['id']}")
    work(service, host)
    page = shop.get(f"/v1/jobs?feed={feed['id']}").get_json()["jobs"]
    assert [one["state"] for one in page] == ["done", "done"]
    assert page[0]["message"].startswith("unchanged") and page[1]["counts"]["created"] == 2


def test_file_is_taken_as_a_form_or_as_the_body(shop: Shop, service: Service, host: FeedHost) -> None:
    form = {"file": (io.BytesIO(table(wares(2))), "feed.csv"), "mode": "delta", "currency": "EUR"}
    answer = shop.post("/v1/jobs", "write", data=form)
    assert answer.status_code == 202 and answer.get_json()["name"] == "feed.csv"
    lines = b'{"id": "J1", "title": "a dress", "price": "3.00 EUR"}\n'
    other = send(shop, lines, "?mode=delta", content_type="application/x-ndjson")
    work(service, host)
    assert job(shop, answer.get_json()["id"])["counts"]["created"] == 2
    assert job(shop, other["id"])["counts"]["created"] == 1


def test_run_that_is_asked_for_twice_under_one_key_is_one_job(shop: Shop) -> None:
    feed = create(shop, url="https://shop.example/feed.csv").get_json()
    headers = shop.headers("write") | {"Idempotency-Key": "night-1"}
    first, again = (shop.client.post(f"/v1/feeds/{feed['id']}/run", headers=headers) for _ in range(2))
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert len(shop.get("/v1/jobs").get_json()["jobs"]) == 1


def test_upload_that_makes_no_sense_leaves_nothing(shop: Shop, service: Service) -> None:
    folder = service.settings.feed_files
    before = set(folder.glob("*"))
    empty_form = shop.post("/v1/jobs", "write", data={"other": (io.BytesIO(b"x"), "x.csv")})
    assert problem(empty_form, 422, "bad-option")["errors"][0]["field"] == "file"
    problem(shop.post("/v1/jobs?format=excel", "write", data=b"x"), 422, "invalid-fields")
    problem(shop.post("/v1/jobs?mode=most", "write", data=b"x"), 422, "invalid-fields")
    problem(shop.post("/v1/jobs?mapping=[1]", "write", data=b"x"), 400, "broken-body")
    problem(shop.post("/v1/jobs?feed=none", "write", data=b"x"), 404, "unknown-feed")
    assert shop.get("/v1/jobs").get_json()["jobs"] == []
    assert set(folder.glob("*")) == before


def test_report_is_paged_and_a_table(shop: Shop, service: Service, host: FeedHost) -> None:
    rows = [*wares(3), *[(f"=B{number}", "shirt", "cheap") for number in range(5)]]
    sent = send(shop, table(rows), "?mode=delta")
    work(service, host)
    path = f"/v1/jobs/{sent['id']}/errors"
    first = shop.get(f"{path}?limit=3").get_json()
    rest = shop.get(f"{path}?limit=3&cursor={first['cursor']}").get_json()
    assert (first["total"], len(first["errors"]), len(rest["errors"]), rest["cursor"]) == (5, 3, 2, None)
    assert {"line": 5, "sku": "=B0", "field": "price"}.items() <= first["errors"][0].items()
    for answer in (shop.get(f"{path}.csv"), shop.client.get(path, headers=shop.headers() | {"Accept": "text/csv"})):
        assert answer.mimetype == "text/csv"
        lines = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
        assert len(lines) == 5 and lines[0]["sku"] == "'=B0" and "19.90 EUR" in lines[0]["message"]


def test_jobs_of_another_store_do_not_exist(shop: Shop, other_shop: Shop) -> None:
    sent = send(shop, table(wares(2)))
    for path in ("", "/errors", "/errors.csv"):
        problem(other_shop.get(f"/v1/jobs/{sent['id']}{path}"), 404, "unknown-job")
    for verb in ("confirm", "cancel"):
        problem(other_shop.post(f"/v1/jobs/{sent['id']}/{verb}"), 404, "unknown-job")
    assert other_shop.get("/v1/jobs").get_json() == {"jobs": [], "cursor": None}


def test_job_is_confirmed_or_cancelled_once(shop: Shop, service: Service, host: FeedHost) -> None:
    send(shop, table(wares(10)), "?mode=full")
    sent = send(shop, table(wares(2)), "?mode=full")
    work(service, host)
    assert job(shop, sent["id"])["state"] == "waiting_for_confirmation"
    path = f"/v1/jobs/{sent['id']}"
    assert shop.post(f"{path}/confirm", "write").status_code == 202
    problem(shop.post(f"{path}/confirm", "write"), 409, "job-not-waiting")
    work(service, host)
    told = job(shop, sent["id"])
    assert (told["state"], told["counts"]["deleted"]) == ("done", 8)
    assert "is done" in problem(shop.post(f"{path}/cancel", "write"), 409, "job-not-waiting")["detail"]


def test_jobs_are_listed_page_by_page_newest_first(shop: Shop) -> None:
    sent = [send(shop, table(wares(1)))["id"] for _ in range(5)]
    first = shop.get("/v1/jobs?limit=3").get_json()
    rest = shop.get(f"/v1/jobs?limit=3&cursor={first['cursor']}").get_json()
    assert [one["id"] for one in first["jobs"] + rest["jobs"]] == sent[::-1]
    assert rest["cursor"] is None


def test_receipt_of_a_job_lets_a_search_know_of_it(shop: Shop, service: Service, host: FeedHost) -> None:
    sent = send(shop, table(wares(3)))
    work(service, host)
    assert service.follower.wait_for(job(shop, sent["id"])["seq"], 10.0)


def test_webhook_is_set_told_and_rotated(shop: Shop, service: Service, host: FeedHost) -> None:
    def put(**spec: Any) -> TestResponse:
        return shop.client.put("/v1/webhook", json=spec, headers=shop.headers("write"))

    problem(shop.get("/v1/webhook"), 404, "unknown-webhook")
    problem(put(url="nowhere"), 422, "invalid-fields")
    problem(put(url="http://user:password@shop.example/"), 422, "bad-address")
    host.answers["/hook"] = Answer(b"thanks")
    first = put(url=host.url("/hook")).get_json()
    assert first["enabled"] and first["secret"].startswith("whsec_")
    assert put(url=host.url("/hook")).get_json()["secret"] is None
    assert put(url=host.url("/hook"), rotate_secret=True).get_json()["secret"] not in (None, first["secret"])
    assert "secret" not in shop.get("/v1/webhook").get_json()
    sent = send(shop, table(wares(1)))
    work(service, host)
    [delivery] = shop.get("/v1/webhook/deliveries").get_json()["deliveries"]
    assert (delivery["state"], delivery["last_status"], delivery["last_answer"]) == ("delivered", 200, "thanks")
    assert delivery["payload"]["data"]["id"] == sent["id"] and delivery["payload"]["type"] == "job.done"
    again = shop.post(f"/v1/webhook/deliveries/{delivery['id']}/retry", "write")
    assert again.status_code == 202 and again.get_json()["state"] == "waiting"
    problem(shop.post("/v1/webhook/deliveries/none/retry", "write"), 404, "unknown-delivery")
    assert shop.client.delete("/v1/webhook", headers=shop.headers("write")).status_code == 204
    problem(shop.get("/v1/webhook"), 404, "unknown-webhook")


def test_feed_larger_than_allowed_is_refused_and_leaves_nothing(shop: Shop, service: Service) -> None:
    folder = service.settings.feed_files
    before = set(folder.glob("*"))
    most = service.settings.max_feed_bytes
    refused = shop.post("/v1/jobs", "write", data=b"x" * (most + 1), content_type="text/csv")
    problem(refused, 413, "feed-too-large")
    form = {"file": (io.BytesIO(b"x" * (most + 1)), "feed.csv")}
    problem(shop.post("/v1/jobs", "write", data=form), 413, "feed-too-large")
    assert set(folder.glob("*")) == before


def test_search_key_may_not_touch_feeds(shop: Shop) -> None:
    for path in ("/v1/feeds", "/v1/jobs", "/v1/webhook", "/v1/webhook/deliveries"):
        problem(shop.get(path, "search"), 403, "scope-missing")
