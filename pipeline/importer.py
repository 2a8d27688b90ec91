"""Imports a product table and its photos from disk: uploads the photos, puts the products, describes what is new.

An import that was cut off is taken up by running it again: photos are known by their SHA-256 and products by what they
say, so everything that was done costs next to nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from catalog import Catalog, StoredImage
from pipeline.feeds import FEED_SUFFIXES, FeedOptions, Row, UnreadableFeed, is_feed_name, read
from pipeline.photo import PhotoError, PhotoLimits, decode, image_id
from pipeline.sync import InvalidProduct, checked, checked_sku

CHUNK = 200
CHECK_SIDE = 256  # pixels; decoded this small only to see that the photo is whole
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".gif", ".bmp", ".tif", ".tiff")
_MAIN_VIEWS = ("main", "0", "a")


@dataclass(frozen=True, slots=True)
class ItemReport:
    """What became of one product of the table. `problems` may be there although it was taken: a photo failed."""

    line: int
    sku: str | None
    taken: bool
    problems: tuple[str, ...] = ()


class Importer:
    """Puts tables into one store."""

    def __init__(self, catalog: Catalog, space: str, limits: PhotoLimits) -> None:
        self._catalog = catalog
        self._space = space
        self._limits = limits

    def run(self, store: str, table: Path, photos: Path, options: FeedOptions | None = None) -> Iterator[ItemReport]:
        """Put every product of `table`, photos looked up beside it or in `photos`; yield a report per product."""
        finder = PhotoFinder(table.parent, photos)
        items = iter(products(read(table, options or FeedOptions())))
        while chunk := list(islice(items, CHUNK)):
            yield from self._put(store, chunk, finder)

    def _put(self, store: str, rows_: list[Row], finder: PhotoFinder) -> Iterator[ItemReport]:
        ready, reports = [], []
        for row in rows_:
            problems: list[str] = []
            try:
                if row.problems:
                    raise InvalidProduct(row.sku or "", row.problems)
                body = self._with_uploads(store, row, finder, problems)
                sku = checked_sku(row.sku or "")
                ready.append((sku, checked(sku, body)))
                reports.append(ItemReport(row.line, sku, True, tuple(problems)))
            except InvalidProduct as error:
                reports.append(ItemReport(row.line, row.sku, False, (*problems, str(error))))
        self._catalog.products.put(store, ready, self._space)
        yield from reports

    def _with_uploads(self, store: str, row: Row, finder: PhotoFinder, problems: list[str]) -> dict[str, object]:
        """Return the row's body with the photos on disk stored and linked by their ids."""
        named = [row.body.get("image_link"), *_listed(row.body.get("additional_image_link"))]
        links = [link for link in named if isinstance(link, str)] or finder.by_sku(row.sku)
        taken = []
        for link in links:
            if link.startswith(("http://", "https://", "image:")):
                taken.append(link)
                continue
            try:
                taken.append(self._upload(store, finder.path(link)))
            except (OSError, PhotoError) as error:
                problems.append(f"photo {link}: {error}")
        body = {name: value for name, value in row.body.items() if name not in ("image_link", "additional_image_link")}
        if taken:
            body["image_link"], body["additional_image_link"] = taken[0], taken[1:11]
        return body

    def _upload(self, store: str, path: Path) -> str:
        data = path.read_bytes()
        found = decode(data, self._limits, max_side=CHECK_SIDE)
        image = StoredImage(image_id(data), found.media_type, found.width, found.height, len(data))
        self._catalog.images.store(store, data, image)
        return f"image:{image.image_id}"


class PhotoFinder:
    """Finds the photos a table speaks of: by path beside the table or in the photo folder, or by SKU."""

    def __init__(self, beside: Path, photos: Path) -> None:
        self._folders = tuple(dict.fromkeys((beside, photos)))

    def path(self, link: str) -> Path:
        """Return the file a table names. Raises FileNotFoundError."""
        for folder in self._folders:
            path = (folder / link).resolve()
            if path.is_file() and path.is_relative_to(folder.resolve()):
                return path
        raise FileNotFoundError(f"no such file in {' or '.join(map(str, self._folders))}")

    def by_sku(self, sku: str | None) -> list[str]:
        """Return the file that bears the SKU's name, for tables without a photo column."""
        for folder in self._folders if sku else ():
            for suffix in PHOTO_SUFFIXES:
                if (folder / f"{sku}{suffix}").is_file():
                    return [f"{sku}{suffix}"]
        return []


def locate(path: Path) -> tuple[Path, Path]:
    """Return (table, photo folder) for a file or a folder given to import. Raises UnreadableFeed."""
    if path.is_file():
        table = path
    else:
        tables = sorted(one for one in path.glob("*") if is_feed_name(one.name) and one.name != "SOURCE.txt")
        named = [one for one in tables if one.name.split(".")[0] in ("products", "catalog", "feed", "index", "styles")]
        tables = named or [one for one in tables if one.suffix.lower() != ".txt"]
        if not tables:
            raise UnreadableFeed(f"{path} holds no product table ({', '.join(FEED_SUFFIXES)})")
        table = tables[0]
    images = table.parent / "images"
    return table, images if images.is_dir() else table.parent


def products(table: Iterable[Row]) -> Iterator[Row]:
    """Yield one row per product; rows of a table with one row per photo are joined, main view first."""
    views: dict[str, list[Row]] = {}
    for row in table:
        if row.view is None or row.sku is None:
            yield row
        else:
            views.setdefault(row.sku, []).append(row)
    for several in views.values():
        several.sort(key=lambda row: row.view not in _MAIN_VIEWS)
        links = [row.body["image_link"] for row in several if "image_link" in row.body]
        yield replace(several[0], body={**several[0].body, "additional_image_link": links[1:11]}, view=None)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
