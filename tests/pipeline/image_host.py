"""A real HTTP server on this machine that answers as a test says, well or badly."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

from PIL import Image

from pipeline.fetch import Fetched, Fetcher, FetchLimits

NAME = "photos.example"
LIMITS = FetchLimits()
TLS = ssl.create_default_context()
NOW = 1_800_000_000.0
Answer = Callable[[BaseHTTPRequestHandler], None]


def jpeg(side: int = 32) -> bytes:
    file = BytesIO()
    Image.effect_noise((side, side), 50).save(file, "JPEG")
    return file.getvalue()


PHOTO = jpeg()


class ManyAtOnce(ThreadingHTTPServer):
    """Lets more connections wait than the usual five: what finds no room is tried again a second later."""

    request_queue_size = 128


@dataclass
class Host:
    """A real HTTP server on this machine: `answers` maps paths to what is written; `asked` lists what was requested."""

    server: ThreadingHTTPServer
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str) -> str:
        return f"http://{NAME}:{self.port}{path}"

    def fetch(self, path: str, limits: FetchLimits = LIMITS) -> Fetched:
        return self.fetcher(limits).fetch(self.url(path))

    def fetcher(self, limits: FetchLimits = LIMITS) -> Fetcher:
        return Fetcher(
            limits,
            allowed_hosts=frozenset({f"{NAME}:{self.port}"}),
            resolver=lambda host: ["127.0.0.1"],
            clock=lambda: NOW,
            tls=TLS,
        )


@contextmanager
def serving(server_class: type[ThreadingHTTPServer] = ManyAtOnce, address: str = "127.0.0.1") -> Iterator[Host]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        one.asked.append((request.path, {name.lower(): value for name, value in request.headers.items()}))
        one.answers[request.path.partition("?")[0]](request)

    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": answer, "log_message": lambda *_: None})
    with server_class((address, 0), handler) as server:
        one = Host(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield one
        one.over.set()
        server.shutdown()
        thread.join(5)


def answering(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answer with body and headers; a `Content_Length` given replaces the true one, "" leaves it out."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Length": str(len(body)), "Content_Type": "image/jpeg", **headers}.items():
            if value:
                request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        with suppress(OSError):  # the other side may have hung up
            request.wfile.write(body)

    return answer


def redirecting(location: str | None, status: int = 302) -> Answer:
    return answering(b"moved", status, **({} if location is None else {"Location": location}))
