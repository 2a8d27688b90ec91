"""From photos to what is kept of them: regions, one vector each, palettes, a fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector import Box, Detector, Photo, Region
from embedder import Embedder, Naming, Space, Vectors
from embedder.fingerprint import fingerprint
from embedder.palette import palette
from pipeline.naming import named, once

FRAME: Box = (0.0, 0.0, 1.0, 1.0)
WHOLE_PHOTO = Region(box=FRAME, category=None, confidence=0.0, whole_photo=True)
MAX_REGIONS = 8
MAX_SIDE = 1280  # pixels; no model here sees more of a photo than that
MARGIN = 0.12  # of the box's sides, added around it; measured in training/LOG.md against less

Palette = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Described:
    """One photo, described: `vectors` is (len(regions), D); the last region is always the whole photo."""

    regions: tuple[Region, ...]
    vectors: Vectors
    palettes: tuple[Palette, ...]
    fingerprint: int


class Describer:
    """A detector and an embedder, working together. `space` is the embedder's, unless it goes by another name.

    Where the embedder knows categories as well, a region is named by both.
    """

    def __init__(self, detector: Detector, embedder: Embedder, space: Space | None = None) -> None:
        self._detector = detector
        self._embedder = embedder
        self._naming = embedder if isinstance(embedder, Naming) and embedder.categories else None
        self._space = space or embedder.space

    @property
    def space(self) -> Space:
        """The space of all vectors made here."""
        return self._space

    def apart(self) -> Describer:
        """Return the same models as a space named after both: for where another detector had the embedder's name."""
        made_by, name = self._embedder.space, self._detector.name.replace("@", "-")
        space = Space(made_by.name, f"{made_by.version}+{name}", made_by.dimensions)
        return Describer(self._detector, self._embedder, space)

    @property
    def detector_name(self) -> str:
        """Name and version of the detector."""
        return self._detector.name

    def describe(self, photos: Sequence[Photo]) -> list[Described]:
        """Describe catalog photos; one description per photo, in order."""
        found = [(*regions, WHOLE_PHOTO) for regions in self.regions(photos)]
        crops = [crop(photo, region) for photo, regions in zip(photos, found, strict=True) for region in regions]
        every, vectors = self._embedded([region for regions in found for region in regions], crops)
        described, start = [], 0
        for photo, regions in zip(photos, found, strict=True):
            end = start + len(regions)
            kept = [start + number for number in once(every[start:end])]
            palettes = tuple(palette(crops[number]) for number in kept)
            seen = tuple(every[number] for number in kept)
            described.append(Described(seen, vectors[kept], palettes, fingerprint(photo)))
            start = end
        return described

    def regions(self, photos: Sequence[Photo]) -> list[tuple[Region, ...]]:
        """Return the garments of each photo, most prominent first, at most MAX_REGIONS; none where none was found.

        They are named by the detector alone.
        """
        return [tuple(regions[:MAX_REGIONS]) for regions in self._detector.detect(photos)]

    def look(self, photo: Photo, regions: Sequence[Region]) -> tuple[tuple[Region, ...], Vectors]:
        """Return regions of a photo as both models name them, and one vector of each: (N, D).

        Of two that thus become the same garment one is left out.
        """
        every, vectors = self._embedded(regions, [crop(photo, region) for region in regions])
        kept = once(every)
        return tuple(every[number] for number in kept), vectors[kept]

    def _embedded(self, regions: Sequence[Region], crops: Sequence[Photo]) -> tuple[tuple[Region, ...], Vectors]:
        if self._naming is None:
            return tuple(regions), self._embedder.embed(crops)
        vectors, likelihoods = self._naming.embed_and_name(crops)
        return tuple(named(regions, self._naming.categories, likelihoods)), vectors


def crop(photo: Photo, region: Region) -> Photo:
    """Cut a region out of a photo, with a little margin; never less than one pixel. The whole photo stays whole."""
    if region.whole_photo:
        return photo
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = region.box
    dx, dy = (x1 - x0) * MARGIN, (y1 - y0) * MARGIN
    left, top = max(0, int((x0 - dx) * width)), max(0, int((y0 - dy) * height))
    right, bottom = min(width, round((x1 + dx) * width)), min(height, round((y1 + dy) * height))
    left, top = min(left, width - 1), min(top, height - 1)
    return photo[top : max(bottom, top + 1), left : max(right, left + 1)]
