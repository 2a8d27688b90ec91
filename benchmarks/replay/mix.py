"""The changes that are replayed, as the lines a merchant sends."""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson

from benchmarks import made_up

ATTRIBUTES, ADDITIONS = 0.323, 0.535  # the rest are deletions
NEW_PHOTOS = 0.015  # of the additions
NEW_SEED = 1_000_003  # of photos that no description is known of


class Mix:
    """Changes of a store of `count` products, in JD's shares, each of them sensible where it comes."""

    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._random = random.Random(seed)
        self._live = list(range(count))
        self._gone: list[int] = []
        self._next = count

    def lines(self, changes: int) -> Iterator[bytes]:
        """Yield NDJSON lines; applied in their order, every one of them changes something."""
        for number in range(changes):
            what = self._random.random()
            if what < ATTRIBUTES:
                yield self._attributes(number)
            elif what < ATTRIBUTES + ADDITIONS:
                yield self._addition()
            else:
                yield self._deletion()

    def _attributes(self, number: int) -> bytes:
        product = self._random.choice(self._live)
        price = f"{self._random.randint(5, 400)}.{number % 100:02} EUR"
        return orjson.dumps({"op": "patch", "sku": made_up.sku(product), "price": price, "custom": {"stock": number}})

    def _addition(self) -> bytes:
        if self._gone:
            product = self._gone.pop(self._random.randrange(len(self._gone)))
        else:
            product, self._next = self._next, self._next + 1
        self._live.append(product)
        photo = made_up.photo_id(product % self._count)
        if self._random.random() < NEW_PHOTOS:
            photo = made_up.photo_id(product, NEW_SEED)
        return orjson.dumps({"sku": made_up.sku(product)} | made_up.fields(product, photo))

    def _deletion(self) -> bytes:
        place = self._random.randrange(len(self._live))
        product, self._live[place] = self._live[place], self._live[-1]
        self._live.pop()
        self._gone.append(product)
        return orjson.dumps({"op": "delete", "sku": made_up.sku(product)})
