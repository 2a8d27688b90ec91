"""Two spaces side by side, in the shadow of the one that answers: the same photos searched in both.

How much the answers overlap says how much a switch would change; labelled pairs say whether for the better.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog import COMPLETE, Catalog, KeptSpace, SpaceNotFilled, SpaceState, UnknownImage
from detector import Photo
from pipeline.answers import Query
from pipeline.describe import MAX_SIDE
from pipeline.photo import PhotoError, PhotoLimits, decode
from pipeline.search import Search

DEPTH = 10  # hits that are compared
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")


class BadPairs(ValueError):
    """A table of pairs that cannot be used; the message names the line."""


@dataclass(frozen=True, slots=True)
class Question:
    """A photo to search with: hits of the image it is are left out, `sku` is the product it should find."""

    photo: Photo
    image_id: str | None = None
    sku: str | None = None


@dataclass(slots=True)
class Tally:
    """What one space answered: the shares of pairs whose product came first, or among five; time per photo."""

    space: str
    seconds: float = 0.0
    photos: int = 0
    ranks: list[int | None] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """Time per photo, all stages of a search together."""
        return 1000 * self.seconds / max(1, self.photos)

    def recall(self, depth: int) -> float:
        """Return the share of pairs whose product was among the first hits."""
        return sum(rank is not None and rank < depth for rank in self.ranks) / max(1, len(self.ranks))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it. `overlap` is the share of the first ten hits that both spaces gave, on average."""

    photos: int
    pairs: int
    overlap: float
    spaces: tuple[Tally, ...]


def compare(store: str, questions: Iterable[Question], searches: Sequence[tuple[str, Search]]) -> Comparison:
    """Search with every photo in two spaces, given as (name, search); the garment a photo is about counts."""
    tallies = tuple(Tally(space) for space, _ in searches)
    shared: list[float] = []
    for number, question in enumerate(questions):
        if not number:  # the first call of a model is slow
            for _, search in searches:
                _hits(search, store, question)
        answers = [_timed(search, store, question, tally) for (_, search), tally in zip(searches, tallies, strict=True)]
        longest = max(map(len, answers))
        shared.append(len(set(answers[0]) & set(answers[1])) / longest if longest else 1.0)
    pairs = len(tallies[0].ranks)
    return Comparison(len(shared), pairs, sum(shared) / max(1, len(shared)), tallies)


def _timed(search: Search, store: str, question: Question, tally: Tally) -> list[str]:
    begun = time.perf_counter()
    hits = _hits(search, store, question)
    tally.seconds += time.perf_counter() - begun
    tally.photos += 1
    if question.sku is not None:
        tally.ranks.append(hits.index(question.sku) if question.sku in hits else None)
    return hits


def _hits(search: Search, store: str, question: Question) -> list[str]:
    answer = search.by_photo(store, question.photo, Query(limit=2 * DEPTH, min_score=-1.0))
    hits = [hit.product.sku for hit in answer.primary.hits if hit.image_id != question.image_id]
    return hits[:DEPTH]


def comparable(catalog: Catalog, *spaces: str) -> list[KeptSpace]:
    """Return spaces that can be searched in. Raises UnknownSpace, or SpaceNotFilled for one that is not that far."""
    found = [catalog.spaces.get(one) for one in spaces]
    for one in found:
        if one.state not in (*COMPLETE, SpaceState.ACTIVE):
            raise SpaceNotFilled(f"space {one.id} is {one.state}; it can be compared once it is filled")
    return found


def questions(
    catalog: Catalog, store: str, space: str, count: int, pairs: Path | None, limits: PhotoLimits
) -> Iterator[Question]:
    """Yield the labelled pairs of a table, or else up to `count` of the store's own photos that `space` knows."""
    return labelled(catalog, store, pairs, limits) if pairs else stored(catalog, store, space, count, limits)


def stored(catalog: Catalog, store: str, space: str, count: int, limits: PhotoLimits) -> Iterator[Question]:
    """Yield up to `count` of a store's own photos that the space has described, the same ones every time."""
    for image_id in catalog.spaces.sample(store, space, count):
        yield Question(_decoded(catalog.images.read(image_id), limits), image_id)


def labelled(catalog: Catalog, store: str, table: Path, limits: PhotoLimits) -> Iterator[Question]:
    """Yield the pairs of a CSV table with the columns `query` (an image id, or a file beside it) and `sku`.

    Raises BadPairs, naming the line.
    """
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"query", "sku"} <= {*(rows.fieldnames or ())}:
            raise BadPairs(f"{table} needs the columns query and sku")
        for row in rows:
            query, sku = (row["query"] or "").strip(), (row["sku"] or "").strip()
            try:
                if catalog.products.get(store, sku) is None:
                    raise BadPairs(f"no product {sku!r} in store {store}")
                yield _pair(catalog, store, table.parent, query, sku, limits)
            except (BadPairs, PhotoError, UnknownImage, OSError) as error:
                raise BadPairs(f"{table}, line {rows.line_num}: {error}") from None


def _pair(catalog: Catalog, store: str, folder: Path, query: str, sku: str, limits: PhotoLimits) -> Question:
    if not _IMAGE_ID.fullmatch(query):
        return Question(_decoded((folder / query).read_bytes(), limits), None, sku)
    if not catalog.images.belongs(store, query):
        raise UnknownImage(f"no image {query} in store {store}")
    return Question(_decoded(catalog.images.read(query), limits), query, sku)


def _decoded(data: bytes, limits: PhotoLimits) -> Photo:
    return decode(data, limits, max_side=MAX_SIDE).pixels
