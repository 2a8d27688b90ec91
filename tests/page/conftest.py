"""The page in a real Chromium, against a real server over HTTP; one of each for all tests of this folder."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.app import create_app
from service.build import build
from service.settings import Settings
from tests.page.counter import Counter
from tests.page.server import Shop, served
from tests.page.street import PatchDetector, ShareEmbedder, encoded, open_shop, photo
from tests.page.visitor import Visitor

OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip
PATIENCE_MS = 30_000


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the tests of the page need Chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def photo_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another server, which holds a photo at /street.png."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "street.png").write_bytes(encoded(photo()))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory, photo_host: str) -> Iterator[Shop]:
    """A server with a small catalog."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path_factory.mktemp("shop"),
        poll_seconds=0.01,
        allowed_image_hosts=(photo_host,),
    )
    service = build(settings, detector=PatchDetector(), embedder=ShareEmbedder())
    service.start()
    key, counter = open_shop(service), Counter(create_app(service))
    with served(counter) as address:
        yield Shop(address, key, counter)
    service.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A shopper's own browser profile on a desktop."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. A script that fails, or is refused by the page's own policy, fails the test."""
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    assert faults == []


@pytest.fixture
def visitor(page: Page, shop: Shop) -> Visitor:
    """A shopper who has come by a link with the key in it."""
    page.goto(f"{shop.address}/#key={shop.key}")
    return Visitor(page, shop.address, shop.counter)


@pytest.fixture(scope="package")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with a red jacket, blue pants and a green bag."""
    path = tmp_path_factory.mktemp("photos") / "street.png"
    path.write_bytes(encoded(photo()))
    return path
