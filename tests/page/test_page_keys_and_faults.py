"""The key, and what a shopper is told when something is wrong."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.page.server import Shop
from tests.page.visitor import Visitor


def test_key_leaves_the_address_and_is_kept(visitor: Visitor, street: Path) -> None:
    expect(visitor.page).to_have_url(f"{visitor.address}/")
    visitor.page.goto(f"{visitor.address}/")
    expect(visitor.see("key-form")).to_be_hidden()
    visitor.pick(street)
    expect(visitor.see("hit").first).to_be_visible()


def test_key_is_asked_for_and_a_good_one_opens_the_shop(page: Page, shop: Shop, street: Path) -> None:
    page.goto(shop.address)
    visitor = Visitor(page, shop.address, shop.counter)
    expect(visitor.see("key-input")).to_be_focused()
    expect(visitor.see("drop-zone")).to_be_hidden()
    visitor.see("key-input").fill(f"  {shop.key} ")
    visitor.see("key-submit").click()
    expect(visitor.see("drop-zone")).to_be_visible()
    visitor.pick(street)
    expect(visitor.see("hit").first).to_be_visible()


def test_wrong_key_in_the_form_is_told_at_once(page: Page, shop: Shop) -> None:
    page.goto(shop.address)
    visitor = Visitor(page, shop.address, shop.counter)
    visitor.see("key-input").fill("vit_wrong")
    visitor.see("key-submit").click()
    expect(visitor.see("key-problem")).to_contain_text("This key is unknown or revoked")
    expect(visitor.see("key-input")).to_be_focused()
    page.reload()
    expect(visitor.see("key-form")).to_be_visible()


def test_wrong_key_in_the_address_asks_again_and_goes_on_with_the_photo(page: Page, shop: Shop, street: Path) -> None:
    page.goto(f"{shop.address}/#key=vit_wrong")
    visitor = Visitor(page, shop.address, shop.counter)
    visitor.see("photo-input").set_input_files(street)
    expect(visitor.see("key-problem")).to_contain_text("This key is unknown or revoked")
    visitor.see("key-input").fill(shop.key)
    visitor.see("key-submit").click()
    visitor.settled()
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_new_key_in_the_address_replaces_the_old_one(page: Page, shop: Shop) -> None:
    page.goto(shop.address)
    visitor = Visitor(page, shop.address, shop.counter)
    expect(visitor.see("key-form")).to_be_visible()
    page.evaluate("(key) => { location.hash = `key=${key}`; }", shop.key)
    expect(visitor.see("drop-zone")).to_be_visible()
    expect(page).to_have_url(f"{shop.address}/")


def test_file_that_is_no_photo_is_explained_in_words(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is no photo")
    visitor.see("photo-input").set_input_files(path)
    expect(visitor.see("problem")).to_be_visible()
    expect(visitor.see("problem-detail")).to_contain_text("not a photo")
    expect(visitor.see("retry")).to_be_hidden()
    expect(visitor.see("hit")).to_have_count(0)


def test_address_without_a_photo_is_explained_in_words(visitor: Visitor, photo_host: str) -> None:
    visitor.see("url-input").fill(f"http://{photo_host}/nothing.jpg")
    visitor.see("url-submit").click()
    expect(visitor.see("problem-detail")).to_contain_text("404")
    visitor.page.get_by_role("button", name="Another photo").click()
    expect(visitor.see("drop-zone")).to_be_visible()


def test_lost_connection_can_be_tried_again(visitor: Visitor, street: Path) -> None:
    visitor.page.route("**/v1/search", lambda route: route.abort())
    visitor.see("photo-input").set_input_files(street)
    expect(visitor.see("problem")).to_contain_text("No connection")
    visitor.page.unroute("**/v1/search")
    visitor.see("retry").click()
    visitor.settled()
    expect(visitor.see("problem")).to_be_hidden()
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_gateway_that_answers_in_html_is_not_shown_to_the_shopper(visitor: Visitor, street: Path) -> None:
    visitor.page.route("**/v1/search", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    visitor.see("photo-input").set_input_files(street)
    expect(visitor.see("problem")).to_contain_text("The shop did not answer")
    expect(visitor.see("retry")).to_be_visible()


def test_titles_and_links_of_merchants_cannot_run_scripts(visitor: Visitor, photo_host: str) -> None:
    def poisoned(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        product = document["regions"][0]["hits"][0]["product"]
        product["title"], product["link"] = "<img src=x onerror=alert(1)>", "javascript:alert(1)"
        route.fulfill(response=answer, json=document)

    visitor.page.route("**/v1/search", poisoned)
    visitor.see("url-input").fill(f"http://{photo_host}/street.png")
    visitor.see("url-submit").click()
    title = visitor.see("hit-title").first
    expect(title).to_have_text("<img src=x onerror=alert(1)>")
    expect(title.locator("a[href]")).to_have_count(0)
