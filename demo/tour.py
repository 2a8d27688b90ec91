"""Asks a running server as a shopper's app would, prints the answers, takes pictures of the page that shows them."""

from __future__ import annotations

import json
import shutil
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.queries import PhotoQuery

TIMEOUT_SECONDS = 60.0
SHOWN = 5
SHOWN_PHOTOS_ARE_THERE = """() => [...document.images]
    .filter(image => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
    .every(image => image.complete && image.naturalWidth > 0)"""
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--no-first-run"]  # fmt: skip


class Tour:
    """One walk through a server, with a search key."""

    def __init__(self, address: str, key: str, pictures: Path) -> None:
        self._address = address
        self._key = key
        self._pictures = pictures
        self._console = Console()

    def take(self, queries: Sequence[PhotoQuery]) -> int:
        """Ask every query and write a picture of each result page; return 0 if all were answered with hits."""
        answers = [self._ask(query.photo) for query in queries]
        found = wanted = 0
        for query, answer in zip(queries, answers, strict=True):
            self._show(query, answer)
            hits = {hit["product"]["sku"] for region in answer["regions"] for hit in region["hits"][:SHOWN]}
            found, wanted = found + len(query.expected & hits), wanted + len(query.expected)
        if wanted:
            self._console.print(f"{found} of {wanted} known garments are among the first {SHOWN} hits of a region")
        self._take_pictures(queries)
        empty = [
            query.name
            for query, answer in zip(queries, answers, strict=True)
            if not any(region["hits"] for region in answer["regions"])
        ]
        if empty:
            self._console.print(f"no hits for {', '.join(empty)}")
        return 1 if empty else 0

    def _ask(self, photo: Path) -> dict[str, Any]:
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{photo.name}"\r\n\r\n'
        body = head.encode() + photo.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        request = urllib.request.Request(
            f"{self._address}/v1/search", body,
            {"Authorization": f"Bearer {self._key}", "Content-Type": f"multipart/form-data; boundary={boundary}"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            read: dict[str, Any] = json.load(answer)
            return read

    def _show(self, query: PhotoQuery, answer: dict[str, Any]) -> None:
        table = Table("garment", "score", "sku", "title", "price", title=query.name, title_justify="left")
        for region in answer["regions"]:
            for place, hit in enumerate(region["hits"][:SHOWN]):
                product = hit["product"]
                price = product.get("sale_price") or product.get("price")
                mark = " *" if product["sku"] in query.expected else ""
                garment = region["category"] or "whole photo"
                table.add_row(
                    garment if place == 0 else "", f"{hit['score']:.3f}", product["sku"] + mark, product["title"],
                    f"{price['amount']} {price['currency']}" if price else "", end_section=place == SHOWN - 1,
                )  # fmt: skip
        self._console.print(table)
        timings = ", ".join(f"{stage} {milliseconds:.0f}" for stage, milliseconds in answer["timings_ms"].items())
        self._console.print(f"  ms: {timings}\n")

    def _take_pictures(self, queries: Sequence[PhotoQuery]) -> None:
        from playwright.sync_api import sync_playwright

        browser_path = shutil.which("chromium") or shutil.which("google-chrome")
        if browser_path is None:
            raise RuntimeError("no Chromium to take pictures with; 'make demo' installs it where it may")
        self._pictures.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for query in queries:
                page.goto(f"{self._address}/#key={self._key}")
                page.get_by_test_id("photo-input").set_input_files(query.photo)
                page.get_by_test_id("hit").first.wait_for()
                page.wait_for_load_state("networkidle")
                page.wait_for_function(SHOWN_PHOTOS_ARE_THERE)
                path = self._pictures / f"{query.name}.png"
                page.screenshot(path=path)
                self._console.print(f"picture {path}")
            browser.close()
