"""Merchants who put, change and delete products through both API processes, and note what was acknowledged."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count

from benchmarks import made_up
from benchmarks.chaos.hosts import Hosts
from benchmarks.chaos.ledger import Fields, Ledger, State, merged
from benchmarks.rest import Client, NoAnswer, Reply

PRODUCTS = 100  # of one writer
PAUSE_AFTER_FAULT_SECONDS = 0.2
NEW_PHOTO_SHARE = 0.3
UPLOAD_SHARE = 0.2  # of new photos
BAD_HOST_SHARE = 0.3  # of photos by address
REFUSED = (500, 502, 503, 504)


class Writer:
    """Writes to products of its own, one after another, until told to stop."""

    def __init__(self, name: str, clients: Sequence[Client], hosts: Hosts, ledger: Ledger, known: str, seed: int):
        self._name = name
        self._clients = clients
        self._hosts = hosts
        self._ledger = ledger
        self._known = known  # the link of a photo that is described
        self._random = random.Random(seed)
        self._revisions = (f"{name}.{number}" for number in count(1))
        self.written = 0

    def run(self, stopping: threading.Event, per_second: float) -> None:
        """Write at most so often; a write that got no answer is followed by a pause."""
        while not stopping.wait(self._random.expovariate(per_second)):
            sku = f"{self._name}-{self._random.randrange(PRODUCTS)}"
            if sku in self._ledger.frozen:
                continue
            try:
                self._write(sku)
            except NoAnswer:
                time.sleep(PAUSE_AFTER_FAULT_SECONDS)

    def _write(self, sku: str) -> None:
        standing = [state for state in self._ledger.possible(sku) if state is not None]
        choice = self._random.random()
        if not standing or choice < 0.3:
            self._put(sku)
        elif choice < 0.8:
            self._patch(sku, standing)
        else:
            self._note(sku, [None], lambda client: client.delete(sku))

    def _put(self, sku: str) -> None:
        fields: Fields = {
            "title": f"Garment {sku}",
            "price": {"amount": f"{self._random.randrange(5, 500)}.00", "currency": "EUR"},
            "image_link": self._link(),
            "custom": {"revision": next(self._revisions)},
        }
        self._note(sku, [fields], lambda client: client.put(sku, fields))

    def _patch(self, sku: str, standing: Sequence[Fields]) -> None:
        price = {"amount": f"{self._random.randrange(5, 500)}.00", "currency": "EUR"}
        changes = {"price": price, "custom": {"revision": next(self._revisions)}}
        self._note(sku, [merged(state, changes) for state in standing], lambda client: client.patch(sku, changes))

    def _link(self) -> str:
        """Return a photo's link: mostly a known one, else a new one, uploaded or on a good or a bad host."""
        if self._random.random() > NEW_PHOTO_SHARE:
            return self._known
        number = self._random.randrange(1_000_000)
        if self._random.random() < UPLOAD_SHARE:
            return self._upload(number) or self._known
        kinds = self._hosts.bad if self._random.random() < BAD_HOST_SHARE else self._hosts.good
        return self._hosts.link(self._random.choice(kinds), number)

    def _upload(self, number: int) -> str | None:
        photo = made_up.jpeg(number)
        reply = self._client().upload(photo)
        if reply.status != 201:
            return None
        self._ledger.uploads.append(hashlib.sha256(photo).hexdigest())
        return str(reply.body["image_link"])

    def _note(self, sku: str, states: list[State], write: Callable[[Client], Reply]) -> None:
        """Carry out a write and enter its outcome."""
        try:
            reply = write(self._client())
        except NoAnswer as error:
            self._ledger.doubt(sku, states, late=error.late)
            raise
        if reply.status in (200, 201):
            self._ledger.acknowledge(sku, states, reply.body)
            self.written += 1
        elif reply.status == 404:
            self._ledger.settle(sku, None)
        elif reply.status in REFUSED:
            self._ledger.doubt(sku, states, late=False)
            time.sleep(PAUSE_AFTER_FAULT_SECONDS)
        else:
            self._ledger.faults.append(f"{sku}: {reply.status} {reply.body}")

    def _client(self) -> Client:
        return self._random.choice(self._clients)
