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
from pipeline.naming import WORD, named
from service.build import Service, build
from tests.api.shops import BLUE, RED, ColourEmbedder, HalvesDetector, settings_in
from tests.pipeline.test_search_ranking import put, settle, wide

CATEGORIES = ("bag", "dress", "pants", "shirt", "shoe")
FRAME = (0.0, 0.0, 1.0, 1.0)


class SureEmbedder(ColourEmbedder):
    """Holds every crop for a bag, as surely as it is told."""

    categories = CATEGORIES

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


def test_what_has_no_category_or_an_unknown_one_is_left_as_it_is() -> None:
    regions = [Region(FRAME, None, 0.0, whole_photo=True), Region(FRAME, "watch", 0.5)]
    likelihoods = np.log(np.full((2, len(CATEGORIES)), 1 / len(CATEGORIES), np.float32))
    assert named(regions, CATEGORIES, likelihoods) == regions


def test_naming_again_changes_nothing() -> None:
    random = np.random.default_rng(0)
    likelihoods = np.log(random.dirichlet(np.full(len(CATEGORIES), 0.5), 200)).astype(np.float32)
    regions = [Region(FRAME, CATEGORIES[number % len(CATEGORIES)], 0.5) for number in range(200)]
    once = named(regions, CATEGORIES, likelihoods)
    assert once != regions
    assert named(once, CATEGORIES, likelihoods) == once


def test_photos_of_the_catalog_are_named_by_both_models() -> None:
    photos = [wide(RED, BLUE), np.full((40, 40, 3), 90, np.uint8)]
    described = Describer(HalvesDetector(), SureEmbedder()).describe(photos)
    assert [[region.category for region in one.regions] for one in described] == [["bag", "bag", None], [None]]
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
        chosen = shop.search.by_photo("shop", photo, Query(region=(0.0, 0.0, 0.5, 1.0), category="shirt"))
        assert [one.region.category for one in chosen.regions] == ["shirt"]
    finally:
        shop.close()
