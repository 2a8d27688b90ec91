"""Narrowing down: choices out of the hits, free entry, a price range, chips."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.visitor import Visitor


def test_colours_narrow_the_hits_and_chips_take_them_away(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.choose("color", "blue")
    assert visitor.colours() == {"blue"}
    expect(visitor.see("results-title")).to_have_text("Jacket")
    visitor.choose("color", "green")
    assert visitor.colours() == {"blue", "green"}
    expect(visitor.see("filter-chip")).to_have_text(["blue", "green"])
    visitor.see("filter-chip").get_by_text("blue").click()
    visitor.settled()
    expect(visitor.see("filter-chip")).to_have_text(["green"])
    assert visitor.colours() == {"green"}


def test_filters_hold_for_the_other_garments_too(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.choose("color", "red")
    visitor.dot("Pants").click()
    expect(visitor.see("results-title")).to_have_text("Pants")
    visitor.settled()
    assert visitor.colours() == {"red"}
    visitor.see("filter-chip").click()
    visitor.settled()
    assert visitor.skus()[0].startswith("blue-")


def test_filter_that_is_taken_away_leaves_the_hits_as_they_were(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    before = visitor.skus()
    with visitor.asking() as asked:
        visitor.choose("color", "blue")
    assert "region" not in asked.options  # a box alone would not tell the shop what kind of garment is in it
    visitor.see("filter-chip").click()
    visitor.settled()
    assert visitor.skus() == before


def test_filters_hold_for_a_box_the_shopper_set(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.see("box").focus()
    with visitor.asking():
        visitor.page.keyboard.press("ArrowRight")
    box = visitor.box()
    with visitor.asking() as asked:
        visitor.choose("color", "green")
    assert asked.options["region"] == pytest.approx(box, abs=0.001)
    assert visitor.colours() == {"green"}
    visitor.dot("Pants").click()
    expect(visitor.see("results-title")).to_have_text("Pants")
    visitor.settled()
    assert visitor.colours() == {"green"}
    visitor.dot("Jacket").click()
    assert visitor.box() == pytest.approx(box)


def test_price_range_is_what_the_shopper_pays(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.see("filter-price").click()
    visitor.see("filter-price-to").fill("25")
    with visitor.asking() as asked:
        visitor.see("filter-price-apply").click()
    assert asked.options["filters"] == {"price": {"lte": 25}}
    assert set(visitor.skus()) == {"red-00", "red-01", "red-02", "red-04", "blue-01", "green-01", "yellow-01"}
    expect(visitor.see("filter-chip")).to_have_text(["Up to €25.00"])
    visitor.see("filter-price").click()
    expect(visitor.see("filter-price-from")).to_be_focused()
    visitor.page.keyboard.type("10")
    with visitor.asking():
        visitor.page.keyboard.press("Enter")
    expect(visitor.see("filter-chip")).to_have_text(["€10.00 – €25.00"])
    assert set(visitor.skus()) == {"red-00", "red-02", "red-04"}


def test_swapped_price_bounds_are_put_in_order(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.see("filter-price").click()
    visitor.see("filter-price-from").fill("25")
    visitor.see("filter-price-to").fill("20")
    with visitor.asking() as asked:
        visitor.see("filter-price-apply").click()
    assert asked.options["filters"] == {"price": {"gte": 20, "lte": 25}}


def test_other_facets_narrow_together(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.choose("brand", "Ode")
    visitor.choose("size", "L")
    visitor.choose("gender", "Women")
    with visitor.asking() as asked:
        visitor.choose("category", "Jacket")
    assert asked.options["filters"] == {
        "brand": {"in": ["ode"]},
        "size": {"in": ["l"]},
        "gender": {"in": ["female"]},
        "category": {"in": ["jacket"]},
    }
    assert set(visitor.skus()) == {"red-02", "red-08", "red-14"}
    visitor.see("filter-clear").click()
    visitor.settled()
    expect(visitor.see("hit")).to_have_count(24)


def test_products_out_of_stock_are_shown_only_when_asked_for(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    assert "red-03" not in visitor.skus()
    visitor.choose("availability", "Out of stock")
    assert set(visitor.skus()) == {"red-03", "blue-03", "green-03", "yellow-03"}
    expect(visitor.see("hit").first).to_contain_text("Out of stock")


def test_free_entry_adds_a_choice_and_nothing_found_says_so(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.see("filter-color").click()
    visitor.see("filter-color-entry").fill("Turquoise")
    with visitor.asking() as asked:
        visitor.page.keyboard.press("Enter")
    assert asked.options["filters"] == {"color": {"in": ["turquoise"]}}
    visitor.page.keyboard.press("Escape")
    expect(visitor.see("empty")).to_contain_text("Nothing passes these filters")
    with visitor.asking():
        visitor.see("empty-clear").click()
    expect(visitor.see("hit")).to_have_count(24)
    expect(visitor.see("chips")).to_be_hidden()


def test_filters_hold_for_similar_products(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.choose("brand", "Alba")
    visitor.see("hit").first.hover()
    visitor.see("similar").first.click()
    expect(visitor.see("back")).to_be_visible()
    visitor.settled()
    expect(visitor.see("hit-brand").first).to_have_text("Alba")
    assert set(visitor.see("hit-brand").all_inner_texts()) == {"Alba"}


def test_new_photo_starts_without_filters(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    visitor.choose("color", "green")
    visitor.see("new-photo").click()
    expect(visitor.see("drop-zone")).to_be_visible()
    visitor.pick(street)
    expect(visitor.see("filter-chip")).to_have_count(0)
    assert visitor.skus()[0].startswith("red-")
