"""Phones, keyboards, dark rooms, still rooms, and readers of labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.server import Shop
from tests.page.visitor import Visitor

AUDIT = (Path(__file__).parent / "audit.js").read_text().strip().rstrip(";")


@pytest.fixture
def phone(browser: Browser, shop: Shop) -> Iterator[Visitor]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True, has_touch=True, locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"{shop.address}/#key={shop.key}")
    yield Visitor(page, shop.address, shop.counter)
    context.close()


def audit(visitor: Visitor, what: str) -> Any:
    """Ask one function of audit.js about the page as it is."""
    return visitor.page.evaluate(f"() => ({AUDIT}).{what}()")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= 360 && innerWidth === 360"))


def test_phone_needs_no_sideways_scrolling(phone: Visitor, street: Path) -> None:
    expect(phone.see("drop-zone")).to_be_visible()
    assert fits(phone.page)
    phone.pick(street)
    expect(phone.see("hit").first).to_be_visible()
    assert fits(phone.page)
    phone.see("filter-color").tap()
    expect(phone.see("filter-color-panel")).to_be_in_viewport(ratio=1)
    phone.see("filter-color-panel").get_by_role("checkbox", name="red").tap()
    phone.page.keyboard.press("Escape")
    phone.settled()
    assert fits(phone.page)


def test_dots_answer_to_a_finger(phone: Visitor, street: Path) -> None:
    phone.pick(street)
    phone.dot("Bag").tap()
    expect(phone.see("results-title")).to_have_text("Bag")
    assert phone.skus()[0].startswith("green-")


@pytest.mark.parametrize("handle", ["box-handle-se", "box-grip"])
def test_box_answers_to_a_finger(phone: Visitor, street: Path, handle: str) -> None:
    phone.pick(street)
    before, at = phone.box(), phone.see(handle).bounding_box()
    assert at
    touch = phone.page.context.new_cdp_session(phone.page)
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in (8, 16, 24):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + step, "y": y + step}]})
    with phone.asking() as asked:
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = phone.box()
    assert after[2] > before[2] and after[3] > before[3]
    assert (after[0] > before[0]) is (handle == "box-grip")
    assert asked.options["region"] == pytest.approx(after, abs=0.001)


def test_everything_can_be_done_by_keyboard(visitor: Visitor, street: Path) -> None:
    keys = visitor.page.keyboard
    visitor.page.on("filechooser", lambda _: None)  # from now on choosers are the test's, not the system's
    visitor.page.locator("body").press("Tab")
    while not visitor.see("photo-input").evaluate("(one) => one === document.activeElement"):
        keys.press("Tab")
    with visitor.page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files(street)
    visitor.settled()

    tab_to(visitor, "garment-dot")
    keys.press("ArrowRight")
    expect(visitor.dot("Pants")).to_be_focused()
    keys.press("Enter")
    expect(visitor.see("results-title")).to_have_text("Pants")
    expect(visitor.dot("Pants")).to_be_focused()

    tab_to(visitor, "box", "Shift+Tab")
    before = visitor.box()
    with visitor.asking() as asked:
        keys.press("ArrowLeft")
        keys.press("ArrowUp")
        keys.press("Shift+ArrowLeft")
        keys.press("Enter")
    after = visitor.box()
    assert [round(one - other, 3) for one, other in zip(after, before, strict=True)] == [-0.01, -0.01, -0.02, -0.01]
    assert asked.options["region"] == pytest.approx(after, abs=0.001)

    tab_to(visitor, "filter-brand")
    keys.press("Enter")
    keys.press("Space")
    visitor.settled()
    keys.press("Escape")
    expect(visitor.see("filter-brand")).to_be_focused()
    expect(visitor.see("filter-chip")).to_have_text(["Alba"])

    tab_to(visitor, "similar")
    keys.press("Enter")
    expect(visitor.see("results-title")).to_contain_text("Similar to")
    expect(visitor.page.locator("#results")).to_be_focused()
    tab_to(visitor, "back")
    keys.press("Enter")
    expect(visitor.see("results-title")).to_have_text("Pants")


def tab_to(visitor: Visitor, name: str, key: str = "Tab") -> None:
    """Press Tab until the focus is on an element of this name."""
    for _ in range(40):
        visitor.page.keyboard.press(key)
        if visitor.page.evaluate("document.activeElement.dataset.testid") == name:
            return
    raise AssertionError(f"{name} cannot be reached by {key}")


def test_focus_is_visible_on_all_that_takes_it(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    seen = set()
    for _ in range(24):
        visitor.page.keyboard.press("Tab")
        name, visible = audit(visitor, "focus")
        seen.add(name)
        assert visible, name
    assert len(seen) > 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_and_contrast_are_good_in_both_schemes(visitor: Visitor, street: Path, scheme: str) -> None:
    visitor.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    visitor.page.reload()
    assert audit(visitor, "unnamed") == []
    assert audit(visitor, "faint") == []
    visitor.pick(street)
    visitor.choose("brand", "Nord")
    visitor.see("filter-color").click()
    assert audit(visitor, "unnamed") == []
    assert audit(visitor, "faint") == []


def test_reduced_motion_stands_still(visitor: Visitor, street: Path) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    with visitor.counter.closed():
        visitor.see("photo-input").set_input_files(street)
        expect(visitor.page.locator(".skeleton").first).to_be_visible()
        assert visitor.page.evaluate("document.getAnimations().length") == 0
    visitor.settled()


def test_answer_does_not_push_the_page_around(visitor: Visitor, street: Path) -> None:
    """Nothing that is seen moves but what the shopper set in motion (layout shift; .1 is the usual bound)."""
    with visitor.counter.closed():
        visitor.see("photo-input").set_input_files(street)
        expect(visitor.page.locator("#frame")).to_contain_class("shown")
        expect(visitor.page.locator(".skeleton").first).to_be_visible()
        visitor.page.evaluate(
            """() => { window.shifted = 0; new PerformanceObserver((list) => {
                 for (const one of list.getEntries()) window.shifted += one.value;
               }).observe({ type: "layout-shift" }); }"""
        )
    visitor.settled()
    images = "[...document.querySelectorAll('.hit img')].slice(0, 3)"
    visitor.page.wait_for_function(f"() => {images}.every((one) => one.naturalWidth > 0)")
    assert visitor.page.evaluate("window.shifted") < 0.05
