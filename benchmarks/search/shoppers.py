"""Shoppers who search, one after the other or at once, from a process of their own."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.made_up import retaken
from benchmarks.rest import Client, NoAnswer

BOUNDARY = "a-photo-of-a-shopper"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True, slots=True)
class Searched:
    """What some shoppers met: seconds of each answered search, stages in milliseconds, and searches that failed."""

    seconds: list[float]
    stages: list[Mapping[str, float]]
    failed: int
    took: float

    @property
    def per_second(self) -> float:
        """Searches answered in a second."""
        return len(self.seconds) / self.took


def search(port: int, key: str, photos: Sequence[bytes], clients: int, seconds: float) -> Searched:
    """Let so many clients search for so long, each sending the next photo as soon as it is answered."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_search, (port, key, list(photos), clients, seconds))


def _search(port: int, key: str, photos: list[bytes], clients: int, seconds: float) -> Searched:
    client = Client(port, key, timeout_seconds=120.0)
    taken = itertools.count(int(time.time() * 1e3))
    end = time.monotonic() + seconds

    def go_on(first: int) -> Searched:
        found = Searched([], [], 0, 0.0)
        failed = 0
        for photo in itertools.islice(itertools.cycle(photos), first, None):
            body = _form(retaken(photo, next(taken)))
            began = time.monotonic()
            if began >= end:
                break
            try:
                reply = client.ask("POST", "/v1/search", body, FORM)
            except NoAnswer:
                failed += 1
                continue
            if reply.status != 200:
                failed += 1
                continue
            found.seconds.append(time.monotonic() - began)
            found.stages.append(reply.body.get("timings_ms", {}))
        return Searched(found.seconds, found.stages, failed, 0.0)

    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        parts = list(pool.map(go_on, range(clients)))
    return Searched(
        [one for part in parts for one in part.seconds],
        [one for part in parts for one in part.stages],
        sum(part.failed for part in parts),
        time.monotonic() - began,
    )


def _form(photo: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n'
    return f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
