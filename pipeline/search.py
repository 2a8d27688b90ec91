"""The search story: a photo becomes regions, vectors, candidates, and, past the gate, hits.

Reads top to bottom: three doors (a photo, an image of the catalog, a product), then the way they share.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalog import Catalog, Description, UnknownImage, UnknownProduct
from detector import CATEGORIES, Box, Photo, Region
from embedder import Vectors
from embedder.palette import palette
from index import EVERYTHING, Not, OneOf, VectorIndex, Where
from pipeline import cursor
from pipeline.answers import MAX_DEPTH, MAX_LIMIT, Answer, BadQuery, Hit, ProductNotSearchable, Query, RegionAnswer
from pipeline.describe import WHOLE_PHOTO, Describer, Palette, crop
from pipeline.entries import for_sale
from pipeline.filters import buyable, parse
from pipeline.follow import Follower
from pipeline.ranking import Gate, Passed
from telemetry.timings import Timings

WAIT_SECONDS = 2.0  # at most, for the index to reach `min_seq`


@dataclass(frozen=True, slots=True)
class Asked:
    """What every door leads to: the regions to search for, a vector and a palette each, and what stays the same."""

    regions: tuple[Region, ...]
    vectors: Vectors
    palettes: tuple[Palette, ...]
    digest: str  # stands for the photo and the options; cursors are bound to it
    offset: int = 0


class Search:
    """Answers photos with products."""

    def __init__(self, describer: Describer, index: VectorIndex, catalog: Catalog, follower: Follower) -> None:
        self._describer = describer
        self._index = index
        self._catalog = catalog
        self._follower = follower
        self._gate = Gate(catalog)

    def by_photo(self, store: str, photo: Photo, query: Query, timings: Timings | None = None) -> Answer:
        """Answer a shopper's photo: (H, W, 3) uint8 sRGB. Raises BadQuery, BadFilter or BadCursor."""
        timings = timings or Timings()
        where = _where(query)
        digest = _digest(store, hashlib.sha256(photo.tobytes()).hexdigest(), query)
        turned = cursor.read(query.cursor, digest) if query.cursor else None
        if turned:
            regions: tuple[Region, ...] = (Region(turned.box, turned.category, 1.0, turned.whole_photo),)
        elif query.region:
            regions = (Region(query.region, query.category, 1.0),)
        else:
            with timings.stage("detect"):
                regions = _at_point(self._describer.regions([photo])[0], query.point) or (WHOLE_PHOTO,)
        with timings.stage("embed"):
            vectors = self._describer.vectors(photo, regions)
            palettes = tuple(palette(crop(photo, region)) for region in regions)
        asked = Asked(regions, vectors, palettes, digest, turned.offset if turned else 0)
        return self._answer(store, asked, query, where, timings)

    def by_image(self, store: str, image_id: str, query: Query, timings: Timings | None = None) -> Answer:
        """Answer an image of the store's catalog by its description; no model runs. Raises UnknownImage."""
        found = self._catalog.images.descriptions([image_id], self._describer.space.id)
        if image_id not in found or not self._catalog.images.belongs(store, image_id):
            raise UnknownImage(f"no described image {image_id!r} in this store; upload the photo itself instead")
        return self._by_description(store, found[image_id], query, None, "", timings or Timings())

    def by_sku(self, store: str, sku: str, query: Query, timings: Timings | None = None) -> Answer:
        """Answer with products similar to one of the store's own, which is left out. Raises UnknownProduct."""
        listings = self._catalog.products.listings([(store, sku)], self._describer.space.id)
        if (store, sku) not in listings:
            raise UnknownProduct(f"no product {sku!r} in this store")
        listing = listings[store, sku]
        if not listing.descriptions:
            raise ProductNotSearchable(f"no photo of product {sku!r} is described yet; see the status of its images")
        main = listing.descriptions[0]
        number = for_sale(listing.product, main)[0]
        return self._by_description(store, main, query, number, sku, timings or Timings())

    def _by_description(
        self, store: str, description: Description, query: Query, number: int | None, sku: str, timings: Timings
    ) -> Answer:
        """Search by stored vectors: of region `number`, or of all that the query's point lets through."""
        where = _where(query)
        if sku:
            where = Where((*where.conditions, Not(OneOf("sku", (sku,)))))
        digest = _digest(store, f"{description.image_id} {sku}", query)
        regions = tuple(Region(r.box, r.category, r.confidence, r.whole_photo) for r in description.regions)
        turned = cursor.read(query.cursor, digest) if query.cursor else None
        if turned:
            chosen: tuple[Region, ...] = tuple(region for region in regions if region.box == turned.box)[:1]
        elif query.region:
            raise BadQuery("region", "works on photos; of an image already in the catalog choose a garment by 'point'")
        elif number is not None:
            chosen = (regions[number],)
        else:
            chosen = _at_point([one for one in regions if not one.whole_photo], query.point)
        chosen = chosen or (regions[-1],)
        numbers = [regions.index(region) for region in chosen]
        palettes = tuple(description.regions[one].palette for one in numbers)
        asked = Asked(chosen, description.vectors[numbers], palettes, digest, turned.offset if turned else 0)
        return self._answer(store, asked, query, where, timings)

    def _answer(self, store: str, asked: Asked, query: Query, where: Where, timings: Timings) -> Answer:
        """From vectors to hits: wait for the index if asked to, search, gate, page."""
        behind = False
        if query.min_seq is not None:
            with timings.stage("wait"):
                behind = not self._follower.wait_for(query.min_seq, WAIT_SECONDS)
        index_seq = self._follower.checkpoint
        need = asked.offset + query.limit + 1
        passed = self._pass(store, asked.vectors, query, where, need, timings)
        pages = [one[asked.offset : asked.offset + query.limit] for one in passed]
        with timings.stage("rank"):
            hits = self._hits(pages)
        answers = tuple(
            RegionAnswer(region, number == 0, asked.palettes[number], hits[number],
                         _next(asked, number, query.limit, len(passed[number])))
            for number, region in enumerate(asked.regions)
        )  # fmt: skip
        return Answer(answers, self._describer.space.id, index_seq, behind, timings.milliseconds)

    def _pass(
        self, store: str, vectors: Vectors, query: Query, where: Where, need: int, timings: Timings
    ) -> list[list[Passed]]:
        """Return up to `need` candidates per vector that pass the gate, asking the index for more where it drops."""
        ask = need + 8
        while True:
            with timings.stage("index"):
                found = self._index.search(store, self._describer.space.id, vectors, ask, where)
            with timings.stage("gate"):
                passed = self._gate.check(store, found, where, query.min_score)
            starved = any(len(few) < need and len(all_) == ask and all_[-1].score >= query.min_score
                          for few, all_ in zip(passed, found, strict=True))  # fmt: skip
            if not starved:
                return [one[:need] for one in passed]
            ask *= 2

    def _hits(self, pages: Sequence[Sequence[Passed]]) -> list[tuple[Hit, ...]]:
        images = {one.candidate.image_id for page in pages for one in page}
        described = self._catalog.images.regions(sorted(images), self._describer.space.id)
        return [
            tuple(
                Hit(one.product, one.candidate.image_id, region.box, region.category, one.candidate.score)
                for one in page
                for region in (described[one.candidate.image_id][one.candidate.region],)
            )
            for page in pages
        ]


def _where(query: Query) -> Where:
    """Check the options of a query and return its filters as conditions; products that can be bought, if not said."""
    if not 1 <= query.limit <= MAX_LIMIT:
        raise BadQuery("limit", f"must be in 1..{MAX_LIMIT}, not {query.limit}")
    if query.region and query.point:
        raise BadQuery("point", "choose by 'region' or by 'point', not both")
    for name, place in (("region", query.region), ("point", query.point)):
        if place and not all(0.0 <= value <= 1.0 for value in place):
            raise BadQuery(name, "coordinates are fractions of the photo's sides, 0..1")
    if query.region and not (query.region[0] < query.region[2] and query.region[1] < query.region[3]):
        raise BadQuery("region", "must be [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
    where = buyable(parse(query.filters) if query.filters else EVERYTHING)
    if query.category is None:
        return where
    if query.category not in CATEGORIES:
        raise BadQuery("category", f"{query.category!r} is not one of {', '.join(CATEGORIES)}")
    return Where((*where.conditions, OneOf("category", (query.category,))))


def _at_point(regions: Sequence[Region], point: tuple[float, float] | None) -> tuple[Region, ...]:
    """Return the smallest region around the point, the nearest one if none is; all regions where there is no point."""
    if point is None or not regions:
        return tuple(regions)
    x, y = point
    around = [one for one in regions if one.box[0] <= x <= one.box[2] and one.box[1] <= y <= one.box[3]]
    if around:
        return (min(around, key=lambda one: _area(one.box)),)
    return (min(regions, key=lambda one: _distance(one.box, x, y)),)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _distance(box: Box, x: float, y: float) -> float:
    return float(np.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3])))


def _digest(store: str, photo: str, query: Query) -> str:
    parts = [store, photo, query.region, query.point, query.category, query.filters, query.min_score]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _next(asked: Asked, number: int, limit: int, passed: int) -> str | None:
    offset = asked.offset + limit
    if passed <= offset or offset >= MAX_DEPTH:
        return None
    region = asked.regions[number]
    return cursor.Cursor(region.box, region.category, region.whole_photo, offset, asked.digest).encode()
