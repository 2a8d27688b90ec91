"""Which garment a region shows, as two models tell it: the detector sees it in its place, the embedder alone.

Each errs where the other does not: a detector taught on people calls a handbag on white a shoe, features of a crop
take the shirt under a jacket for the garment. `training/LOG.md` has what both are worth, apart and together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

from detector import Region
from detector.prominence import overlap
from detector.yolo import SAME_GARMENT
from embedder import Likelihoods

WORD = 2.0  # what the detector's word adds to the logarithm of a category's likelihood
SURE = 0.9  # likelihood from which the embedder alone names a box: 96 to 100 of a hundred are right then


def named(regions: Sequence[Region], categories: Sequence[str], likelihoods: Likelihoods) -> list[Region]:
    """Return the regions under the category that is likeliest by both models.

    `likelihoods` is (len(regions), len(categories)), natural logarithms. A box without a category, a shopper's own,
    gets one where the embedder is SURE; a whole photo gets none, and a category that is not among them stays.
    """
    return [_named(region, categories, row.tolist()) for region, row in zip(regions, likelihoods, strict=True)]


def once(regions: Sequence[Region]) -> list[int]:
    """Return the numbers of the regions that stay, in order: of one garment that got one name twice, the surer box."""
    kept: list[int] = []
    for number in sorted(range(len(regions)), key=lambda number: (-regions[number].confidence, number)):
        region = regions[number]
        if not any(_same(region, regions[other]) for other in kept):
            kept.append(number)
    return sorted(kept)


def _same(one: Region, other: Region) -> bool:
    return one.category is not None and one.category == other.category and overlap(one.box, other.box) > SAME_GARMENT


def _named(region: Region, categories: Sequence[str], likelihoods: list[float]) -> Region:
    if region.category is None:
        sure = not region.whole_photo and max(likelihoods) >= log(SURE)
        return replace(region, category=categories[likelihoods.index(max(likelihoods))]) if sure else region
    if region.category not in categories:
        return region
    both = [likely + WORD * (name == region.category) for name, likely in zip(categories, likelihoods, strict=True)]
    return replace(region, category=categories[both.index(max(both))])
