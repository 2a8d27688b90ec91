"""Which garment comes first, and that one garment comes once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector import CATEGORIES, Box, Region
from detector.prominence import SAME_BOX, most_prominent_first, overlap, prominence

SIDES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).filter(lambda pair: pair[1] - pair[0] > 0.01)
BOXES = st.tuples(SIDES, SIDES).map(lambda sides: (sides[0][0], sides[1][0], sides[0][1], sides[1][1]))
REGIONS = st.builds(Region, BOXES, st.sampled_from(CATEGORIES), st.floats(0.01, 1))


def region(box: Box, category: str = "shirt", confidence: float = 0.8) -> Region:
    return Region(box, category, confidence)


def test_a_large_garment_comes_before_a_surer_small_one() -> None:
    dress, shoe = region((0.2, 0.1, 0.8, 0.8), "dress", 0.6), region((0.4, 0.9, 0.5, 1.0), "shoe", 0.95)
    assert most_prominent_first([shoe, dress]) == [dress, shoe]


def test_of_two_alike_the_one_in_the_middle_comes_first() -> None:
    middle, side = region((0.4, 0.4, 0.6, 0.6)), region((0.8, 0.4, 1.0, 0.6))
    assert most_prominent_first([side, middle]) == [middle, side]


def test_of_two_alike_the_surer_one_comes_first() -> None:
    left, right = region((0.1, 0.4, 0.3, 0.6), confidence=0.5), region((0.7, 0.4, 0.9, 0.6), confidence=0.9)
    assert most_prominent_first([left, right]) == [right, left]


def test_a_garment_named_twice_stays_under_its_surer_name() -> None:
    shirt, jacket = region((0.2, 0.2, 0.8, 0.8), "shirt", 0.5), region((0.2, 0.2, 0.81, 0.8), "jacket", 0.7)
    assert most_prominent_first([shirt, jacket]) == [jacket]


def test_a_shirt_under_a_jacket_stays() -> None:
    shirt, jacket = region((0.4, 0.2, 0.6, 0.8), "shirt"), region((0.2, 0.2, 0.8, 0.8), "jacket")
    assert set(most_prominent_first([shirt, jacket])) == {shirt, jacket}


@given(BOXES, BOXES)
def test_overlap_is_a_share_and_the_same_both_ways(one: Box, other: Box) -> None:
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1


@given(st.lists(REGIONS, max_size=12))
def test_order_does_not_depend_on_the_order_given_and_no_garment_is_doubled(regions: list[Region]) -> None:
    first = most_prominent_first(regions)
    assert most_prominent_first(regions[::-1]) == first
    assert [prominence(one) for one in first] == sorted((prominence(one) for one in first), reverse=True)
    assert all(overlap(a.box, b.box) <= SAME_BOX for i, a in enumerate(first) for b in first[:i])
    assert set(first) <= set(regions)
