"""How the page is served: what may be kept, what may be loaded, and that nothing comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import page_routes


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("page")
    page_routes.install(app)
    return app.test_client()


def assets(client: FlaskClient) -> list[str]:
    return re.findall(r'(?:href|src)="(/page/[^"]+)"', client.get("/").get_data(as_text=True))


def test_page_is_asked_for_anew_and_answered_briefly_if_unchanged(client: FlaskClient) -> None:
    first = client.get("/")
    assert (first.status_code, first.mimetype) == (200, "text/html")
    assert first.headers["Cache-Control"] == "no-cache"
    assert client.get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_every_file_of_the_page_is_there_and_kept_forever(client: FlaskClient) -> None:
    found = assets(client)
    assert len(found) > 15
    for path in found:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == page_routes.FOREVER
    types = {Path(path).suffix: client.get(path).mimetype for path in found}
    assert types == {
        ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2",
    }  # fmt: skip


def test_file_asked_for_by_an_older_page_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/page/0123456789abcdef/main.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["/page/x/nothing.js", "/page/x/../page_routes.py", "/page/x/%2e%2e/page_routes.py"])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_policy_lets_the_page_run_its_own_scripts_only(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy


def test_page_names_no_other_host() -> None:
    for path in page_routes.FOLDER.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            hosts = re.findall(r"""(?:src|href|url\(|import|from)\s*=?\s*["']?https?://[^"')\s]+""", path.read_text())
            assert hosts == [], path
