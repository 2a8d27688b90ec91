"""Dots, the box with its handles, products like a product, and more of the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.street import BAG, JACKET, PANTS, encoded, photo
from tests.page.visitor import Visitor


def test_tapping_another_garment_shows_its_hits(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.dot("Pants").click()
    expect(visitor.see("results-title")).to_have_text("Pants")
    assert visitor.skus()[0].startswith("blue-")
    expect(visitor.dot("Pants")).to_have_attribute("aria-pressed", "true")
    expect(visitor.dot("Jacket")).to_have_attribute("aria-pressed", "false")
    assert visitor.box() == pytest.approx(PANTS, abs=0.01)


def test_dots_stand_on_their_garments(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    frame = visitor.see("photo").bounding_box()
    assert frame
    for name, (x0, y0, x1, y1) in (("Jacket", JACKET), ("Pants", PANTS), ("Bag", BAG)):
        dot = visitor.dot(name).bounding_box()
        assert dot
        middle = dot["x"] + dot["width"] / 2 - frame["x"], dot["y"] + dot["height"] / 2 - frame["y"]
        assert middle == pytest.approx(((x0 + x1) / 2 * frame["width"], (y0 + y1) / 2 * frame["height"]), abs=4)


def test_garments_in_one_place_can_both_be_tapped(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "worn.png"
    path.write_bytes(encoded(photo({"red": (0.2, 0.2, 0.8, 0.8), "green": (0.45, 0.45, 0.55, 0.55)})))
    visitor.pick(path)
    for name in ("Bag", "Jacket", "Bag"):
        visitor.dot(name).click()
        expect(visitor.see("results-title")).to_have_text(name)


def test_each_handle_moves_its_own_sides(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    frame = visitor.see("photo").bounding_box()
    assert frame
    dx, dy = 10 / frame["width"], 10 / frame["height"]
    for handle in ("nw", "n", "ne", "e", "se", "s", "sw", "w"):
        before, at = visitor.box(), visitor.see(f"box-handle-{handle}").bounding_box()
        assert at
        x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
        visitor.page.mouse.move(x, y)
        visitor.page.mouse.down()
        visitor.page.mouse.move(x + 10, y + 10, steps=2)
        with visitor.asking() as asked:
            visitor.page.mouse.up()
        moves = dx * ("w" in handle), dy * ("n" in handle), dx * ("e" in handle), dy * ("s" in handle)
        wanted = [side + move for side, move in zip(before, moves, strict=True)]
        assert visitor.box() == pytest.approx(wanted, abs=0.004), handle
        assert asked.options["region"] == pytest.approx(visitor.box(), abs=0.001)


def test_box_dragged_onto_another_garment_finds_that_one(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    frame = visitor.see("photo").bounding_box()
    assert frame
    visitor.page.mouse.move(frame["x"] + 0.4 * frame["width"], frame["y"] + 0.2 * frame["height"])
    visitor.page.mouse.down()
    visitor.page.mouse.move(frame["x"] + 0.4 * frame["width"], frame["y"] + 0.7 * frame["height"], steps=4)
    with visitor.asking():
        visitor.page.mouse.up()
    assert visitor.skus()[0].startswith("blue-")


def test_escape_puts_a_dragged_box_back(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    before = visitor.box()
    visitor.see("box-handle-se").hover()
    visitor.page.mouse.down()
    visitor.page.mouse.move(0, 0, steps=2)
    assert visitor.box() != before
    visitor.page.keyboard.press("Escape")
    assert visitor.box() == before
    visitor.page.mouse.up()
    expect(visitor.page.locator("html")).to_have_attribute("data-phase", "ready")


def test_box_cannot_leave_the_photo_or_vanish(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    for handle, (x, y) in (("se", (5000, 5000)), ("nw", (4000, 4000))):
        visitor.see(f"box-handle-{handle}").hover()
        visitor.page.mouse.down()
        visitor.page.mouse.move(x, y, steps=2)
        with visitor.asking():
            visitor.page.mouse.up()
    x0, y0, x1, y1 = visitor.box()
    assert (x1, y1) == (1, 1)
    assert 0 < x1 - x0 < 0.2 and 0 < y1 - y0 < 0.2


def test_box_drawn_over_everything_asks_for_just_that(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    for handle, place in (("nw", (0, 0)), ("se", (5000, 5000))):
        visitor.see(f"box-handle-{handle}").hover()
        visitor.page.mouse.down()
        visitor.page.mouse.move(*place, steps=2)
        with visitor.asking() as asked:
            visitor.page.mouse.up()
    assert asked.options["region"] == [0, 0, 1, 1]
    expect(visitor.see("garment-dot")).to_have_count(2)
    expect(visitor.see("hit").first).to_be_visible()


def test_garment_that_was_not_found_can_be_marked(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    with visitor.asking() as asked:
        visitor.see("add-garment").click()
    assert asked.options["region"] == [0.3, 0.3, 0.7, 0.7]
    expect(visitor.see("garment-dot")).to_have_count(4)
    expect(visitor.see("results-title")).to_have_text("Your selection")
    expect(visitor.see("box")).to_be_focused()


def test_photo_without_garments_is_searched_whole_and_says_so(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    path.write_bytes(encoded(photo({})))
    visitor.pick(path)
    expect(visitor.see("status")).to_contain_text("the whole photo was searched")
    expect(visitor.see("garment-dot")).to_have_count(0)
    expect(visitor.see("box")).to_be_visible()
    expect(visitor.see("hit").first).to_be_visible()


def test_similar_products_and_the_way_back(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    before = visitor.skus()
    hit = visitor.see("hit").nth(1)
    title = hit.get_by_test_id("hit-title").inner_text()
    hit.hover()
    hit.get_by_test_id("similar").click()
    expect(visitor.see("results-title")).to_have_text(f"Similar to {title}")
    visitor.settled()
    assert before[1] not in visitor.skus() and visitor.skus()[0].startswith("red-")
    expect(visitor.see("box")).to_be_hidden()
    visitor.page.go_back()
    expect(visitor.see("results-title")).to_have_text("Jacket")
    assert visitor.skus() == before
    visitor.page.go_forward()
    expect(visitor.see("results-title")).to_have_text("Jacket")


def test_more_hits_follow_without_doubles(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    first = visitor.skus()
    assert len(first) == 24
    with visitor.asking() as asked:
        visitor.see("more").click()
    assert asked.options["cursor"]
    expect(visitor.see("hit")).to_have_count(48)
    assert visitor.skus()[:24] == first
    assert len(set(visitor.skus())) == 48
    with visitor.asking():
        visitor.see("more").click()
    expect(visitor.see("more")).to_be_hidden()
    expect(visitor.see("status")).to_have_text(re.compile(r"56 products\.$"))


def test_more_hits_follow_for_an_adjusted_box_and_for_similar_products(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.see("box").focus()
    with visitor.asking():
        visitor.page.keyboard.press("ArrowRight")
    with visitor.asking():
        visitor.see("more").click()
    expect(visitor.see("hit")).to_have_count(48)
    visitor.see("similar").first.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.see("back")).to_be_visible()
    visitor.settled()
    expect(visitor.see("hit")).to_have_count(24)
    visitor.see("more").click()
    expect(visitor.see("hit")).to_have_count(48)


def test_hits_show_what_a_shopper_needs(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    hit = visitor.page.locator('[data-sku="red-01"]')
    expect(hit.get_by_test_id("hit-title")).to_have_text("Red jacket no. 1")
    expect(hit.get_by_test_id("hit-brand")).to_have_text("Nord")
    expect(hit.locator("ins")).to_contain_text("€9.50")
    expect(hit.locator("s")).to_contain_text("€21.90")
    link = hit.get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.example/red/1")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")
    visitor.page.wait_for_function(
        "(sku) => document.querySelector(`[data-sku=${sku}] img`).naturalWidth > 0", arg="red-01"
    )
    expect(visitor.page.locator('[data-sku="red-02"]')).to_contain_text("Pre-order")
