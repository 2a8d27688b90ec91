"""Rendered products: the same every time, labelled truly, recognisably of one design."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from demo.catalog import CATEGORIES
from demo.designs import Design, ProductSpec
from demo.garments import VIEWS, Rendered, render_product
from demo.shop import DESIGNS, products

SIDE = 128


@cache
def packshot(design: Design, look: int = 0) -> Rendered:
    return render_product(ProductSpec(design, design.looks[look]), 0, SIDE)


def first_of(category: str) -> Design:
    return next(design for design in DESIGNS if design.category == category)


@pytest.mark.parametrize("view", range(len(VIEWS)))
@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_seen_in_every_view(category: str, view: int) -> None:
    design = first_of(category)
    spec = ProductSpec(design, design.looks[0])
    rendered = render_product(spec, view, SIDE)
    assert rendered.pixels.shape in ((SIDE, SIDE, 3), (SIDE, SIDE * 3 // 4, 3))
    assert rendered.pixels.dtype == np.uint8
    own = [label for label in rendered.boxes if label.sku == spec.sku]
    assert [label.category for label in own] == [category]
    x0, y0, x1, y1 = own[0].box
    assert (x1 - x0) * (y1 - y0) > 0.001


@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_same_product_gives_same_pixels(view: int) -> None:
    spec = ProductSpec(DESIGNS[0], DESIGNS[0].looks[0], seed=7)
    one, other = render_product(spec, view, SIDE), render_product(spec, view, SIDE)
    assert np.array_equal(one.pixels, other.pixels)
    assert one.boxes == other.boxes


def test_boxes_frame_exactly_the_pixels_their_garment_owns() -> None:
    for place, design in enumerate(DESIGNS):
        rendered = render_product(ProductSpec(design, design.looks[0], place), place % len(VIEWS), SIDE)
        for owner, label in enumerate(rendered.boxes, start=1):
            height, width = rendered.owner.shape
            ys, xs = np.nonzero(rendered.owner == owner)
            frame = (xs.min() / width, ys.min() / height, (xs.max() + 1) / width, (ys.max() + 1) / height)
            assert label.box == pytest.approx(frame)
            assert 0 <= label.box[0] < label.box[2] <= 1
            assert 0 <= label.box[1] < label.box[3] <= 1


def test_packshot_shows_the_whole_product_before_an_even_ground() -> None:
    for design in DESIGNS:
        rendered = packshot(design)
        x0, y0, x1, y1 = rendered.boxes[0].box
        assert min(x0, y0, 1 - x1, 1 - y1) > 0.01, design.name
        assert max(x1 - x0, y1 - y0) > 0.6, design.name
        assert rendered.pixels[0, :, :].min() > 200, design.name


def test_variants_of_a_design_share_their_shape_and_differ_in_colour() -> None:
    for design in DESIGNS:
        one, other = packshot(design), packshot(design, 1)
        assert np.array_equal(one.owner, other.owner), design.name
        inside = one.owner > 0
        apart = np.abs(one.pixels[inside].astype(int) - other.pixels[inside].astype(int)).mean()
        assert apart > 5, design.name


def test_designs_of_a_category_differ_in_shape() -> None:
    for category in CATEGORIES:
        cuts = [design for design in DESIGNS if design.category == category]
        masks = [packshot(design).owner > 0 for design in cuts]
        for place, one in enumerate(masks):
            for other in masks[:place]:
                assert (one ^ other).sum() > 0.02 * (one | other).sum(), category


def test_products_are_all_different_and_cover_every_category() -> None:
    specs = products(300)
    assert len({spec.sku for spec in specs}) == 300
    assert {spec.category for spec in specs} == set(CATEGORIES)
    per_design = [sum(spec.design == design for spec in specs) for design in DESIGNS]
    assert min(per_design) >= 3
    assert {spec.category for spec in products(len(CATEGORIES))} == set(CATEGORIES)
