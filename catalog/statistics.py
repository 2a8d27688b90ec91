"""Counts of one store."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select, true

from catalog import tables
from catalog.many import elements, length
from catalog.records import ImageStatus, StoreStats

_LIVE = (tables.products.c.store == bindparam("store")) & (tables.products.c.live == true())
_COUNTS = select(func.count(), func.coalesce(func.sum(length(tables.products.c.photos)), 0)).where(_LIVE)
_PHOTO = elements(tables.products.c.photos).table_valued("value").alias("photo")
_SEARCHABLE = (
    select(func.count(tables.products.c.sku.distinct()))
    .select_from(tables.products)
    .join(_PHOTO, true())
    .join(tables.descriptions, tables.descriptions.c.image_id == _PHOTO.c.value)
    .where(_LIVE, tables.descriptions.c.space == bindparam("space"))
)
_TASKS = (
    select(tables.tasks.c.failed, func.count().label("tasks"))
    .where(tables.tasks.c.store == bindparam("store"))
    .group_by(tables.tasks.c.failed)
)


def stats(connection: Connection, store: str, space: str) -> StoreStats:
    """Return the counts of a store; `searchable` are products with a photo described in `space`."""
    key = {"store": store}
    waiting = {row.failed: row.tasks for row in connection.execute(_TASKS, key)}
    pending, failed = waiting.get(False, 0), waiting.get(True, 0)
    products, photos = connection.execute(_COUNTS, key).one()
    searchable = connection.execute(_SEARCHABLE, {**key, "space": space}).scalar_one()
    images = {
        ImageStatus.PENDING: pending,
        ImageStatus.READY: int(photos) - pending - failed,
        ImageStatus.FAILED: failed,
    }
    return StoreStats(products, searchable, images)
