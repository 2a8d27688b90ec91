"""A new model needs the photos that an old one has described: finds those, and lets them wait for work."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, true, tuple_

from catalog import descriptions, tables, tasks
from catalog.database import Database
from catalog.many import among, texts
from catalog.planning import links_in
from catalog.stores import hold

BATCH = 1000
_COLUMNS = tables.products.c
_SKUS = (
    select(_COLUMNS.store, _COLUMNS.sku)
    .where(_COLUMNS.live == true(), tuple_(_COLUMNS.store, _COLUMNS.sku) > tuple_(bindparam("store"), bindparam("sku")))
    .order_by(_COLUMNS.store, _COLUMNS.sku)
    .limit(BATCH)
)
_PHOTOS = select(_COLUMNS.sku, _COLUMNS.document, _COLUMNS.photos).where(
    _COLUMNS.store == bindparam("store"), _COLUMNS.live == true(), among(_COLUMNS.sku, texts("skus"))
)
_WAITING = select(tables.tasks.c.sku, tables.tasks.c.link).where(
    tables.tasks.c.store == bindparam("store"), among(tables.tasks.c.sku, texts("skus"))
)


def describe_again(
    database: Database, space: str, at: datetime, products: Collection[tuple[str, str]] | None = None
) -> int:
    """Do what `Images.describe_again` says, one transaction per thousand products."""
    added = 0
    for store, skus in _batches(database) if products is None else _by_store(products):
        with database.read() as connection:
            if not _lacking(connection, store, skus, space):
                continue  # as a rule: every worker asks when it starts
        with database.write() as connection:
            hold(connection, store)
            lacking = _lacking(connection, store, skus, space)
            tasks.add(connection, store, lacking, at)
        added += len(lacking)
    return added


def _batches(database: Database) -> Iterator[tuple[str, list[str]]]:
    """Yield (store, SKUs) of all live products."""
    after = {"store": "", "sku": ""}
    while True:
        with database.read() as connection:
            keys = connection.execute(_SKUS, after).all()
        if not keys:
            return
        for store in dict.fromkeys(key.store for key in keys):
            yield store, [key.sku for key in keys if key.store == store]
        after = {"store": keys[-1].store, "sku": keys[-1].sku}


def _by_store(products: Collection[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield (store, SKUs) of these products."""
    for store in dict.fromkeys(store for store, _ in products):
        yield store, [sku for one, sku in products if one == store]


def _lacking(connection: Connection, store: str, skus: list[str], space: str) -> list[tuple[str, int, str, str | None]]:
    """Return the photos that have an image, no description of it in `space`, and do not wait: as `tasks.add` takes."""
    photos = [
        (row.sku, position, link, image)
        for row in connection.execute(_PHOTOS, {"store": store, "skus": skus})
        for position, (link, image) in enumerate(zip(links_in(row.document), json.loads(row.photos), strict=True))
        if image is not None
    ]
    known = descriptions.known(connection, {image for _, _, _, image in photos}, space)
    waiting = {(sku, link) for sku, link in connection.execute(_WAITING, {"store": store, "skus": skus})}
    return [one for one in photos if one[3] not in known and (one[0], one[2]) not in waiting]
