"""What does not fit is refused at the door, and said which product and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import Entry, IndexedRegion, VectorIndexError, WrongAttributes, WrongVectors
from index.device_rows import DeviceUnavailable
from index.faiss_index import FaissIndex
from tests.index.shop import shop

SPACE = "space@1"


def test_dimensions_known_beforehand_are_kept_to() -> None:
    index = FaissIndex({SPACE: 16})
    with pytest.raises(WrongVectors, match=r"p000000.*8 dimensions.*16"):
        index.upsert("store", SPACE, shop(1, 8))
    with pytest.raises(WrongVectors, match="8 dimensions"):
        index.search("store", SPACE, np.ones((1, 8), np.float32), 1)


def test_first_vector_sets_the_dimensions_of_an_unknown_space_for_every_store() -> None:
    index = FaissIndex()
    index.upsert("store", SPACE, shop(3, 8))
    with pytest.raises(WrongVectors, match="16 dimensions"):
        index.upsert("other", SPACE, shop(3, 16))


def test_refused_first_batch_does_not_set_the_dimensions() -> None:
    index = FaissIndex()
    with pytest.raises(WrongVectors):
        index.upsert("store", SPACE, [*shop(3, 8), *shop(3, 16)])
    index.upsert("store", SPACE, shop(3, 16))
    assert index.count("store", SPACE) == 3


def test_products_without_regions_may_come_before_the_first_vector() -> None:
    index = FaissIndex()
    assert index.upsert("store", SPACE, [Entry("bare", 1, {}, ())]) == []
    assert index.count("store", SPACE) == 1
    assert index.search("store", SPACE, shop_vector(), 5) == [[]]
    index.upsert("store", SPACE, shop(3, 8))
    assert len(index.search("store", SPACE, shop_vector(), 5)[0]) == 3


def test_space_without_a_vector_yet_goes_through_a_snapshot(tmp_path: Path) -> None:
    index = FaissIndex()
    index.upsert("store", SPACE, [Entry("bare", 1, {}, ())])
    index.snapshot(tmp_path, 1)
    restored = FaissIndex()
    assert restored.restore(tmp_path) == 1
    assert restored.search("store", SPACE, shop_vector(), 5) == [[]]
    restored.upsert("store", SPACE, shop(3, 8))
    assert restored.count("store", SPACE) == 4


@pytest.mark.parametrize("value", [None, ["red"], ("red", 1.0), {"a": 1}, 10**400])
def test_attributes_that_no_filter_can_be_held_against_are_refused(value: object) -> None:
    index = FaissIndex()
    region = IndexedRegion("image", 0, shop_vector()[0])
    attributes: dict[str, object] = {"fine": "x", "odd": value}
    with pytest.raises(WrongAttributes, match=r"odd.*sku 1"):
        index.upsert("store", SPACE, [Entry("sku 1", 1, attributes, (region,))])
    assert index.count("store", SPACE) == 0


def test_device_that_cannot_search_is_said_at_once() -> None:
    for device in ("gpu", "cuda:99"):
        with pytest.raises(DeviceUnavailable, match=f"{device}.*VITRINE_INDEX_DEVICE"):
            FaissIndex(device=device)
    assert issubclass(DeviceUnavailable, VectorIndexError)


def shop_vector() -> np.ndarray:
    return np.eye(8, dtype=np.float32)[:1]
