"""Which garment of a photo a shopper means: large, near the middle, and surely a garment."""

from __future__ import annotations

from collections.abc import Iterable

from detector.protocol import Box, Region

SAME_BOX = 0.85  # two categories whose boxes overlap by more than this (IoU) are one garment, named twice
EDGE_WEIGHT = 0.5  # what a garment at the very corner of the photo counts, against one in the middle


def most_prominent_first(regions: Iterable[Region]) -> list[Region]:
    """Return the regions in order of prominence, a garment that was named twice only once (as the surer category)."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: (-region.confidence, _tie(region))):
        if all(overlap(region.box, other.box) <= SAME_BOX for other in kept):
            kept.append(region)
    return sorted(kept, key=lambda region: (-prominence(region), _tie(region)))


def prominence(region: Region) -> float:
    """Return 0..1: how sure the detector is, times the share of the photo, times nearness to its middle."""
    x0, y0, x1, y1 = region.box
    from_middle = (abs(x0 + x1 - 1) + abs(y0 + y1 - 1)) / 2  # 0 in the middle, 1 in a corner
    return region.confidence * (x1 - x0) * (y1 - y0) * (1 - (1 - EDGE_WEIGHT) * from_middle)


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union of two boxes, 0 where both are empty."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = _area(one) + _area(other) - shared
    return shared / union if union > 0 else 0.0


def _tie(region: Region) -> tuple[Box, str]:
    """What decides between regions that are otherwise equal, so that the same photo gives the same answer."""
    return region.box, region.category or ""


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
