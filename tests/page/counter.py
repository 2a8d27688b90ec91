"""The shop's counter: every search passes it. It remembers the last body as it came in, and can be closed."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 20.0


class Counter:
    """A WSGI application before another one."""

    def __init__(self, behind: WSGIApplication) -> None:
        self._behind = behind
        self._open = threading.Event()
        self._open.set()
        self.last = b""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/v1/search":
            self.last = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(self.last)
            self._open.wait(PATIENCE_SECONDS)
        return self._behind(environ, start_response)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let searches wait while the block runs."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()
