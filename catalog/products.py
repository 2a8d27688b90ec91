"""Products: written in batches, each in one transaction with its changes; read singly, by page, and for the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import orjson
from pydantic import ValidationError
from sqlalchemy import Row, bindparam, select, true, tuple_

from catalog import descriptions, tables, writing
from catalog.clock import Clock
from catalog.database import Database
from catalog.edits import Delete, Edit, Patch, Put
from catalog.errors import CatalogError, UnknownProduct
from catalog.many import among, texts
from catalog.planning import links_in
from catalog.product import Product, ProductFields, check_sku, is_sku
from catalog.records import Description, ImageStatus, ListedImage, Listing, LiveProduct, Receipt
from catalog.stores import hold

_PRODUCT = (
    tables.products.c.store,
    tables.products.c.sku,
    tables.products.c.document,
    tables.products.c.version,
    tables.products.c.seq,
    tables.products.c.updated_at,
    tables.products.c.photos,
)
_IN_STORE = (tables.products.c.store == bindparam("store")) & (tables.products.c.live == true())
_ONE = select(*_PRODUCT).where(_IN_STORE, tables.products.c.sku == bindparam("sku"))
_SOME = select(*_PRODUCT).where(_IN_STORE, among(tables.products.c.sku, texts("skus")))
_PAGE = (
    select(*_PRODUCT)
    .where(_IN_STORE, tables.products.c.sku > bindparam("after"))
    .order_by(tables.products.c.sku)
    .limit(bindparam("limit"))
)
_EVERY = (
    select(*_PRODUCT)
    .where(
        tables.products.c.live == true(),
        tuple_(tables.products.c.store, tables.products.c.sku) > tuple_(bindparam("store"), bindparam("sku")),
    )
    .order_by(tables.products.c.store, tables.products.c.sku)
    .limit(bindparam("limit"))
)
_TASKS = select(tables.tasks.c.link, tables.tasks.c.failed, tables.tasks.c.reason, tables.tasks.c.due_at).where(
    tables.tasks.c.store == bindparam("store"), tables.tasks.c.sku == bindparam("sku")
)

NO_SPACE = ""  # a delete lists no photo that a space could know
ProductRow = Row[str, str, str, int, int, datetime, str]
TaskRow = Row[str, bool, str | None, datetime]


class Products:
    """All products of the catalog."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def apply(self, store: str, edits: Sequence[Edit], space: str) -> list[Receipt | CatalogError | ValidationError]:
        """Apply edits one after another in one transaction; return a receipt for each, or why it changed nothing.

        One that cannot be taken (UnknownProduct, OutdatedWrite, VersionMismatch, BadSku, pydantic's ValidationError)
        harms itself only. A product that already is as wanted keeps its version. A photo that `space` has described
        before, and that this store has seen, is ready at once; the others wait for `images.claim`. Raises UnknownStore.
        """
        if not edits:
            return []
        with self._database.write() as connection:
            hold(connection, store)
            return writing.apply(connection, store, edits, space, self._clock())

    def put(self, store: str, items: Sequence[tuple[str, ProductFields]], space: str) -> list[Receipt]:
        """Create or replace products, all or none; return a receipt per item. Raises UnknownStore, BadSku."""
        return [
            _receipt(one) for one in self.apply(store, [Put(check_sku(sku), fields) for sku, fields in items], space)
        ]

    def patch(self, store: str, sku: str, changes: Mapping[str, object], space: str) -> Receipt:
        """Change some fields by JSON merge patch (RFC 7396): null removes, objects merge, the rest replaces.

        Raises UnknownStore, UnknownProduct, and pydantic's ValidationError if the outcome is not a valid product.
        """
        return _receipt(self.apply(store, [Patch(sku, changes)], space)[0])

    def delete(self, store: str, skus: Sequence[str]) -> list[Receipt | None]:
        """Delete products; return a receipt per SKU, None where there was no live product.

        A SKU given twice is deleted by the first. Descriptions stay, so that listing the product again is free.
        """
        outcomes = self.apply(store, [Delete(sku) for sku in skus], NO_SPACE)
        return [None if isinstance(one, UnknownProduct) else _receipt(one) for one in outcomes]

    def get(self, store: str, sku: str) -> Product | None:
        """Return the live product, None if there is none."""
        if not is_sku(sku):
            return None
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"store": store, "sku": sku}).one_or_none()
        return _product(row) if row else None

    def images(self, store: str, sku: str) -> list[ListedImage]:
        """Return the photos the product lists and how far each is, main one first; none of an unknown product."""
        if not is_sku(sku):
            return []
        key = {"store": store, "sku": sku}
        with self._database.snapshot() as connection:
            row = connection.execute(_ONE, key).one_or_none()
            tasks = {row.link: row for row in connection.execute(_TASKS, key)}
        if row is None:
            return []
        photos = zip(links_in(row.document), orjson.loads(row.photos), strict=True)
        return [_listed(position, link, image, tasks.get(link)) for position, (link, image) in enumerate(photos)]

    def page(self, store: str, after: str | None, limit: int) -> list[Product]:
        """Return up to `limit` live products by SKU, in the order of code points; None as `after` is the start."""
        with self._database.read() as connection:
            rows = connection.execute(_PAGE, {"store": store, "after": _comparable(after), "limit": limit}).all()
        return [_product(row) for row in rows]

    def live(self, store: str, skus: Sequence[str]) -> dict[str, LiveProduct]:
        """Return those of the SKUs that are live at this moment, in one read; deleted and unknown ones are absent."""
        asked = [sku for sku in skus if is_sku(sku)]
        if not asked:
            return {}
        with self._database.read() as connection:
            rows = connection.execute(_SOME, {"store": store, "skus": asked}).all()
        return {row.sku: LiveProduct(_product(row), tuple(dict.fromkeys(_image_ids(row)))) for row in rows}

    def listings(self, keys: Sequence[tuple[str, str]], space: str) -> dict[tuple[str, str], Listing]:
        """Return the live ones of the (store, sku) with their descriptions in `space`; the others are absent."""
        by_store: dict[str, list[str]] = {}
        for store, sku in keys:
            by_store.setdefault(store, []).append(sku)
        rows: list[ProductRow] = []
        with self._database.snapshot() as connection:
            for store, skus in by_store.items():
                rows.extend(connection.execute(_SOME, {"store": store, "skus": [sku for sku in skus if is_sku(sku)]}))
            known = descriptions.load(connection, {one for row in rows for one in _image_ids(row)}, space)
        return {(row.store, row.sku): _listing(row, known) for row in rows}

    def every(self, space: str, batch: int) -> Iterator[list[Listing]]:
        """Yield every live product of every store with its descriptions in `space`, `batch` at a time.

        Each batch is read by itself: to end up with all of it, read `changes.head()` before, and follow from there.
        """
        after = {"store": "", "sku": ""}
        while True:
            with self._database.snapshot() as connection:
                rows = connection.execute(_EVERY, {**after, "limit": batch}).all()
                known = descriptions.load(connection, {one for row in rows for one in _image_ids(row)}, space)
            if not rows:
                return
            yield [_listing(row, known) for row in rows]
            after = {"store": rows[-1].store, "sku": rows[-1].sku}


def _receipt(outcome: Receipt | Exception) -> Receipt:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _comparable(sku: str | None) -> str:
    return "" if sku is None else check_sku(sku)


def _product(row: ProductRow) -> Product:
    return Product(row.store, row.sku, orjson.loads(row.document), row.version, row.seq, row.updated_at)


def _image_ids(row: ProductRow) -> list[str]:
    return [one for one in orjson.loads(row.photos) if one]


def _listing(row: ProductRow, known: Mapping[str, Description]) -> Listing:
    described = dict.fromkeys(one for one in _image_ids(row) if one in known)
    return Listing(_product(row), tuple(known[one] for one in described))


def _listed(position: int, link: str, image: str | None, task: TaskRow | None) -> ListedImage:
    if task is None:
        return ListedImage(position, link, ImageStatus.READY if image else ImageStatus.PENDING, image)
    if task.failed:
        return ListedImage(position, link, ImageStatus.FAILED, image, task.reason)
    return ListedImage(position, link, ImageStatus.PENDING, image, task.reason, task.due_at if task.reason else None)
