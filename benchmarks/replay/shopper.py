"""The shopper's side: searches for one photo at a steady rate and notes what each search takes."""

from __future__ import annotations

import base64
import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rest import Client

SEARCHES_PER_SECOND = 2.0


def street_photo() -> bytes:
    """Return the photo of people that the ultralytics package carries, a JPEG of 810 x 1080 pixels."""
    package = importlib.util.find_spec("ultralytics")
    if package is None or package.origin is None:
        raise RuntimeError("the ultralytics package is missing; run 'make setup'")
    return (Path(package.origin).parent / "assets" / "bus.jpg").read_bytes()


class Shopper:
    """Searches for one photo through REST."""

    def __init__(self, client: Client, photo: bytes) -> None:
        self._client = client
        self._photo = base64.b64encode(photo).decode()

    def search_for(self, seconds: float) -> list[float]:
        """Search for so long; return what each search took, in seconds."""
        times: list[float] = []
        due = time.monotonic()
        end = due + seconds
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            times.append(self._search())
            due += 1 / SEARCHES_PER_SECOND
        return times

    @contextmanager
    def searching(self) -> Iterator[list[float]]:
        """Search in the background; the list holds what each search took, complete at the end of the block."""
        times: list[float] = []
        stopping = threading.Event()

        def search_on() -> None:
            while not stopping.wait(1 / SEARCHES_PER_SECOND):
                times.append(self._search())

        thread = threading.Thread(target=search_on)
        thread.start()
        try:
            yield times
        finally:
            stopping.set()
            thread.join()

    def _search(self) -> float:
        asked = time.monotonic()
        reply = self._client.search(image_base64=self._photo, limit=20)
        if reply.status != 200:
            raise RuntimeError(f"a search was answered with {reply.status}: {reply.body}")
        return time.monotonic() - asked
