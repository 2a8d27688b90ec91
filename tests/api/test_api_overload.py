"""More searches than can be answered: the rest is told at once, and who has left is not searched for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.app import create_app
from service.build import Service
from tests.api.shops import RED, Shop, build_light, hits, open_shop, picture, problem, settings_in


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that looks at one photo at once, and lets none wait for long."""
    folder: Path = tmp_path_factory.mktemp("narrow")
    made = build_light(settings_in(folder, searches_at_once=1, searches_waiting=1, search_wait_seconds=0.05))
    made.start()
    yield made
    made.close()


@pytest.fixture
def shop(narrow: Service) -> Shop:
    return open_shop(narrow, create_app(narrow))


def test_a_search_too_many_is_told_to_come_back(shop: Shop, narrow: Service) -> None:
    shop.list_with_photo("red", RED)
    with narrow.admission.turn():
        refused = shop.search(picture(RED, size=(64, 92)))
        problem(refused, 503, "overloaded")
        assert int(refused.headers["Retry-After"]) > 0
    assert hits(shop.search(picture(RED))) == ["red"]


def test_what_needs_no_model_is_answered_meanwhile(shop: Shop, narrow: Service) -> None:
    shop.list_with_photo("red", RED)
    shop.list_with_photo("also", RED)
    with narrow.admission.turn():
        assert sorted(hits(shop.search(picture(RED)))) == ["also", "red"]
        assert hits(shop.get("/v1/products/red/similar")) == ["also"]
        assert shop.get("/v1/products/red").status_code == 200


def test_a_photo_that_cannot_be_read_gives_its_turn_back(shop: Shop) -> None:
    for _ in range(3):
        problem(shop.search(b"no photo"), 422, "unreadable-photo")


@pytest.mark.parametrize("unread", [b"", b"GET / HTTP/1.1"])
def test_a_client_that_left_is_not_searched_for(shop: Shop, narrow: Service, unread: bytes) -> None:
    with ExitStack() as opened:
        ours, theirs = (opened.enter_context(one) for one in socket.socketpair())
        theirs.sendall(unread)
        theirs.close()
        shop.client.environ_base["gunicorn.socket"] = ours
        with narrow.admission.turn():
            told = shop.search(picture(RED, size=(68, 94)))
    problem(told, 503 if unread else 499, "overloaded" if unread else "client-left")


def test_a_client_that_waits_is_served(shop: Shop) -> None:
    shop.list_with_photo("red", RED)
    with ExitStack() as opened:
        ours, _theirs = (opened.enter_context(one) for one in socket.socketpair())
        shop.client.environ_base["gunicorn.socket"] = ours
        assert hits(shop.search(picture(RED))) == ["red"]
