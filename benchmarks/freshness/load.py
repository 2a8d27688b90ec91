"""Single writes that leave on a schedule, whether earlier ones are answered or not, and looks at when they show."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from benchmarks import made_up
from benchmarks.freshness.shelf import Kind, Shelf
from benchmarks.rest import Client, NoAnswer, Reply, skus_found

LIMIT_SECONDS = 10.0  # a write that no search shows by then counts as never shown
PAUSE_SECONDS = 0.002  # between two looks, so that looking does not become the load


@dataclass(frozen=True, slots=True)
class Pace:
    """How many writes leave per second, for how long, over how many connections; how many of them are looked at."""

    writes_per_second: float
    seconds: float
    connections: int
    looks_per_second: float


@dataclass(slots=True)
class Seen:
    """What happened: seconds from a write's answer to the answer of the first search that shows it, by kind."""

    shown_after: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    write_took: list[float] = field(default_factory=list)
    left_late: list[float] = field(default_factory=list)
    searches: list[float] = field(default_factory=list)
    ghosts: int = 0
    never_shown: int = 0
    failed: list[str] = field(default_factory=list)
    took_seconds: float = 0.0


class Load:
    """The writes of one measurement."""

    def __init__(self, client: Client, shelf: Shelf, asked_with: str, pace: Pace) -> None:
        self._client = client
        self._shelf = shelf
        self._asked_with = asked_with  # the image id that searches ask with
        self._pace = pace
        self._writes = count()
        self._looks = count(1)
        self._next_look_at = 0.0
        self._lock = threading.Lock()
        self._started = 0.0
        self.seen = Seen()

    def run(self) -> Seen:
        """Write until the time is over; return what was seen."""
        self._started = time.monotonic()
        with ThreadPoolExecutor(self._pace.connections) as pool:
            for one in [pool.submit(self._write_on) for _ in range(self._pace.connections)]:
                one.result()
        self.seen.took_seconds = time.monotonic() - self._started
        return self.seen

    def _write_on(self) -> None:
        while (due := next(self._writes) / self._pace.writes_per_second) < self._pace.seconds:
            time.sleep(max(0.0, self._started + due - time.monotonic()))
            self.seen.left_late.append(max(0.0, time.monotonic() - self._started - due))
            try:
                self._write(*self._shelf.take())
            except NoAnswer as error:
                self.seen.failed.append(str(error))

    def _write(self, kind: Kind, number: int) -> None:
        sku = made_up.sku(number)
        call, shows = self._call(kind, number, sku)
        sent = time.monotonic()
        reply = call()
        answered = time.monotonic()
        if reply.status not in (200, 201):
            self.seen.failed.append(f"{kind} {sku}: {reply.status} {reply.body}")
            return
        self.seen.write_took.append(answered - sent)
        if self._is_looked_at():
            self._look(kind, sku, shows, answered)
        self._shelf.put_back(number, listed=kind != "delete")

    def _call(self, kind: Kind, number: int, sku: str) -> tuple[Callable[[], Reply], dict[str, object]]:
        """Return the write, and the filters that only the product as written passes."""
        if kind == "update":
            cents = next(self._looks)
            price = {"gte": cents / 100 - 0.001, "lte": cents / 100 + 0.001}
            body = {"price": f"{cents // 100}.{cents % 100:02} EUR"}
            return lambda: self._client.patch(sku, body), {"sku": sku, "price": price}
        if kind == "relist":
            return lambda: self._client.put(sku, self._shelf.fields(number)), {"sku": sku}
        return lambda: self._client.delete(sku), {"sku": sku}

    def _is_looked_at(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._next_look_at:
                return False
            self._next_look_at = max(self._next_look_at, now - 1.0) + 1.0 / self._pace.looks_per_second
            return True

    def _look(self, kind: Kind, sku: str, shows: dict[str, object], answered: float) -> None:
        """Search until the write shows. A deleted product must be gone in the first search."""
        while True:
            found = self._shows(sku, shows)
            after = time.monotonic() - answered
            if kind == "delete":
                self.seen.ghosts += found
                self.seen.shown_after[kind].append(after)
                return
            if found:
                self.seen.shown_after[kind].append(after)
                return
            if after > LIMIT_SECONDS:
                self.seen.never_shown += 1
                return
            time.sleep(PAUSE_SECONDS)

    def _shows(self, sku: str, filters: dict[str, object]) -> bool:
        """Whether a search with these filters shows the product. Raises NoAnswer."""
        sent = time.monotonic()
        reply = self._client.search(image_id=self._asked_with, filters=filters, limit=1, min_score=-1.0)
        if reply.status != 200:
            raise NoAnswer(f"search for {sku}: {reply.status} {reply.body}")
        self.seen.searches.append(time.monotonic() - sent)
        return sku in skus_found(reply)
