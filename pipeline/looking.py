"""What of a photo is searched for: its regions as parts with vectors, by the models or by what is known already."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from catalog import Description
from detector import Photo, Region
from embedder import Vectors
from embedder.palette import is_on_plain_ground, palette
from pipeline.answers import BadQuery, Query
from pipeline.choices import at_point
from pipeline.cursor import Cursor
from pipeline.describe import WHOLE_PHOTO, Describer, Palette, crop
from pipeline.seen import Seen
from telemetry.timings import Timings

MOST = 0.5  # of a photo's area


@dataclass(frozen=True, slots=True)
class Part:
    """One region to search for: `vectors` is (V, D), of which the best match counts for a product."""

    region: Region
    vectors: Vectors
    palette: Palette
    with_whole: bool = False  # the whole photo's vector is among them


Parts = tuple[Part, ...]


class Looking:
    """Looks at photos, and remembers what it saw of the last ones."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer
        self._seen: Seen[Parts] = Seen()

    def at_photo(self, photo: Photo, key: str, query: Query, page: Cursor | None, timings: Timings) -> Parts:
        """Return what the models see of a photo, (H, W, 3) uint8 sRGB; a `page` other than the first is of one part."""
        with timings.stage("detect"):
            regions, with_whole = self._regions(photo, query, page)
        with timings.stage("embed"):
            named, vectors = self._describer.look(photo, [*regions, WHOLE_PHOTO] if with_whole else regions)
            if page is None and not (query.region and query.category):  # what the client named is called that
                regions = named[:-1] if with_whole else named
            parts = _joined(regions, vectors, [palette(crop(photo, one)) for one in regions], with_whole)
        if page is None:
            self._seen.keep(_look(key, query), parts)
        return parts

    def recalled(self, key: str, query: Query, page: Cursor | None) -> Parts:
        """Return what was seen when the same was asked of the same photo; nothing if that was never, or long ago."""
        parts = self._seen.recall(_look(key, query)) or ()
        if page is None:
            return parts
        return tuple(one for one in parts if (one.region.box, one.with_whole) == (page.box, page.with_whole))

    def at_description(
        self, description: Description, garments: Sequence[int], query: Query, page: Cursor | None
    ) -> Parts:
        """Return what is stored of a photo, of its numbered regions those that the query chooses. Raises BadQuery."""
        if query.region:
            raise BadQuery("region", "works on photos; of an image in the catalog choose a garment by 'point'")
        every = [Region(one.box, one.category, one.confidence, one.whole_photo) for one in description.regions]
        chosen = at_point([every[number] for number in garments], query.point)
        with_whole = query.point is None and bool(chosen)
        if page:
            chosen, with_whole = [one for one in every if one.box == page.box][:1], page.with_whole
        chosen = chosen or every[-1:]
        numbers = [every.index(one) for one in chosen]
        rows = [*numbers, len(every) - 1] if with_whole else numbers
        palettes = [description.regions[number].palette for number in numbers]
        return _joined(chosen, description.vectors[rows], palettes, with_whole)

    def _regions(self, photo: Photo, query: Query, page: Cursor | None) -> tuple[Sequence[Region], bool]:
        """Return the regions to search for, and whether the whole photo speaks for the first one too.

        A photo sent without a choice is about its most prominent garment. On a plain ground, or where little else is
        seen, its whole stands for that garment as well: a studio photo finds its like by it; one of a street would
        find the street. A garment that was chosen stands for itself alone.
        """
        if page:
            return [Region(page.box, page.category, 1.0, page.whole_photo)], page.with_whole
        if query.region:
            return [Region(query.region, query.category, 1.0)], False
        found = self._describer.regions([photo])[0]
        with_whole = query.point is None and bool(found) and _is_of_one(photo, found[0])
        return at_point(found, query.point) or [WHOLE_PHOTO], with_whole


def mark_of(photo: Photo) -> str:
    """Return a hash that tells photos apart, of every fourth pixel both ways: all of them would take 3 ms."""
    return hashlib.sha256(f"{photo.shape}".encode() + photo[::4, ::4].tobytes()).hexdigest()


def _joined(regions: Sequence[Region], vectors: Vectors, palettes: Sequence[Palette], with_whole: bool) -> Parts:
    """Return a part per region; where the whole photo's vector comes last, it joins the first part."""
    return tuple(
        Part(
            region,
            vectors[[place, -1] if with_whole and place == 0 else [place]],
            palettes[place],
            with_whole and place == 0,
        )
        for place, region in enumerate(regions)
    )


def _is_of_one(photo: Photo, garment: Region) -> bool:
    """Whether a photo shows a garment and little else: it fills most of the photo, or its ground is plain."""
    x0, y0, x1, y1 = garment.box
    return (x1 - x0) * (y1 - y0) >= MOST or is_on_plain_ground(photo)


def _look(key: str, query: Query) -> Hashable:
    """Return what decides which regions of a photo are looked at."""
    return key, query.region, query.point, query.category
