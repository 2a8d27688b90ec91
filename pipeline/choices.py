"""What a query's options choose: which products may pass, and which garment of a photo is meant."""

from __future__ import annotations

import math
from collections.abc import Sequence

from detector import CATEGORIES, Box, Region
from index import EVERYTHING, OneOf, Where
from pipeline.answers import MAX_LIMIT, BadQuery, Query
from pipeline.filters import buyable, parse


def conditions_of(query: Query) -> Where:
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


def at_point(regions: Sequence[Region], point: tuple[float, float] | None) -> list[Region]:
    """Return the smallest region around the point, the nearest one if none is; all regions where there is no point."""
    if point is None or not regions:
        return list(regions)
    x, y = point
    around = [one for one in regions if one.box[0] <= x <= one.box[2] and one.box[1] <= y <= one.box[3]]
    if around:
        return [min(around, key=lambda one: _area(one.box))]
    return [min(regions, key=lambda one: _distance(one.box, x, y))]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _distance(box: Box, x: float, y: float) -> float:
    return math.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3]))
