"""The search story: a photo becomes regions, vectors, candidates, and, past the gate, hits.

Reads top to bottom: three doors (a photo, an image of the catalog, a product), then the way they share.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog import Catalog, DescribedRegion, Description, UnknownImage, UnknownProduct
from detector import Photo
from index import Not, OneOf, VectorIndex, Where
from pipeline import cursor
from pipeline.answers import MAX_DEPTH, Answer, Hit, ProductNotSearchable, Query, RegionAnswer
from pipeline.choices import conditions_of
from pipeline.describe import Describer
from pipeline.entries import for_sale
from pipeline.follow import Follower
from pipeline.looking import Looking, Part, mark_of
from pipeline.offers import Offer, all_settled
from pipeline.ranking import Gate, Passed, of_kind, ranked
from telemetry.timings import Timings

WAIT_SECONDS = 2.0  # at most, for the index to reach `min_seq`
SPARE = 8  # candidates asked for beyond the page, for those the gate drops
MORE = 4  # times as many are asked for, while it drops more than that


@dataclass(frozen=True, slots=True)
class Asked:
    """What every door leads to. `digest` stands for the photo and the options; cursors are bound to it."""

    parts: tuple[Part, ...]
    where: Where
    digest: str
    offset: int


class Search:
    """Answers photos with products."""

    def __init__(self, describer: Describer, index: VectorIndex, catalog: Catalog, follower: Follower) -> None:
        self._describer = describer
        self._index = index
        self._catalog = catalog
        self._follower = follower
        self._gate = Gate(catalog)
        self._looking = Looking(describer)

    def by_photo(
        self, store: str, photo: Photo, query: Query, timings: Timings | None = None, *,
        key: str | None = None, described: Callable[[], None] = lambda: None,
    ) -> Answer:  # fmt: skip
        """Answer a shopper's photo: (H, W, 3) uint8 sRGB; `described` is called when the models are through with it.

        `key` stands for the photo, its image id; what is seen is remembered by it. Raises BadQuery, BadFilter or
        BadCursor.
        """
        key, timings, where = key or mark_of(photo), timings or Timings(), conditions_of(query)
        digest, page = self._page(store, key, query)
        with self._follower.right_of_way.searching():
            parts = self._looking.at_photo(photo, key, query, page, timings)
            described()
            return self._answer(store, Asked(parts, where, digest, page.offset if page else 0), query, timings)

    def by_known(self, store: str, key: str, query: Query, timings: Timings | None = None) -> Answer | None:
        """Answer a photo by its image id alone, and without any model; None where the photo itself is needed.

        It is not, where the same was asked of it lately, or where it is a photo of the store's catalog.
        """
        where, (digest, page) = conditions_of(query), self._page(store, key, query)
        if parts := self._looking.recalled(key, query, page):
            asked = Asked(parts, where, digest, page.offset if page else 0)
            with self._follower.right_of_way.searching():
                return self._answer(store, asked, query, timings or Timings())
        if page or query.region or not self._catalog.images.belongs(store, key):
            return None
        try:
            return self.by_image(store, key, query, timings)
        except UnknownImage:
            return None

    def by_image(self, store: str, image_id: str, query: Query, timings: Timings | None = None) -> Answer:
        """Answer an image of the store's catalog by its description; no model runs. Raises UnknownImage."""
        found = self._catalog.images.descriptions([image_id], self._describer.space.id)
        if image_id not in found or not self._catalog.images.belongs(store, image_id):
            raise UnknownImage(f"no described image {image_id!r} in this store; upload the photo itself instead")
        garments = tuple(range(len(found[image_id].regions) - 1))
        where = conditions_of(query)
        return self._by_description(store, found[image_id], garments, where, image_id, query, timings)

    def by_sku(self, store: str, sku: str, query: Query, timings: Timings | None = None) -> Answer:
        """Answer with products similar to one of the store's own, which is left out. Raises UnknownProduct."""
        listing = self._catalog.products.listings([(store, sku)], self._describer.space.id).get((store, sku))
        if listing is None:
            raise UnknownProduct(f"no product {sku!r} in this store")
        if not listing.descriptions:
            raise ProductNotSearchable(f"no photo of product {sku!r} is described yet; see the status of its images")
        main = listing.descriptions[0]
        garment = for_sale(listing.product, main.regions)[:1]
        where = Where((*conditions_of(query).conditions, Not(OneOf("sku", (sku,)))))
        return self._by_description(store, main, garment, where, f"{main.image_id} {sku}", query, timings)

    def _by_description(
        self, store: str, description: Description, garments: Sequence[int], where: Where, key: str, query: Query,
        timings: Timings | None,
    ) -> Answer:  # fmt: skip
        """Search by stored vectors, of those of the numbered regions that the query chooses."""
        digest, page = self._page(store, key, query)
        parts = self._looking.at_description(description, garments, query, page)
        asked = Asked(parts, where, digest, page.offset if page else 0)
        return self._answer(store, asked, query, timings or Timings())

    def _page(self, store: str, key: str, query: Query) -> tuple[str, cursor.Cursor | None]:
        """Return what stands for the query, and the page it asks for; None is the first one. Raises BadCursor."""
        digest = _digest(store, key, query)
        return digest, cursor.read(query.cursor, digest, self._describer.space.id) if query.cursor else None

    def _answer(self, store: str, asked: Asked, query: Query, timings: Timings) -> Answer:
        """From vectors to hits: wait for the index if asked to, search, gate, page."""
        behind = False
        if query.min_seq is not None:
            with timings.stage("wait"):
                behind = not self._follower.wait_for(query.min_seq, WAIT_SECONDS)
        index_seq = self._follower.checkpoint
        end = asked.offset + query.limit
        passed = self._pass(store, asked, end + 1, query.min_score, timings)
        with timings.stage("present"):
            hits = self._hits([one[asked.offset : end] for one in passed])
        answers = tuple(
            RegionAnswer(part.region, place == 0, part.palette, hits[place],
                         _next(asked, part, end, self._describer.space.id) if len(passed[place]) > end else None)
            for place, part in enumerate(asked.parts)
        )  # fmt: skip
        return Answer(answers, self._describer.space.id, index_seq, behind, timings.milliseconds)

    def _pass(self, store: str, asked: Asked, need: int, min_score: float, timings: Timings) -> list[list[Passed]]:
        """Return the first `need` candidates per part that pass the gate, in the order of the answer.

        Where much of an answer stands back as another kind of garment, it could be overtaken by what the index has not
        offered: then the part's own kind alone is asked for too. Only while the gate drops many, more is asked for.
        """
        ask = need + SPARE
        while True:
            offers = self._offers(store, asked, ask, timings)
            answer = self._ranked(store, asked, offers, min_score, timings)
            if not all_settled(offers, answer, need, min_score):
                offers = self._narrowed(store, asked, offers, timings)
                answer = self._ranked(store, asked, offers, min_score, timings)
            if all_settled(offers, answer, need, min_score):
                return [one[:need] for one in answer]
            ask *= MORE

    def _offers(self, store: str, asked: Asked, ask: int, timings: Timings) -> list[Offer]:
        """Ask the index for products of any kind, for all parts at once."""
        vectors = np.concatenate([part.vectors for part in asked.parts])
        with timings.stage("index"):
            offered = iter(self._index.search(store, self._describer.space.id, vectors, ask, asked.where))
        return [Offer(ask, [next(offered) for _ in part.vectors]) for part in asked.parts]

    def _narrowed(self, store: str, asked: Asked, offers: Sequence[Offer], timings: Timings) -> list[Offer]:
        """Ask the index for products of each part's own kind as well."""
        with timings.stage("index"):
            return [
                replace(offer, own_kind=self._index.search(store, self._describer.space.id, part.vectors, offer.asked,
                                                           of_kind(asked.where, part.region.category)))
                for offer, part in zip(offers, asked.parts, strict=True)
            ]  # fmt: skip

    def _ranked(
        self, store: str, asked: Asked, offers: Sequence[Offer], min_score: float, timings: Timings
    ) -> list[list[Passed]]:
        """Return what passes the gate, per part, in the order of the answer."""
        with timings.stage("gate"):
            passed = self._gate.check(store, [one.candidates() for one in offers], asked.where, min_score)
        with timings.stage("rank"):
            return [ranked(one, part.region.category, min_score) for one, part in zip(passed, asked.parts, strict=True)]

    def _hits(self, pages: Sequence[Sequence[Passed]]) -> list[tuple[Hit, ...]]:
        """Return the pages as hits: each candidate with the region of the image that matched.

        One whose description is gone since, with its space, is left out.
        """
        images = sorted({one.candidate.image_id for page in pages for one in page})
        regions = self._catalog.images.regions(images, self._describer.space.id)
        return [
            tuple(_hit(one, regions[one.candidate.image_id]) for one in page if one.candidate.image_id in regions)
            for page in pages
        ]


def _hit(passed: Passed, regions: Sequence[DescribedRegion]) -> Hit:
    region = regions[passed.candidate.region]
    return Hit(passed.product, passed.candidate.image_id, region.box, region.category, passed.score)


def _digest(store: str, photo: str, query: Query) -> str:
    parts = [store, photo, query.region, query.point, query.category, query.filters, query.min_score]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _next(asked: Asked, part: Part, offset: int, space: str) -> str | None:
    if offset >= MAX_DEPTH:
        return None
    region = part.region
    next_page = cursor.Cursor(
        region.box, region.category, region.whole_photo, part.with_whole, offset, asked.digest, space
    )
    return next_page.encode()
