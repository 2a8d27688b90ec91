"""A region's category is what both models hold for likeliest; what a client chose is left as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from detector import Photo, Region
from embedder import Likelihoods, Vectors
from pipeline.answers import Query
from pipeline.describe import Describer
from pipeline.naming import WORD, named, once
from service.build import Service, build
from tests.api.shops import BLUE, RED, ColourEmbedder, HalvesDetector, settings_in
from tests.pipeline.test_search_ranking import put, settle, wide

CATEGORIES = ("bag", "dress", "pants", "shirt", "shoe")
FRAME = (0.0, 0.0, 1.0, 1.0)


class SureEmbedder(ColourEmbedder):
    """Holds every crop for a bag, as surely as it is told."""

    categories: tuple[str, ...] = CATEGORIES

    def __init__(self, share: float = 0.99) -> None:
        self._share = share

    def embed_and_name(self, crops: Sequence[Photo]) -> tuple[Vectors, Likelihoods]:
        rest = (1 - self._share) / (len(CATEGORIES) - 1)
        row = np.log([self._share, *[rest] * (len(CATEGORIES) - 1)])
        return self.embed(crops), np.tile(row, (len(crops), 1)).astype(np.float32)


@pytest.mark.parametrize(("shoe", "becomes"), [(0.05, "bag"), (0.115, "bag"), (0.13, "shoe"), (0.9, "shoe")])
def test_the_detector_is_overruled_where_the_embedder_is_much_surer(shoe: float, becomes: str) -> None:
    likelihoods = np.log(np.array([[1 - shoe - 0.003, 0.001, 0.001, 0.001, shoe]], np.float32))
    [region] = named([Region(FRAME, "shoe", 0.6)], CATEGORIES, likelihoods)
    assert region == Region(FRAME, becomes, 0.6)
    assert (becomes == "shoe") == (np.log(shoe) + WORD > np.log(1 - shoe - 0.003))


def test_a_whole_photo_and_what_has_an_unknown_category_are_left_as_they_are() -> None:
    regions = [Region(FRAME, None, 0.0, whole_photo=True), Region(FRAME, "watch", 0.5)]
    sure = np.log(np.array([[0.96, 0.01, 0.01, 0.01, 0.01]] * 2, np.float32))
    assert named(regions, CATEGORIES, sure) == regions


@pytest.mark.parametrize(("share", "category"), [(0.91, "dress"), (0.89, None)])
def test_a_box_without_a_name_gets_one_where_the_embedder_is_sure(share: float, category: str | None) -> None:
    rest = (1 - share) / 4
    likelihoods = np.log(np.array([[rest, share, rest, rest, rest]], np.float32))
    assert named([Region(FRAME, None, 1.0)], CATEGORIES, likelihoods) == [Region(FRAME, category, 1.0)]


def test_naming_again_changes_nothing() -> None:
    random = np.random.default_rng(0)
    likelihoods = np.log(random.dirichlet(np.full(len(CATEGORIES), 0.5), 200)).astype(np.float32)
    regions = [Region(FRAME, CATEGORIES[number % len(CATEGORIES)], 0.5) for number in range(200)]
    once = named(regions, CATEGORIES, likelihoods)
    assert once != regions
    assert named(once, CATEGORIES, likelihoods) == once


def test_one_garment_that_got_one_name_twice_stays_once() -> None:
    left, same, right = (0.0, 0.0, 0.5, 1.0), (0.05, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
    whole = Region(FRAME, None, 0.0, whole_photo=True)
    regions = [Region(left, "bag", 0.5), Region(same, "bag", 0.7), Region(right, "bag", 0.6), whole, whole]
    assert once(regions) == [1, 2, 3, 4]
    assert once([Region(left, "bag", 0.5), Region(same, "shoe", 0.7)]) == [0, 1]


class TwiceDetector(HalvesDetector):
    """Takes the left half for a shoe and for pants, and the right half for pants."""

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        near, right = (0.02, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
        found = [Region(near, "shoe", 0.6), Region((0.0, 0.0, 0.5, 1.0), "pants", 0.7), Region(right, "pants", 0.8)]
        return [found for _ in photos]


def test_what_became_the_same_garment_is_described_and_searched_once() -> None:
    describer, photo = Describer(TwiceDetector(), SureEmbedder()), wide(RED, BLUE)
    [described] = describer.describe([photo])
    assert [region.confidence for region in described.regions] == [0.7, 0.8, 0.0]
    regions, vectors = describer.look(photo, describer.regions([photo])[0])
    assert (regions, len(described.palettes)) == (described.regions[:2], 3)
    assert np.array_equal(vectors, described.vectors[:2])


def test_photos_of_the_catalog_are_named_by_both_models() -> None:
    photos = [wide(RED, BLUE), np.full((40, 40, 3), 90, np.uint8)]
    described = Describer(HalvesDetector(), SureEmbedder()).describe(photos)
    assert [[region.category for region in one.regions] for one in described] == [["bag", "bag", None], [None]]
    nameless = SureEmbedder()
    nameless.categories = ()  # as where an embedder's weights tell nothing of them
    assert Describer(HalvesDetector(), nameless).describe(photos)[0].regions[0].category == "shirt"
    unsure = Describer(HalvesDetector(), SureEmbedder(0.3)).describe(photos)
    assert [region.category for region in unsure[0].regions] == ["shirt", "pants", None]


@pytest.fixture
def shop(tmp_path: Path) -> Service:
    service = build(settings_in(tmp_path), detector=HalvesDetector(), embedder=SureEmbedder())
    service.catalog.stores.create("shop", "Shop")
    return service


def test_a_search_names_what_was_found_and_leaves_what_was_chosen(shop: Service) -> None:
    shop.start()
    try:
        put(shop, "bag", "Bag", RED)
        put(shop, "shirt", "Shirt", RED)
        settle(shop)
        photo = wide(RED, BLUE)
        found = shop.search.by_photo("shop", photo, Query())
        assert [one.region.category for one in found.regions] == ["bag", "bag"]
        assert [hit.product.sku for hit in found.primary.hits] == ["bag", "shirt"], "a shirt is another kind"
        box = (0.0, 0.0, 0.5, 1.0)
        chosen = shop.search.by_photo("shop", photo, Query(region=box, category="shirt"))
        assert [one.region.category for one in chosen.regions] == ["shirt"]
        own = shop.search.by_photo("shop", photo, Query(region=box, limit=1)).primary
        assert own.region.category == "bag"
        after = shop.search.by_photo("shop", photo, Query(limit=1, cursor=own.cursor, region=box)).primary
        assert (after.region.category, after.hits[0].product.sku) == ("bag", "shirt")
    finally:
        shop.close()
