"""A search as asked and as answered: frozen records that the API, the command line and the demo present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog import Product
from detector import Box, Region
from pipeline.describe import Palette

MAX_LIMIT = 100
MAX_DEPTH = 1_000  # hits of one region that cursors can reach


class SearchError(Exception):
    """Base of all faults of a query."""


class BadQuery(SearchError):
    """An option that makes no sense; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class BadCursor(SearchError):
    """A cursor that was not given out for this photo and these options."""


class ProductNotSearchable(SearchError):
    """A product none of whose photos is described yet."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a photo, besides the photo.

    `region` (a box) or `point` (x, y), both in 0..1, choose a garment; without them every garment is searched.
    `category` lets only products of that category pass. `min_score` is the least score of a hit. `min_seq` is the
    receipt of a write that the answer must know of.
    """

    region: Box | None = None
    point: tuple[float, float] | None = None
    category: str | None = None
    filters: Mapping[str, object] = field(default_factory=dict)
    limit: int = 20
    min_score: float = 0.0
    cursor: str | None = None
    min_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that looks like the region, with the image and the region of it that matched best.

    `score` is the cosine similarity in -1..1, less a fixed step where the product is another kind of garment.
    """

    product: Product
    image_id: str
    box: Box
    category: str | None
    score: float


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """One garment of the photo and its hits, best first. `cursor` asks for the next page; None where it ends."""

    region: Region
    primary: bool
    palette: Palette
    hits: tuple[Hit, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a photo. `behind` is set if the index had not reached `min_seq` in time."""

    regions: tuple[RegionAnswer, ...]
    space: str
    index_seq: int
    behind: bool
    timings_ms: dict[str, float]

    @property
    def primary(self) -> RegionAnswer:
        """The garment the photo is most likely about."""
        return next(answer for answer in self.regions if answer.primary)
