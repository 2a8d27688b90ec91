"""What of a photo is searched for: its whole speaks for its garment where it shows little else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detector import Box, Photo, Region
from pipeline.answers import Query
from pipeline.describe import Describer
from pipeline.looking import Looking, Part
from telemetry.timings import Timings
from tests.api.shops import ColourEmbedder

SMALL, LARGE = (0.3, 0.3, 0.7, 0.7), (0.1, 0.1, 0.9, 0.9)


class OneGarment:
    """Finds a bag at one place, whatever the photo."""

    name = "one@1"

    def __init__(self, box: Box) -> None:
        self._box = box

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [[Region(self._box, "bag", 0.9)] for _ in photos]


def photo(ground: str) -> Photo:
    pixels = np.full((120, 100, 3), 240, np.uint8)
    if ground == "street":
        pixels = np.random.default_rng(1).integers(0, 256, (12, 10, 3), np.uint8).repeat(10, 0).repeat(10, 1)
    pixels[40:80, 35:65] = (180, 20, 30)
    return pixels


def looked(box: Box, ground: str, query: Query) -> Part:
    looking = Looking(Describer(OneGarment(box), ColourEmbedder()))
    return looking.at_photo(photo(ground), "key", query, None, Timings())[0]


@pytest.mark.parametrize(
    ("box", "ground", "whole"),
    [(SMALL, "studio", True), (SMALL, "street", False), (LARGE, "street", True), (LARGE, "studio", True)],
)
def test_the_whole_photo_speaks_for_the_garment_where_little_else_is_seen(box: Box, ground: str, whole: bool) -> None:
    part = looked(box, ground, Query())
    assert (part.with_whole, len(part.vectors)) == (whole, 1 + whole)


@pytest.mark.parametrize("query", [Query(point=(0.5, 0.5)), Query(region=SMALL)])
def test_a_garment_that_was_chosen_stands_for_itself(query: Query) -> None:
    part = looked(SMALL, "studio", query)
    assert (part.with_whole, len(part.vectors)) == (False, 1)
