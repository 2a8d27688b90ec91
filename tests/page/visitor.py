"""A shopper at the page: what one does there, and what one sees, in the words of the tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.page.counter import Counter


@dataclass
class Asked:
    """A search as it came to the shop."""

    options: dict[str, Any] = field(default_factory=dict)
    photo: bytes = b""


class Visitor:
    """One tab at the page of the shop at `address`, where `counter` sees what comes in."""

    def __init__(self, page: Page, address: str, counter: Counter) -> None:
        self.page = page
        self.address = address
        self.counter = counter

    def see(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def pick(self, photo: Path) -> None:
        """Pick a photo, and wait for its hits."""
        self.see("photo-input").set_input_files(photo)
        self.settled()

    def settled(self) -> None:
        """Wait until the last question is answered."""
        expect(self.page.locator("html")).to_have_attribute("data-phase", re.compile("ready|failed"))
        expect(self.see("hits")).to_have_attribute("aria-busy", "false")

    def skus(self) -> list[str]:
        return [str(hit.get_attribute("data-sku")) for hit in self.see("hit").all()]

    def colours(self) -> set[str]:
        """The colours of all products shown."""
        return {sku.split("-")[0] for sku in self.skus()}

    def dot(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{name}, garment"))

    def box(self) -> list[float]:
        """The box as it is drawn: x0, y0, x1, y1 in 0..1."""
        return [float(side) for side in str(self.see("box").get_attribute("data-box")).split()]

    def choose(self, facet: str, *choices: str) -> None:
        """Open a filter, tick choices, close it."""
        self.see(f"filter-{facet}").click()
        panel = self.see(f"filter-{facet}-panel")
        for choice in choices:
            panel.get_by_role("checkbox", name=choice, exact=True).check()
        self.page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        self.settled()

    @contextmanager
    def asking(self) -> Iterator[Asked]:
        """Catch the search that happens inside the block, and wait for its answer."""
        asked = Asked()
        with self.page.expect_response(lambda answer: "/v1/search" in answer.url):
            yield asked
        asked.options, asked.photo = _read(self.counter.last)
        self.settled()


def _read(body: bytes) -> tuple[dict[str, Any], bytes]:
    if body.startswith(b"{"):
        return json.loads(body), b""
    options = re.search(rb'name="options"\r\n\r\n(.*?)\r\n', body)
    assert options
    _, _, rest = body.partition(b'name="photo"')
    return json.loads(options[1]), rest.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
