"""New products whose photos nobody has seen: listed by address, fetched, described, and found by a search."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from benchmarks.photo_host import PhotoHost
from benchmarks.rest import Client, NoAnswer

PAUSE_SECONDS = 0.02
LIMIT_SECONDS = 60.0
AT_ONCE = 32


@dataclass(slots=True)
class Arrivals:
    """Seconds from a put's answer to the first search that shows the product; how many were never shown."""

    shown_after: list[float] = field(default_factory=list)
    never_shown: int = 0


class NewPhotos:
    """Lists new photos on a schedule and waits for each in a thread of its own."""

    def __init__(self, client: Client, host: PhotoHost, shows: Callable[[str, dict[str, object]], bool]) -> None:
        self._client = client
        self._host = host
        self._shows = shows
        self._numbers = count()
        self.arrivals = Arrivals()

    def run(self, per_second: float, seconds: float) -> Arrivals:
        """List photos until the time is over, wait for the last; return how long each took."""
        self.arrivals = Arrivals()
        started = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(int(per_second * seconds)):
                time.sleep(max(0.0, started + number / per_second - time.monotonic()))
                pool.submit(self._list, next(self._numbers))
        return self.arrivals

    def _list(self, number: int) -> None:
        sku = f"new-{number}"
        body = {"title": f"New garment {number}", "image_link": self._host.link(f"{number}.jpg")}
        try:
            reply = self._client.put(sku, body)
            answered = time.monotonic()
            while reply.status == 201 and time.monotonic() - answered < LIMIT_SECONDS:
                if self._shows(sku, {"sku": sku}):
                    self.arrivals.shown_after.append(time.monotonic() - answered)
                    return
                time.sleep(PAUSE_SECONDS)
        except NoAnswer:
            pass  # counted below
        self.arrivals.never_shown += 1
