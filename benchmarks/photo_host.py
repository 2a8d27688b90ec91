"""A photo host of a benchmark's own: an HTTP server in this process that answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Answer = Callable[[BaseHTTPRequestHandler], None]


class PhotoHost:
    """Serves until the ``with`` block ends; `answer` gets every GET and writes the whole answer."""

    def __init__(self, answer: Answer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="photo host", daemon=True)

    @property
    def name(self) -> str:
        """Its host and port, as VITRINE_ALLOWED_IMAGE_HOSTS takes them."""
        return f"127.0.0.1:{self._server.server_port}"

    def link(self, path: str) -> str:
        """Return the address of a photo on it."""
        return f"http://{self.name}/{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Does not wait for answers that are still being given, and says nothing of clients that hang up."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        return


def send(handler: BaseHTTPRequestHandler, body: bytes, kind: str = "image/jpeg", status: int = 200) -> None:
    """Answer properly."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def number_in(handler: BaseHTTPRequestHandler) -> int:
    """Return the number that a path like ``/17.jpg`` names."""
    return int("".join(sign for sign in handler.path if sign.isdigit()) or 0)
