"""What nothing lists any more is kept for a time, so that listing it again is free, and then forgotten.

Writes note which images a product ceased to list; nothing is looked up for that. When the time has come, `forget`
looks whether any product of the store shows the image, first without holding the store, then again for what changed
meanwhile, holding it: no put can take the image over in between. An image leaves with its last store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, select

from catalog import showing, tables
from catalog.blobs import Blobs
from catalog.database import Database
from catalog.fetching_tables import unlisted
from catalog.many import among, texts
from catalog.rows import ManyRows
from catalog.stores import hold

_MARKS = ManyRows(unlisted, same=("store", "since"), overwriting=("since",))
_OLDEST = (
    select(unlisted.c.store, unlisted.c.image_id)
    .where(unlisted.c.since <= bindparam("before"))
    .order_by(unlisted.c.since)
    .limit(bindparam("limit"))
)
_OF_STORE = (unlisted.c.store == bindparam("of_store")) & among(unlisted.c.image_id, texts("ids"))
_STILL_DUE = select(unlisted.c.image_id).where(_OF_STORE, unlisted.c.since <= bindparam("before"))
_DROP_MARKS = delete(unlisted).where(_OF_STORE)
_AWAITED = select(tables.tasks.c.link, tables.tasks.c.image_id).where(
    tables.tasks.c.store == bindparam("of_store"),
    among(tables.tasks.c.link, texts("links")) | among(tables.tasks.c.image_id, texts("ids")),
)
_DROP_LINKS = delete(tables.links).where(
    tables.links.c.store == bindparam("of_store"), among(tables.links.c.image_id, texts("ids"))
)
_DROP_FROM_STORE = delete(tables.store_images).where(
    tables.store_images.c.store == bindparam("of_store"), among(tables.store_images.c.image_id, texts("ids"))
)
_THERE = select(tables.images.c.id).where(among(tables.images.c.id, texts("ids")))
_LOCKED = _THERE.order_by(tables.images.c.id).with_for_update(skip_locked=True)
_OF_A_STORE = _THERE.where(exists().where(tables.store_images.c.image_id == tables.images.c.id))
_DROP_DESCRIPTIONS = delete(tables.descriptions).where(among(tables.descriptions.c.image_id, texts("ids")))
_DROP_IMAGES = delete(tables.images).where(among(tables.images.c.id, texts("ids")))


def unlist(connection: Connection, store: str, images: Iterable[str], at: datetime) -> None:
    """Note that a product of the store lists these images no more, or that none lists them yet."""
    if ids := sorted(set(images)):
        _MARKS.write(connection, {"store": store, "image_id": ids, "since": at})


def forget(database: Database, blobs: Blobs, before: datetime, limit: int) -> int:
    """Do what `Images.forget` says, for up to `limit` images; return how many were looked at."""
    with database.read() as connection:
        due = connection.execute(_OLDEST, {"before": before, "limit": limit}).all()
    for store in dict.fromkeys(row.store for row in due):
        images = [row.image_id for row in due if row.store == store]
        with database.read() as connection:
            seen = showing.look(connection, store, images)
        with database.write() as connection:
            hold(connection, store)
            gone = _forget_in_store(connection, seen, before)
        with database.write() as connection:
            _forget_everywhere(connection, blobs, store, gone)
    return len(due)


def _forget_in_store(connection: Connection, seen: showing.Showing, before: datetime) -> list[str]:
    """Take from the store what it does not list; return it. Its marks stay until it is gone altogether."""
    key = {"of_store": seen.store}
    still_due = connection.scalars(_STILL_DUE, key | {"ids": list(seen.images), "before": before}).all()
    listed = {*showing.now(connection, seen), *_awaited(connection, seen.store, still_due)}
    gone = [one for one in still_due if one not in listed]
    connection.execute(_DROP_MARKS, key | {"ids": [one for one in still_due if one in listed]})
    connection.execute(_DROP_LINKS, key | {"ids": gone})
    connection.execute(_DROP_FROM_STORE, key | {"ids": gone})
    return gone


def _awaited(connection: Connection, store: str, images: Sequence[str]) -> set[str]:
    """Return the images that a product lists and that wait to be described, or to be described again."""
    links = {f"image:{one}": one for one in images}
    rows = connection.execute(_AWAITED, {"of_store": store, "links": list(links), "ids": list(images)})
    return {links.get(link, image) for link, image in rows}


def _forget_everywhere(connection: Connection, blobs: Blobs, store: str, images: Sequence[str]) -> None:
    """Remove the images that no store has; one that somebody is at this moment taking in is looked at later.

    Files go before the commit. Should it fail, rows of no store are left without a file, and removed the next time;
    who takes such a photo in again writes its file anew, for he looks for it while he holds its row.
    """
    held = set(connection.scalars(_LOCKED, {"ids": images}))
    kept = set(connection.scalars(_OF_A_STORE, {"ids": list(held)}))
    busy = set(connection.scalars(_THERE, {"ids": images})) - held
    removed = sorted(held - kept)
    connection.execute(_DROP_DESCRIPTIONS, {"ids": removed})
    connection.execute(_DROP_IMAGES, {"ids": removed})
    for image in removed:
        blobs.remove(image)
    connection.execute(_DROP_MARKS, {"of_store": store, "ids": [one for one in images if one not in busy]})
