"""How often a photo of a product finds that product: other views against main views, over the whole path.

    python -m benchmarks.same_product --images DIR --index index.csv --json out.json

The table has the columns file, design, color, view. Rows whose view is main, 0 or a are the gallery: each becomes a
product of one photo in a catalog of its own, described by the real detector and embedder, followed into the real
index. All other rows are queries, and are asked as a shopper would: the photo, and nothing chosen in it. `r1` and `r5`
say how often one of the first 1 or 5 products is of the query's design; `sku_r1`, how often the first one is of its
design and colour. Queries whose design is not in the gallery cannot be answered; they are left out and counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from catalog import ProductFields, StoredImage
from pipeline.answers import Query
from pipeline.describe import MAX_SIDE
from pipeline.ingest import drain
from pipeline.photo import DecodedPhoto, PhotoError, decode, image_id
from service.build import Service, build
from service.settings import Settings

COLUMNS = ("file", "design", "color", "view")
GALLERY_VIEWS = ("main", "0", "a")
STORE = "gallery"
DEEPEST = 5
CHUNK = 200
INDEX_SECONDS = 600.0  # at most, for the index to hold the gallery
FEWEST_SHOWN = 5  # missing files named in the message

T = TypeVar("T")


class UnusableTable(Exception):
    """A table or a photo that the benchmark cannot work with."""


@dataclass(frozen=True, slots=True)
class View:
    """One row of the table: a photo, and what it shows."""

    path: Path
    design: str
    color: str
    view: str

    @property
    def in_gallery(self) -> bool:
        """Whether it is a main view."""
        return self.view in GALLERY_VIEWS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one query found: whether the design was first, among the first five, and first in its colour."""

    query: View
    first: bool
    among_five: bool
    first_in_color: bool


def read_views(table: Path, images: Path) -> list[View]:
    """Return the rows of a table, in order. Raises UnusableTable, naming what is missing."""
    if not table.is_file():
        table = images / table  # given by its name alone
    if not table.is_file():
        raise UnusableTable(f"{table} does not exist")
    with table.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if lacking:
            raise UnusableTable(f"{table} has no column {', '.join(lacking)}; needed are {', '.join(COLUMNS)}")
        rows = [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]
    places = _places(images, [row["file"] for row in rows])
    views = [View(places[row["file"]], row["design"], row["color"], row["view"]) for row in rows]
    missing = [str(one.path) for one in views if not one.path.is_file()]
    if missing:
        more = f" and {len(missing) - FEWEST_SHOWN} more" if len(missing) > FEWEST_SHOWN else ""
        raise UnusableTable(f"photos of {table} are missing: {', '.join(missing[:FEWEST_SHOWN])}{more}")
    return views


def _places(images: Path, files: Sequence[str]) -> dict[str, Path]:
    """Return where each file is: in the folder, or, by its name alone, in the one subfolder that has it."""
    places = {file: images / file for file in files}
    if all(path.is_file() for path in places.values()):
        return places
    by_name: dict[str, list[Path]] = {}
    for path in sorted(images.rglob("*")):
        by_name.setdefault(path.name, []).append(path)
    found = {file: by_name.get(Path(file).name, []) for file in files}
    return {file: path if path.is_file() or len(found[file]) != 1 else found[file][0] for file, path in places.items()}


def list_gallery(service: Service, gallery: Sequence[View]) -> dict[str, View]:
    """Put a product per view into the store, describe and index all of them; return the views by SKU."""
    service.catalog.stores.create(STORE, "Same-product benchmark")
    products = {f"{number:06d}": view for number, view in enumerate(gallery)}
    for chunk in _chunks(products.items()):
        fields = [(sku, _product(service, view)) for sku, view in chunk]
        service.catalog.products.put(STORE, fields, service.describer.space.id)
        drain(service.ingest)
        print(f"\rgallery: {int(chunk[-1][0]) + 1}/{len(products)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    service.follower.wake()
    if not service.follower.wait_for(service.catalog.changes.head(), INDEX_SECONDS):
        raise UnusableTable(f"the index did not take up the gallery within {INDEX_SECONDS:.0f} s")
    searchable = service.index.count(STORE, service.describer.space.id)
    if searchable != len(products):
        raise UnusableTable(f"only {searchable} of {len(products)} gallery photos became searchable")
    return products


def ask(service: Service, products: dict[str, View], queries: Sequence[View]) -> Iterator[Outcome]:
    """Search with every query photo, and yield what was found."""
    for number, query in enumerate(queries, 1):
        answer = service.search.by_photo(STORE, _decoded(service, query).pixels, Query(limit=DEEPEST, min_score=-1.0))
        hits = [products[hit.product.sku] for hit in answer.primary.hits]
        same = [hit.design == query.design for hit in hits]
        exact = bool(hits) and same[0] and hits[0].color == query.color
        yield Outcome(query, bool(same) and same[0], any(same), exact)
        print(f"\rqueries: {number}/{len(queries)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def measure(views: Sequence[View], data_dir: Path, prefix: str = "") -> dict[str, object]:
    """Return the figures for queries whose design begins with `prefix`, against the whole gallery."""
    gallery = [one for one in views if one.in_gallery]
    asked = [one for one in views if not one.in_gallery and one.design.startswith(prefix)]
    known = {one.design for one in gallery}
    queries = [one for one in asked if one.design in known]
    if not queries:
        raise UnusableTable("no query is left: there must be other views of designs that have a main view")
    service = build(Settings(data_dir=data_dir, database_url=None, queue_url=None))
    service.start()
    try:
        outcomes = list(ask(service, list_gallery(service, gallery), queries))
        space, detector = service.describer.space.id, service.describer.detector_name
    finally:
        service.close()
    return {
        "r1": _share(one.first for one in outcomes),
        "r5": _share(one.among_five for one in outcomes),
        "sku_r1": _share(one.first_in_color for one in outcomes),
        "queries": len(queries),
        "gallery": len(gallery),
        "skipped": len(asked) - len(queries),
        "space": space,
        "detector": detector,
        "missed": [str(one.query.path) for one in outcomes if not one.among_five],
    }


def _product(service: Service, view: View) -> ProductFields:
    """Store a view's photo and return the product that lists it: its words tell nothing of what it is."""
    data = view.path.read_bytes()
    photo = _decoded(service, view)
    stored = StoredImage(image_id(data), photo.media_type, photo.width, photo.height, len(data))
    service.catalog.images.store(STORE, data, stored)
    return ProductFields(title="Unnamed", image_link=f"image:{stored.image_id}")


def _decoded(service: Service, view: View) -> DecodedPhoto:
    try:
        return decode(view.path.read_bytes(), service.photo_limits, max_side=MAX_SIDE)
    except PhotoError as error:
        raise UnusableTable(f"{view.path}: {error}") from error


def _share(outcomes: Iterable[bool]) -> float:
    found = list(outcomes)
    return round(sum(found) / len(found), 4)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="folder that the table's files are looked up in")
    parser.add_argument("--index", type=Path, required=True, help="CSV with the columns file, design, color, view")
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    parser.add_argument("--only-design-prefix", default="", help="ask only for designs that begin so")
    options = parser.parse_args(arguments)
    try:
        views = read_views(options.index, options.images)
        with TemporaryDirectory(prefix="same-product-") as folder:
            figures = measure(views, Path(folder), options.only_design_prefix)
    except UnusableTable as error:
        sys.exit(f"error: {error}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if name != "missed"}))


if __name__ == "__main__":
    main()
