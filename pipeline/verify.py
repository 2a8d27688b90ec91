"""Holds the index against the catalog, product by product, while both go on changing; and mends what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from catalog import Catalog
from index import VectorIndex
from pipeline.follow import Follower

PAGE = 1_000
ROUNDS = 3  # in which a difference must be seen, for it to be one: products change meanwhile
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A product that the index has not as the catalog has it; `version` is the catalog's, None if it is not live."""

    sku: str
    what: Literal["missing", "outdated", "ghost"]
    version: int | None
    index_version: int | None


class Verifier:
    """Compares one space of one store at a time."""

    def __init__(self, catalog: Catalog, index: VectorIndex, follower: Follower, space: str) -> None:
        self._catalog = catalog
        self._index = index
        self._follower = follower
        self._space = space

    def differences(self, store: str) -> list[Difference]:
        """Return what differs, by SKU; searchable products are compared, and what the index holds besides them."""
        self._follow()
        held = dict(self._index.scan(store, self._space))
        suspects = {one.sku for one in self._compared(store, self._live_skus(store), held)}
        suspects |= held.keys() - self._seen(store, held)
        found: list[Difference] = []
        for _ in range(ROUNDS):
            self._follow()
            held = dict(self._index.scan(store, self._space)) if suspects else {}
            found = [one for page in _pages(sorted(suspects)) for one in self._compare(store, page, held)]
            suspects = {one.sku for one in found}
        return found

    def repair(self, store: str, found: Iterable[Difference]) -> None:
        """Bring the products at fault into the index anew."""
        for page in _pages([one.sku for one in found]):
            self._follower.refresh(store, page)

    def _follow(self) -> None:
        self._follower.wait_for(self._catalog.changes.head(), WAIT_SECONDS)

    def _live_skus(self, store: str) -> Iterator[list[str]]:
        after: str | None = None
        while page := self._catalog.products.page(store, after, PAGE):
            yield [product.sku for product in page]
            after = page[-1].sku

    def _compared(self, store: str, pages: Iterable[list[str]], held: dict[str, int]) -> Iterator[Difference]:
        for page in pages:
            yield from self._compare(store, page, held)

    def _seen(self, store: str, held: dict[str, int]) -> set[str]:
        """Return those of the products held that are live."""
        return {sku for page in _pages(sorted(held)) for sku in self._catalog.products.live(store, page)}

    def _compare(self, store: str, skus: list[str], held: dict[str, int]) -> Iterator[Difference]:
        listings = self._catalog.products.listings([(store, sku) for sku in skus], self._space)
        for sku in skus:
            listing, version_held = listings.get((store, sku)), held.get(sku)
            version = listing.product.version if listing else None
            searchable = listing is not None and bool(listing.descriptions)
            if searchable and version_held is None:
                yield Difference(sku, "missing", version, None)
            elif searchable and version_held != version:
                yield Difference(sku, "outdated", version, version_held)
            elif not searchable and version_held is not None:
                yield Difference(sku, "ghost", version, version_held)


def _pages(skus: list[str]) -> Iterator[list[str]]:
    return (skus[start : start + PAGE] for start in range(0, len(skus), PAGE))
