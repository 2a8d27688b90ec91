"""A shop behind a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server

from tests.page.counter import Counter


@dataclass(frozen=True)
class Shop:
    """A server's address, a key that searches it, and what sees the searches that come in."""

    address: str
    key: str
    counter: Counter


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an application over HTTP, and yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
