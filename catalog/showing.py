"""Which products of a store show an image: found in two steps, so that a store is not held while all of it is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select, true

from catalog import tables
from catalog.many import among, elements, texts

_COLUMNS = tables.products.c
_PHOTO = elements(_COLUMNS.photos).table_valued("value").alias("photo")
_LIVE = (_COLUMNS.store == bindparam("store")) & (_COLUMNS.live == true())
_HEAD = select(tables.log_head.c.seq)
_SHOWING = (
    select(_COLUMNS.sku, _PHOTO.c.value)
    .select_from(tables.products)
    .join(_PHOTO, true())
    .where(_LIVE, among(_PHOTO.c.value, texts("images")))
)
_SOME = select(_COLUMNS.sku, _COLUMNS.photos).where(_LIVE, among(_COLUMNS.sku, texts("skus")))
_CHANGED = (
    select(tables.changes.c.sku)
    .where(tables.changes.c.seq > bindparam("seq"), tables.changes.c.store == bindparam("store"))
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Showing:
    """The products that showed some images when the log had come to `seq`: image to SKUs."""

    store: str
    seq: int
    images: frozenset[str]
    skus: dict[str, set[str]] = field(default_factory=dict)


def look(connection: Connection, store: str, images: Collection[str]) -> Showing:
    """Read which products show the images. Reads every product of the store, and holds nothing."""
    found = Showing(store, connection.execute(_HEAD).scalar_one(), frozenset(images))
    for sku, image in connection.execute(_SHOWING, {"store": store, "images": list(images)}):
        found.skus.setdefault(image, set()).add(sku)
    return found


def now(connection: Connection, before: Showing) -> dict[str, set[str]]:
    """Return image to SKUs as it is now, in a transaction that holds the store: what changed since is read again."""
    store = before.store
    changed = set(connection.scalars(_CHANGED, {"store": store, "seq": before.seq}))
    found = {image: skus - changed for image, skus in before.skus.items()}
    for sku, photos in connection.execute(_SOME, {"store": store, "skus": list(changed)}):
        for image in before.images.intersection(json.loads(photos)):
            found.setdefault(image, set()).add(sku)
    return {image: skus for image, skus in found.items() if skus}
