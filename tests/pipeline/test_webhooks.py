"""Stores are told of their jobs: signed, again and again until they hear it, and no longer than a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from catalog import Catalog, Delivery, DeliveryState, UnknownDelivery, UnknownWebhook
from pipeline.outgoing import Outgoing, Waiting
from pipeline.webhooks import WebhookSender
from tests.catalog.wares import HeldClock
from tests.pipeline.feed_shop import Answer, FeedHost, FeedShop, serving_feeds, table, wares

pytest_plugins = ("tests.catalog.both_databases",)

DELIVERED, FAILED, WAITING = DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.WAITING


@pytest.fixture(scope="module")
def server() -> Iterator[FeedHost]:
    with serving_feeds() as one:
        yield one


@pytest.fixture
def host(server: FeedHost) -> FeedHost:
    server.answers = {"/hook": Answer()}
    server.asked.clear()
    return server


@pytest.fixture
def shop(catalog: Catalog, tmp_path: Path, host: FeedHost) -> FeedShop:
    return FeedShop(catalog, tmp_path / "feeds", host)


def sender(shop: FeedShop, allowed: bool = True) -> WebhookSender:
    hosts = frozenset({shop.host.name} if allowed else ())
    return WebhookSender(shop.catalog, Outgoing(hosts), Waiting(), lambda: datetime.now(UTC))


def deliveries(shop: FeedShop) -> list[Delivery]:
    return shop.catalog.deliveries.page("shop", None, 100)


def told(host: FeedHost) -> list[tuple[dict[str, str], bytes]]:
    return [(headers, body) for method, path, headers, body in host.asked if (method, path) == ("POST", "/hook")]


def test_store_is_told_how_its_job_ended_and_can_verify_it(shop: FeedShop, host: FeedHost) -> None:
    _, secret = shop.catalog.webhooks.put("shop", host.url("/hook"))
    assert secret is not None and secret.startswith("whsec_")
    job = shop.run(table(wares(3)))
    assert shop.rung[-1] == "webhooks"
    assert sender(shop).run_once() == 1
    [(headers, body)] = told(host)
    message = Verifier(secret).verify(body, headers)
    assert message["type"] == "job.done"
    assert message["data"]["id"] == job.id and message["data"]["counts"]["created"] == 3
    assert datetime.fromisoformat(message["timestamp"]) == job.ended_at
    [delivery] = deliveries(shop)
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DELIVERED, 1, 200)
    assert headers["webhook-id"] == delivery.id and headers["content-type"] == "application/json"
    assert sender(shop).run_once() == 0
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(body.replace(b"job.done", b"job.failed"), headers)


def test_every_way_in_which_a_job_stops_is_told(shop: FeedShop, host: FeedHost) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    shop.run(table(wares(10)))
    shop.run(table(wares(2)))
    shop.run(b"no table")
    while sender(shop).run_once():
        continue
    types = [json.loads(body)["type"] for _, body in told(host)]
    assert sorted(types) == ["job.done", "job.failed", "job.waiting_for_confirmation"]


def test_store_without_a_webhook_is_told_nothing(shop: FeedShop, host: FeedHost) -> None:
    shop.run(table(wares(1)))
    shop.catalog.webhooks.put("other", host.url("/hook"))
    shop.run(table(wares(1)))
    assert sender(shop).run_once() == 0 and deliveries(shop) == []
    with pytest.raises(UnknownWebhook, match="PUT /v1/webhook"):
        shop.catalog.webhooks.get("shop")


def test_receiver_at_fault_is_told_eight_times_within_a_day(shop: FeedShop, host: FeedHost, clock: HeldClock) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    host.answers["/hook"] = Answer(b"out of order", status=500)
    shop.run(table(wares(1)))
    begun = clock.now
    while deliveries(shop)[0].state is WAITING:
        assert sender(shop).run_once() == 1
        assert sender(shop).run_once() == 0
        clock.now = max(clock.now, deliveries(shop)[0].due_at)
    [delivery] = deliveries(shop)
    assert (delivery.state, delivery.attempts, len(told(host))) == (FAILED, 8, 8)
    assert (delivery.last_status, delivery.last_answer) == (500, "out of order")
    assert 20 < (clock.now - begun).total_seconds() / 3600 <= 24
    assert len({headers["webhook-id"] for headers, _ in told(host)}) == 1


def test_retry_tells_it_again_whatever_became_of_it(shop: FeedShop, host: FeedHost) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    shop.run(table(wares(1)))
    sender(shop).run_once()
    shop.catalog.deliveries.retry("shop", deliveries(shop)[0].id)
    assert sender(shop).run_once() == 1
    assert len(told(host)) == 2
    with pytest.raises(UnknownDelivery):
        shop.catalog.deliveries.retry("other", deliveries(shop)[0].id)


def test_receiver_that_is_gone_disables_the_webhook_until_it_is_set_again(shop: FeedShop, host: FeedHost) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    host.answers["/hook"] = Answer(status=410)
    shop.run(table(wares(1)))
    sender(shop).run_once()
    assert deliveries(shop)[0].state is FAILED
    assert "410" in str(shop.catalog.webhooks.get("shop").disabled_reason)
    shop.run(table(wares(2)))
    assert len(deliveries(shop)) == 1
    host.answers["/hook"] = Answer()
    webhook, secret = shop.catalog.webhooks.put("shop", host.url("/hook"))
    assert (webhook.disabled_reason, secret) == (None, None)
    shop.run(table(wares(3)))
    assert sender(shop).run_once() == 1


def test_old_secret_signs_too_for_a_day_after_a_rotation(shop: FeedShop, host: FeedHost, clock: HeldClock) -> None:
    _, old = shop.catalog.webhooks.put("shop", host.url("/hook"))
    _, new = shop.catalog.webhooks.put("shop", host.url("/hook"), rotate=True)
    assert old and new and old != new
    shop.run(table(wares(1)))
    sender(shop).run_once()
    clock.advance(86_401)
    shop.run(table(wares(2)))
    sender(shop).run_once()
    (first, first_body), (later, later_body) = told(host)
    for secret in (old, new):
        assert Verifier(secret).verify(first_body, first)
    assert Verifier(new).verify(later_body, later)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(later_body, later)


def test_address_that_is_not_public_is_refused_at_once_and_a_redirect_is_not_followed(
    shop: FeedShop, host: FeedHost
) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    shop.run(table(wares(1)))
    sender(shop, allowed=False).run_once()
    [refused] = deliveries(shop)
    assert (refused.state, refused.last_status) == (FAILED, None)
    assert "not on the public internet" in str(refused.last_answer)
    host.answers |= {"/hook": Answer(status=302, headers={"Location": host.url("/elsewhere")}), "/elsewhere": Answer()}
    shop.catalog.deliveries.retry("shop", refused.id)
    sender(shop).run_once()
    assert (deliveries(shop)[0].state, deliveries(shop)[0].last_status) == (WAITING, 302)
    assert [path for _, path, *_ in host.asked] == ["/hook"]


def test_two_senders_tell_each_thing_once(shop: FeedShop, host: FeedHost) -> None:
    shop.catalog.webhooks.put("shop", host.url("/hook"))
    shop.run(table(wares(1)))
    first = shop.catalog.deliveries.claim(8, 120.0)
    assert (len(first), shop.catalog.deliveries.claim(8, 120.0)) == (1, [])
