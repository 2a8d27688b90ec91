"""However many garments of another kind look more alike, the answer is the best of the whole catalog, found at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector import Photo, Region
from index import EVERYTHING, Candidate, VectorIndex, Vectors, Where
from pipeline.answers import Query
from pipeline.ranking import OTHER_KIND
from pipeline.search import SPARE
from service.build import Service
from tests.api.shops import BLUE, RED, build_light, settings_in
from tests.pipeline.test_search_ranking import put, settle, wide


class Noting:
    """Searches an index, and notes how many candidates it was asked for, each time."""

    def __init__(self, index: VectorIndex) -> None:
        self._search = index.search
        self.asked: list[int] = []

    def __call__(
        self, store: str, space: str, vectors: Vectors, limit: int, where: Where = EVERYTHING
    ) -> list[list[Candidate]]:
        self.asked.append(limit)
        return self._search(store, space, vectors, limit, where)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    """Many jackets of the very blue that is asked for, some pants that have it in part, and things without a kind."""
    service = build_light(settings_in(tmp_path))
    service.catalog.stores.create("shop", "Shop")
    service.start()
    for number in range(60):
        put(service, f"jacket-{number:02}", "Jacket", *[BLUE] * (20 + number % 3), RED)
    for number in range(25):
        put(service, f"pants-{number:02}", "Pants", *[BLUE] * 6, *[RED] * (1 + number % 9))
    for number in range(10):
        put(service, f"thing-{number:02}", "Thing", *[BLUE] * 5, *[RED] * (2 + number))
    settle(service)
    yield service
    service.close()


@pytest.mark.parametrize("limit", [10, 20, 30])
def test_answer_is_the_best_of_all_though_many_of_another_kind_are_more_alike(
    shop: Service, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    photo = wide(RED, BLUE)
    best = best_of_all(shop, photo)
    noting = Noting(shop.index)
    monkeypatch.setattr(shop.index, "search", noting)
    pants = shop.search.by_photo("shop", photo, Query(limit=limit, point=(0.75, 0.5))).primary
    assert pants.region.category == "pants"
    assert [hit.product.sku for hit in pants.hits] == best[:limit]
    assert noting.asked == [limit + 1 + SPARE] * 2, "once any kind, once its own, and no more than a page needs"


def best_of_all(shop: Service, photo: Photo) -> list[str]:
    """Every product there is, by its likeness to the right half, less what another kind costs."""
    region = Region((0.5, 0.0, 1.0, 1.0), "pants", 0.8)
    _, vector = shop.search._describer.look(photo, [region])
    every = shop.index.search("shop", shop.search._describer.space.id, vector, 1_000)[0]
    ranks = [(OTHER_KIND * one.sku.startswith("jacket") - one.score, one.sku) for one in every]
    return [sku for _, sku in sorted(ranks)]
