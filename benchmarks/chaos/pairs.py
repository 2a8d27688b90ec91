"""Deletes, each followed by a search: whatever process answers, the product must be gone."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence

from benchmarks.chaos.ledger import Fields, Ledger
from benchmarks.rest import Client, NoAnswer, skus_found

AT_ONCE = 25
PAUSE_AFTER_FAULT_SECONDS = 0.2


class Pairs:
    """Makes delete-then-search pairs until there are enough; only those whose both halves were answered count.

    `shown_before` counts the pairs whose product a search of the same process had shown just before its delete.
    """

    def __init__(self, name: str, clients: Sequence[Client], ledger: Ledger, image_id: str, seed: int) -> None:
        self._name = name
        self._clients = clients
        self._ledger = ledger
        self._image_id = image_id
        self._random = random.Random(seed)
        self._round = 0
        self.made = 0
        self.shown_before = 0
        self.ghosts: list[str] = []

    def run(self, enough: int, stopping: threading.Event) -> None:
        """Make `enough` pairs, or stop when told."""
        while self.made < enough and not stopping.is_set():
            self._round += 1
            skus = [f"{self._name}-{self._round}-{number}" for number in range(min(AT_ONCE, enough - self.made))]
            try:
                self._make(skus)
            except NoAnswer:
                time.sleep(PAUSE_AFTER_FAULT_SECONDS)

    def _make(self, skus: Sequence[str]) -> None:
        asked = self._random.choice(self._clients)
        seq = self._list(skus)
        shown = self._search(asked, skus, seq) if seq else set()
        for sku in skus:
            if not self._delete(sku):
                continue
            if sku in self._search(asked, [sku]):
                self.ghosts.append(f"{sku} at port {asked.port}")
            self.made += 1
            self.shown_before += sku in shown

    def _list(self, skus: Sequence[str]) -> int | None:
        """Put the products; return the receipt to search for, None if the batch was refused."""
        fields: Fields = {"title": "Soon gone", "image_link": f"image:{self._image_id}"}
        try:
            reply = self._random.choice(self._clients).put_many({"sku": sku, **fields} for sku in skus)
        except NoAnswer as error:
            self._doubt(skus, fields, error)
            raise
        if reply.status != 200 or reply.body["accepted"] != len(skus):
            self._doubt(skus, fields, NoAnswer(str(reply.body)))
            raise NoAnswer("batch refused")
        for line in reply.body["lines"]:
            self._ledger.acknowledge(line["sku"], [fields], line)
        return int(reply.body["seq"])

    def _doubt(self, skus: Sequence[str], fields: Fields, error: NoAnswer) -> None:
        for sku in skus:
            self._ledger.doubt(sku, [fields], late=error.late)

    def _delete(self, sku: str) -> bool:
        """Delete; return whether that was acknowledged."""
        try:
            reply = self._random.choice(self._clients).delete(sku)
        except NoAnswer as error:
            self._ledger.doubt(sku, [None], late=error.late)
            raise
        if reply.status == 200:
            self._ledger.acknowledge(sku, [None], reply.body)
            return True
        if reply.status == 404:
            self._ledger.settle(sku, None)
        else:
            self._ledger.doubt(sku, [None], late=False)
        return False

    def _search(self, asked: Client, skus: Sequence[str], seq: int | None = None) -> set[str]:
        """Return those of the products that a search shows. Raises NoAnswer if it was not answered."""
        reply = asked.search(
            image_id=self._image_id, filters={"sku": {"in": list(skus)}}, limit=len(skus), min_score=-1.0, min_seq=seq
        )
        if reply.status != 200:
            raise NoAnswer(f"search: {reply.status}")
        return skus_found(reply)
