"""Street scenes: everything that is worn is there, in its box, under its SKU."""

from __future__ import annotations

import numpy as np
import pytest

from demo.designs import ProductSpec
from demo.scenes import render_scene
from demo.wardrobe import UnwearableOutfit, design

HEIGHT, WIDTH = 320, 240


def wear(*looks: tuple[str, str]) -> list[ProductSpec]:
    return [ProductSpec(design(name), look) for name, look in looks]


def test_scene_boxes_bear_the_skus_that_are_worn() -> None:
    worn = wear(("Lido Sun Hat", "beige"), ("Moon Slip", "burgundy"), ("Market Tote", "black"), ("Stage Pump", "red"))
    rendered = render_scene(worn, seed=3, height=HEIGHT, width=WIDTH)
    assert rendered.pixels.shape == (HEIGHT, WIDTH, 3)
    assert {label.sku: label.category for label in rendered.boxes} == {spec.sku: spec.category for spec in worn}


def test_scene_boxes_frame_their_garment_and_stand_as_on_a_body() -> None:
    worn = wear(("Dugout Cap", "red"), ("Harbour Tee", "white"), ("Dock Jeans", "indigo"), ("Runner", "grey"))
    rendered = render_scene(worn, seed=1, height=HEIGHT, width=WIDTH)
    boxes = {label.category: label.box for label in rendered.boxes}
    for owner, label in enumerate(rendered.boxes, start=1):
        ys, xs = np.nonzero(rendered.owner == owner)
        frame = (xs.min() / WIDTH, ys.min() / HEIGHT, (xs.max() + 1) / WIDTH, (ys.max() + 1) / HEIGHT)
        assert label.box == pytest.approx(frame)
    assert boxes["hat"][3] < boxes["shirt"][1] + 0.05 < boxes["pants"][1] < boxes["shoe"][1]
    assert boxes["shoe"][3] > 0.85


def test_cap_in_a_scene_has_its_colour_in_its_box() -> None:
    rendered = render_scene(
        wear(("Pier Beanie", "grey"), ("Glacier Puffer", "red")), seed=5, height=HEIGHT, width=WIDTH
    )
    owner = next(place for place, label in enumerate(rendered.boxes, start=1) if label.category == "jacket")
    red, green, blue = rendered.pixels[rendered.owner == owner].mean(axis=0)
    assert red > 1.8 * max(green, blue)


def test_plain_garments_that_fill_up_an_outfit_have_no_sku() -> None:
    rendered = render_scene(wear(("Dugout Cap", "red")), seed=2, height=HEIGHT, width=WIDTH)
    assert {label.category for label in rendered.boxes if label.sku is None} == {"shirt", "pants", "shoe"}


def test_two_garments_of_a_kind_are_worn_by_two_people() -> None:
    rendered = render_scene(
        wear(("Harbour Tee", "white"), ("Cove V-Neck", "coral")), seed=4, height=HEIGHT, width=WIDTH
    )
    tees = [label.box for label in rendered.boxes if label.sku]
    assert len(tees) == 2
    assert tees[0][2] < tees[1][0] + 0.1


def test_what_two_people_cannot_wear_is_refused_by_name() -> None:
    worn = wear(("Moon Slip", "black"), ("Skater Dress", "black"), ("Knit Dress", "grey"))
    with pytest.raises(UnwearableOutfit, match="knit-dress-grey"):
        render_scene(worn, seed=0)


def test_same_seed_gives_the_same_scene_and_another_a_different_one() -> None:
    worn = wear(("Fjord Sweater", "mustard"))
    one, same, other = (render_scene(worn, seed, HEIGHT, WIDTH) for seed in (1, 1, 2))
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
