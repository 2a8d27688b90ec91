"""New products whose photos nobody has seen: listed by address, fetched, described, and found by a search."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import count

from benchmarks.photo_host import PhotoHost
from benchmarks.rest import Client, skus_found

PAUSE_SECONDS = 0.02  # between two searches
LIMIT_SECONDS = 60.0  # after the last one was listed
PAGE = 100


@dataclass(slots=True)
class Arrivals:
    """Seconds from a put's answer to the first search that shows the product; how many were never shown."""

    shown_after: list[float] = field(default_factory=list)
    never_shown: int = 0


class NewPhotos:
    """Lists new photos on a schedule; one search after another asks for all that have not been shown yet.

    One search for all, because a search for each would take from the models the cores that they need.
    """

    def __init__(self, client: Client, host: PhotoHost, asked_with: str) -> None:
        self._client = client
        self._host = host
        self._asked_with = asked_with  # the image id that searches ask with
        self._numbers = count()
        self._waiting: dict[str, float] = {}
        self._listed_all = threading.Event()

    def run(self, per_second: float, seconds: float) -> Arrivals:
        """List photos until the time is over, wait for the last; return how long each took."""
        self._listed_all.clear()
        listing = threading.Thread(target=self._list, args=(per_second, seconds), name="lists new photos")
        listing.start()
        arrivals = self._watch()
        listing.join()
        return arrivals

    def _list(self, per_second: float, seconds: float) -> None:
        started = time.monotonic()
        try:
            for number in range(max(1, round(per_second * seconds))):
                time.sleep(max(0.0, started + number / per_second - time.monotonic()))
                sku = f"new-{next(self._numbers)}"
                link = self._host.link(f"{sku}.jpg")
                reply = self._client.put(sku, {"title": f"New garment {sku}", "image_link": link})
                if reply.status != 201:
                    raise RuntimeError(f"{sku} was not taken: {reply.status} {reply.body}")
                self._waiting[sku] = time.monotonic()
        finally:
            self._listed_all.set()

    def _watch(self) -> Arrivals:
        arrivals = Arrivals()
        deadline = None
        while self._waiting or not self._listed_all.is_set():
            waiting = list(self._waiting)[:PAGE]
            for sku in self._shown(waiting) if waiting else ():
                arrivals.shown_after.append(time.monotonic() - self._waiting.pop(sku))
            if self._listed_all.is_set():
                deadline = deadline or time.monotonic() + LIMIT_SECONDS
                if time.monotonic() > deadline:
                    break
            time.sleep(PAUSE_SECONDS)
        arrivals.never_shown = len(self._waiting)
        self._waiting.clear()
        return arrivals

    def _shown(self, skus: list[str]) -> set[str]:
        filters = {"sku": {"in": skus}}
        reply = self._client.search(image_id=self._asked_with, filters=filters, limit=len(skus), min_score=-1.0)
        return skus_found(reply) if reply.status == 200 else set()
