"""A real service (SQLite, index, follower) with two light models, and a shop of its own for every test."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from api.app import create_app
from service.build import Service
from tests.api.shops import Shop, build_light, open_shop, settings_in


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = build_light(
        settings_in(
            tmp_path_factory.mktemp("service"),
            max_upload_bytes=200_000,
            max_photo_pixels=4_000_000,
            max_batch_lines=200,
            max_batch_bytes=100_000,
            max_feed_bytes=200_000,
        )
    )
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def shop(service: Service, app: Flask) -> Shop:
    return open_shop(service, app)


@pytest.fixture
def other_shop(service: Service, app: Flask) -> Shop:
    return open_shop(service, app)


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
