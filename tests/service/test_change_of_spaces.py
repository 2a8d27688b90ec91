"""Models are changed while shoppers search and merchants write: every answer is whole, none fails, nothing is lost."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from catalog import Catalog, SpaceState
from pipeline.describers import Describers
from service import build, models
from service.build import Service, make_filler, make_ingest
from service.models import describer_of, open_space
from service.settings import Settings
from tests.api.shops import Shop, open_shop, picture, problem, settings_in
from tests.service import two_spaces
from tests.service.two_spaces import COLOURS, GRID, NEXT
from workers.ingesting import Ingesting

pytest_plugins = ("tests.postgres",)

MOST_PENDING = 4
LIMIT_SECONDS = 120.0
SHADES = [(red, green, blue) for red in (20, 90, 160) for green in (60, 200) for blue in (30, 110, 240)]
STRIPES = list(itertools.combinations(SHADES[:9], 2))
QUERY = picture(SHADES[2], SHADES[5])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else None


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str | None) -> Settings:
    for name in ("make_detector", "make_embedder", "space_of"):
        monkeypatch.setattr(models, name, getattr(two_spaces, name))
    return settings_in(tmp_path, database_url=database_url)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    made = build.build(settings)
    made.start()
    yield made
    made.close()


@pytest.fixture
def shop(service: Service) -> Shop:
    """A store of 36 products, all searchable, that nobody writes to."""
    shop = open_shop(service, create_app(service))
    for number, colours in enumerate(STRIPES):
        link = shop.upload(picture(*colours)).get_json()["image_link"]
        shop.put(f"P{number}", image_link=link)
    shop.settle()
    return shop


@pytest.fixture
def worker(settings: Settings, service: Service) -> Iterator[None]:
    """What a worker process does: ingest and filling, each in a thread."""
    catalog, describers = service.catalog, Describers(lambda space: describer_of(settings, space))
    ingesting = Ingesting(
        catalog, describers, lambda: open_space(settings, catalog), lambda one: make_ingest(settings, catalog, one)
    )
    filler = make_filler(settings, catalog, describers)
    with repeating(lambda: ingesting.run_once(4)), repeating(filler.run_once):
        yield
    ingesting.close()


class repeating:  # noqa: N801 - reads as a statement
    """Calls something again and again in a thread until the ``with`` block ends; a fault of it fails the test."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.faults: list[BaseException] = []

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                if not self._call():
                    self._stop.wait(0.002)
        except BaseException as error:
            self.faults.append(error)

    def __enter__(self) -> repeating:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert not self.faults, self.faults


def until(condition: Callable[[], bool], told: str) -> None:
    ticking = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.02)):
        if condition():
            return
        ticking.wait(0.02)
    raise AssertionError(told)


def fill_next(service: Service) -> None:
    """Fill the second space beside the first, and let the searching process load it."""
    service.catalog.spaces.fill(GRID.id, models.model_of(service.settings.model_copy(update={"embedder_model": NEXT})))
    until(lambda: service.catalog.spaces.get(GRID.id).state is SpaceState.READY, "the space was not filled")
    until(lambda: GRID.id in service.serving.at_hand, "the space was not loaded")


def asked(shop: Shop, **fields: str) -> dict[str, Any]:
    answer = shop.search(QUERY, limit="5", **fields)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def told(answer: dict[str, Any]) -> list[tuple[str, float]]:
    return [(hit["product"]["sku"], hit["score"]) for one in answer["regions"] for hit in one["hits"]]


def in_space(shop: Shop, space: str) -> Callable[[], bool]:
    return lambda: asked(shop)["space"] == space


class Shopper:
    """Searches and turns pages without pause, and keeps what was answered, by space and page."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.seen: dict[tuple[str, int], set[str]] = {}
        self.order: list[str] = []

    def search(self) -> int:
        first = asked(self._shop)
        second = asked(self._shop, cursor=first["regions"][0]["cursor"])
        assert second["space"] == first["space"], "pages of one answer are of one space"
        for number, answer in enumerate((first, second)):
            self.seen.setdefault((answer["space"], number), set()).add(str(told(answer)))
        if self.order[-1:] != [first["space"]]:
            self.order.append(first["space"])
        return 1


class Merchant:
    """Lists products with new photos, and lists old photos anew, as fast as photos are described."""

    def __init__(self, shop: Shop, catalog: Catalog) -> None:
        self._shop = shop
        self._catalog = catalog
        self.listed = 0

    def write(self) -> int:
        if self._catalog.images.pending() > MOST_PENDING:  # while photos wait, filling makes way, and would not end
            return 0
        number = self.listed
        photo = picture(SHADES[number % 12], SHADES[number // 12 % 12], size=(40 + 2 * (number // 144), 90))
        answer = self._shop.upload(photo)
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        link = answer.get_json()["image_link"]
        assert self._shop.put(f"N{number}", image_link=link).status_code == 201
        if number % 3 == 2:
            assert self._shop.delete(f"N{number - 1}").status_code == 200
            assert self._shop.put(f"N{number - 1}", image_link=link).status_code in (200, 201)
        self.listed += 1
        return 0


def test_searches_go_on_through_switches_and_rollbacks(service: Service, shop: Shop, worker: None) -> None:
    busy = open_shop(service, create_app(service))
    shoppers, merchant = [Shopper(shop), Shopper(shop)], Merchant(busy, service.catalog)
    spaces = service.catalog.spaces

    def go_on_in(space: str) -> None:
        listed = merchant.listed + 6
        until(lambda: all(one.order[-1:] == [space] for one in shoppers), f"nobody was answered in {space}")
        until(lambda: merchant.listed >= listed, "the merchant was held up")

    with repeating(shoppers[0].search), repeating(shoppers[1].search), repeating(merchant.write):
        go_on_in(COLOURS)
        fill_next(service)
        for space, change in ((GRID.id, lambda: spaces.switch(GRID.id)), (COLOURS, spaces.rollback)) * 2:
            change()
            go_on_in(space)
        spaces.switch(GRID.id)
        go_on_in(GRID.id)
    for shopper in shoppers:
        assert shopper.order == [COLOURS, GRID.id] * 3
        assert {key: len(answers) for key, answers in shopper.seen.items()} == {
            (space, page): 1 for space in (COLOURS, GRID.id) for page in (0, 1)
        }, "the same photo has one answer in one space"
    until(lambda: service.catalog.images.pending() == 0, "photos wait")
    head = service.catalog.changes.head()
    until(lambda: all((one.seq or 0) >= head for one in spaces.kept()), "spaces are not followed to the end")
    for space, served in service.serving.at_hand.items():
        assert served.follower.wait_for(head, 20.0)
        for one in (shop, busy):
            assert served.verifier.differences(one.store) == []
            products = service.catalog.stats(one.store, space)
            assert products.searchable == products.products == served.index.count(one.store, space)


def test_pages_begun_before_a_switch_are_turned_in_their_space_until_it_is_dropped(
    service: Service, shop: Shop, worker: None
) -> None:
    cursor = asked(shop)["regions"][0]["cursor"]
    second = asked(shop, cursor=cursor)
    fill_next(service)
    service.catalog.spaces.switch(GRID.id)
    until(in_space(shop, GRID.id), "the switch was not seen")
    later = asked(shop, cursor=cursor)
    assert (later["space"], told(later)) == (COLOURS, told(second))
    service.catalog.spaces.drop(COLOURS)
    until(lambda: COLOURS not in service.serving.at_hand, "the space was not let go")
    while service.catalog.spaces.forget(COLOURS):
        pass
    gone = problem(shop.search(QUERY, limit="5", cursor=cursor), 422, "bad-cursor")
    assert COLOURS in gone["detail"] and "start anew" in gone["detail"]
    assert COLOURS not in {folder.name for folder in service.settings.snapshots.glob("*/*")}
    assert asked(shop)["space"] == GRID.id


def test_process_that_cannot_load_the_new_space_goes_on_in_the_old_one(
    service: Service, shop: Shop, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_next(service)
    broken = build.build(service.settings.model_copy(update={"data_dir": service.settings.data_dir}))
    broken.serving.now.follower.catch_up_fully()

    def missing(space: object) -> Any:
        raise OSError("no such weights")

    monkeypatch.setattr(broken.serving, "_make", missing)
    service.catalog.spaces.switch(GRID.id)
    for _ in range(3):
        broken.serving.look()
    assert broken.serving.now.space == COLOURS
    assert broken.serving.active == GRID.id, "what it writes is described in the new one all the same"
    answer = broken.serving.search().by_sku(shop.store, "P0", query())
    assert answer.space == COLOURS and answer.primary.hits
    broken.serving.stop()


def query() -> Any:
    from pipeline.answers import Query

    return Query(limit=5)


def test_started_again_it_serves_the_space_that_was_switched_to_and_keeps_the_other(
    service: Service, shop: Shop, worker: None
) -> None:
    fill_next(service)
    service.catalog.spaces.switch(GRID.id)
    again = build.build(service.settings)
    again.start()
    try:
        assert again.serving.now.space == GRID.id
        until(lambda: COLOURS in again.serving.at_hand, "the old space was not loaded beside it")
        service.catalog.spaces.rollback()
        until(lambda: again.serving.now.space == COLOURS, "the rollback was not seen")
    finally:
        again.close()
