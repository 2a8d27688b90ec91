"""Photo hosts as they are found in the wild: good, slow, wrong, silent, busy, and one that sends bombs."""

from __future__ import annotations

import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Self

from benchmarks import made_up
from benchmarks.photo_host import PhotoHost, number_in, send

GOOD = ("good", "slow", "busy")  # their photos have to become searchable
BAD = ("html", "bomb", "cut", "gone", "never")  # their photos have to fail, with a reason
SLOW_SECONDS = 1.0
NEVER_SECONDS = 30.0
BUSY_TIMES = 2  # a photo is refused with 429 before it is sent


class Hosts:
    """One server per kind of behaviour, each with a port of its own; `without` leaves kinds out."""

    def __init__(self, seed: int, without: Collection[str] = ()) -> None:
        self.good = [kind for kind in GOOD if kind not in without]
        self.bad = [kind for kind in BAD if kind not in without]
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._running = ExitStack()
        self._hosts: dict[str, PhotoHost] = {}

    @property
    def names(self) -> str:
        """All of them, as VITRINE_ALLOWED_IMAGE_HOSTS takes them."""
        return ",".join(host.name for host in self._hosts.values())

    def link(self, kind: str, number: int) -> str:
        """Return the address of a photo on the host of that kind."""
        return self._hosts[kind].link(f"{number}.jpg")

    def is_good(self, link: str) -> bool:
        """Whether a photo of that address has to become searchable in the end."""
        return any(link.startswith(self._hosts[kind].link("")) for kind in self.good)

    def __enter__(self) -> Self:
        answers = {
            "good": self._good, "slow": self._slow, "busy": self._busy, "html": self._html, "bomb": self._bomb,
            "cut": self._cut, "gone": self._gone, "never": self._never,
        }  # fmt: skip
        self._hosts = {kind: self._running.enter_context(PhotoHost(answers[kind])) for kind in (*self.good, *self.bad)}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def _good(self, asked: BaseHTTPRequestHandler) -> None:
        send(asked, made_up.jpeg(number_in(asked), self._seed))

    def _slow(self, asked: BaseHTTPRequestHandler) -> None:
        time.sleep(SLOW_SECONDS)
        self._good(asked)

    def _busy(self, asked: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._asked[asked.path] += 1
            refused = self._asked[asked.path] <= BUSY_TIMES
        if not refused:
            self._good(asked)
            return
        asked.send_response(429)
        asked.send_header("Retry-After", "1")
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    def _html(self, asked: BaseHTTPRequestHandler) -> None:
        send(asked, b"<!doctype html><title>Not here</title><p>This photo has moved.</p>")

    def _bomb(self, asked: BaseHTTPRequestHandler) -> None:
        send(asked, bomb(), "image/png")

    def _cut(self, asked: BaseHTTPRequestHandler) -> None:
        """Send half a photo and say that it is a whole one."""
        photo = made_up.jpeg(number_in(asked), self._seed)
        send(asked, photo[: len(photo) // 2])

    def _gone(self, asked: BaseHTTPRequestHandler) -> None:
        send(asked, b"gone", "text/plain", 410)

    def _never(self, asked: BaseHTTPRequestHandler) -> None:
        time.sleep(NEVER_SECONDS)
        asked.close_connection = True


def bomb(side: int = 50_000) -> bytes:
    """Return a small PNG that would take `side` x `side` pixels when it is decoded."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
