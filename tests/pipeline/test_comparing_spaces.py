"""Two spaces held against each other: what overlaps, what labelled pairs say, what a photo's own image counts."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from catalog import Product
from detector import Region
from pipeline.answers import Answer, Hit, Query, RegionAnswer
from pipeline.comparing import DEPTH, Question, compare
from pipeline.describe import FRAME, WHOLE_PHOTO

AT = datetime(2026, 5, 4, tzinfo=UTC)


class Fixed:
    """Answers every photo with the same products, best first, each by an image of its name."""

    def __init__(self, *skus: str) -> None:
        self._skus = skus

    def by_photo(self, store: str, photo: object, query: Query) -> Answer:
        hits = [Hit(Product(store, sku, {}, 1, 1, AT), f"image of {sku}", FRAME, None, 1.0) for sku in self._skus]
        others = RegionAnswer(Region(FRAME, "bag", 0.9), False, (), tuple(hits[::-1]), None)
        primary = RegionAnswer(WHOLE_PHOTO, True, (), tuple(hits[: query.limit]), None)
        return Answer((others, primary), "space", 1, False, {})


def asked(*pairs: tuple[str | None, str | None]) -> list[Question]:
    return [Question(np.zeros((4, 4, 3), np.uint8), image, sku) for image, sku in pairs]


def test_share_of_hits_that_both_give_is_the_overlap() -> None:
    found = compare(
        "shop", asked((None, None)) * 3, [("a@1", Fixed("x", "y", "z", "v")), ("b@1", Fixed("y", "w", "x"))]
    )
    assert (found.photos, found.pairs, found.overlap) == (3, 0, 0.5)
    assert [one.space for one in found.spaces] == ["a@1", "b@1"]
    assert all(one.photos == 3 and one.milliseconds > 0 for one in found.spaces)


def test_pairs_count_where_their_product_stands() -> None:
    searches = [("a@1", Fixed("x", "y", "z")), ("b@1", Fixed(*(f"n{n}" for n in range(8)), "x", "y"))]
    first, second = compare("shop", asked((None, "x"), (None, "y"), (None, "no")), searches).spaces
    assert (first.recall(1), first.recall(5)) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert (second.recall(5), second.recall(DEPTH)) == (0.0, pytest.approx(2 / 3))


def test_image_that_was_asked_with_is_no_hit() -> None:
    searches = [("a@1", Fixed("x", "y")), ("b@1", Fixed("x", "z"))]
    found = compare("shop", asked(("image of x", "y")), searches)
    assert found.overlap == 0.0
    assert [one.recall(1) for one in found.spaces] == [1.0, 0.0]


def test_spaces_that_find_nothing_agree() -> None:
    found = compare("shop", asked((None, "x")), [("a@1", Fixed()), ("b@1", Fixed())])
    assert (found.overlap, found.spaces[0].recall(5)) == (1.0, 0.0)
