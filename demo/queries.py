"""What the demo asks: rendered street scenes whose garments are known, photos of people, photos of a real catalog."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.feeds import read
from pipeline.importer import PHOTO_SUFFIXES, PhotoFinder, locate, products

COUNT = 10
SCENES = 4


@dataclass(frozen=True, slots=True)
class PhotoQuery:
    """A photo to ask with, and the SKUs that should be among its hits, where they are known."""

    name: str
    photo: Path
    expected: frozenset[str] = frozenset()


def queries_of(catalog: Path) -> list[PhotoQuery]:
    """Return the queries of a catalog: its street scenes or, if it has none, photos of it; and photos of people."""
    scenes = list(_scenes(catalog / "scenes"))
    own = scenes[:SCENES] or list(_photos(catalog))
    return [*own, *_people()]


def _scenes(folder: Path) -> Iterator[PhotoQuery]:
    table = folder / "scenes.csv"
    if table.exists():
        with table.open(newline="") as file:
            for row in csv.DictReader(file):
                yield PhotoQuery(Path(row["file"]).stem, folder / row["file"], frozenset(row["skus"].split()))


def _photos(catalog: Path) -> Iterator[PhotoQuery]:
    """Yield photos spread over the catalog; of a product with several, one that is not its main photo."""
    table, photos = locate(catalog)
    finder = PhotoFinder(table.parent, photos)
    listed = list(products(read(table)))
    for row in islice(listed, 0, None, max(1, len(listed) // COUNT)):
        main = row.body.get("image_link")
        several = row.body.get("additional_image_link")
        links = [str(link) for link in several] if isinstance(several, list) else []
        links = links or ([str(main)] if main else finder.by_sku(row.sku))
        if links and links[0].lower().endswith(PHOTO_SUFFIXES) and "://" not in links[0]:
            yield PhotoQuery(Path(links[0]).stem, finder.path(links[0]), frozenset({row.sku or ""}))


def _people() -> list[PhotoQuery]:
    """Return the photos of people that the ultralytics package carries."""
    package = importlib.util.find_spec("ultralytics")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent / "assets"
    return [PhotoQuery(path.stem, path) for path in sorted(folder.glob("*.jpg"))]
