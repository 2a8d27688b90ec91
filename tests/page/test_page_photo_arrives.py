"""Every way a photo comes in, and what travels to the shop."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Route, expect

from tests.page.street import JACKET, PatchDetector, encoded, photo
from tests.page.visitor import Visitor

DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  return carried;
}"""


def test_picked_photo_is_shown_with_its_garments_and_hits(visitor: Visitor, street: Path) -> None:
    visitor.pick(street)
    expect(visitor.see("photo")).to_be_visible()
    expect(visitor.see("garment-dot")).to_have_count(3)
    expect(visitor.see("results-title")).to_have_text("Jacket")
    expect(visitor.see("status")).to_have_text("3 garments in your photo. First 24 products.")
    assert visitor.skus()[0].startswith("red-")


def test_dropped_photo_is_searched(visitor: Visitor, street: Path) -> None:
    data = base64.b64encode(street.read_bytes()).decode()
    carried = visitor.page.evaluate_handle(DROP, ["street.png", "image/png", data])
    visitor.see("drop-zone").dispatch_event("dragenter", {"dataTransfer": carried})
    expect(visitor.page.locator("#drop-veil")).to_have_class("drop-veil over")
    visitor.see("drop-zone").dispatch_event("drop", {"dataTransfer": carried})
    visitor.settled()
    expect(visitor.page.locator("#drop-veil")).to_have_class("drop-veil")
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_picture_dragged_from_another_page_is_searched_by_its_address(visitor: Visitor, photo_host: str) -> None:
    link = "(url) => { const carried = new DataTransfer(); carried.setData('text/uri-list', url); return carried; }"
    carried = visitor.page.evaluate_handle(link, f"http://{photo_host}/street.png")
    with visitor.asking() as asked:
        visitor.see("drop-zone").dispatch_event("drop", {"dataTransfer": carried})
    assert asked.options["image_url"] == f"http://{photo_host}/street.png"
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_pasted_photo_is_searched(visitor: Visitor, context: BrowserContext, street: Path) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = """async (data) => {
      const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
      const item = new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) });
      await navigator.clipboard.write([item]);
    }"""
    visitor.page.evaluate(copy, base64.b64encode(street.read_bytes()).decode())
    visitor.page.keyboard.press("Control+V")
    visitor.settled()
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_pasted_address_is_searched(visitor: Visitor, context: BrowserContext, photo_host: str) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.evaluate("(text) => navigator.clipboard.writeText(text)", f"http://{photo_host}/street.png")
    visitor.page.keyboard.press("Control+V")
    visitor.settled()
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_typed_address_is_searched_and_its_photo_shown(visitor: Visitor, photo_host: str) -> None:
    visitor.see("url-input").fill(f"http://{photo_host}/street.png")
    visitor.see("url-submit").click()
    visitor.settled()
    expect(visitor.see("garment-dot")).to_have_count(3)
    expect(visitor.page.locator("#frame")).to_contain_class("shown")
    assert visitor.see("photo").evaluate("(image) => image.naturalWidth") == 600


def test_address_that_is_none_is_refused_in_place(visitor: Visitor) -> None:
    visitor.see("url-input").fill("a red dress")
    visitor.see("url-submit").click()
    expect(visitor.page.locator("#url-fault")).to_contain_text("beginning with https://")
    expect(visitor.see("url-input")).to_be_focused()


def test_photo_taken_with_the_camera_is_searched(visitor: Visitor) -> None:
    visitor.see("camera").click()
    with visitor.asking() as asked:
        visitor.see("camera-shutter").click()
    expect(visitor.see("camera-dialog")).to_be_hidden()
    assert Image.open(io.BytesIO(asked.photo)).format == "JPEG"
    assert visitor.page.evaluate("document.getElementById('camera-video').srcObject") is None


def test_large_turned_phone_photo_travels_small_and_upright(visitor: Visitor, tmp_path: Path) -> None:
    lying = photo(size=(3000, 4000)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to stand
    path = tmp_path / "phone.jpg"
    path.write_bytes(encoded(lying, "JPEG", quality=90, exif=exif))
    with visitor.asking() as asked:
        visitor.see("photo-input").set_input_files(path)
    sent = Image.open(io.BytesIO(asked.photo))
    assert (sent.size, sent.format) == ((1200, 1600), "JPEG")
    assert PatchDetector().detect([np.asarray(sent.convert("RGB"))])[0][0].box == pytest.approx(JACKET, abs=0.01)
    expect(visitor.see("garment-dot")).to_have_count(3)


def test_small_photo_travels_as_it_is(visitor: Visitor, street: Path) -> None:
    with visitor.asking() as asked:
        visitor.see("photo-input").set_input_files(street)
    assert asked.photo == street.read_bytes()


def test_last_of_several_quick_photos_wins(visitor: Visitor, street: Path, tmp_path: Path) -> None:
    """The first photo's answer is held back until the second one's is there."""
    other = tmp_path / "hat.png"
    other.write_bytes(encoded(photo({"yellow": (0.2, 0.2, 0.8, 0.6)})))
    held: list[Route] = []
    visitor.page.route("**/v1/search", lambda route: held.append(route) if not held else route.continue_())
    visitor.see("photo-input").set_input_files(street)
    expect(visitor.see("photo")).to_be_visible()
    visitor.page.wait_for_function("() => document.getElementById('photo').naturalWidth === 600")
    visitor.pick(other)
    held[0].abort()
    expect(visitor.see("results-title")).to_have_text("Hat")
    expect(visitor.see("garment-dot")).to_have_count(1)
    expect(visitor.see("problem")).to_be_hidden()


def test_very_wide_and_very_tall_photos_keep_their_shape(visitor: Visitor, tmp_path: Path) -> None:
    for size in ((2400, 160), (160, 2400)):
        path = tmp_path / "odd.png"
        path.write_bytes(encoded(photo({"red": (0.2, 0.2, 0.8, 0.8)}, size)))
        visitor.pick(path)
        shown = visitor.see("photo").bounding_box()
        assert shown and abs(shown["width"] / shown["height"] / (size[0] / size[1]) - 1) < 0.03
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(visitor.see("hit").first).to_be_visible()
