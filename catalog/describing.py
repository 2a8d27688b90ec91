"""Makes photos searchable: images, descriptions, products and changes, in the one transaction it is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, true

from catalog import retention, tables
from catalog.descriptions import row_of
from catalog.errors import BadImage, UnknownImage
from catalog.many import among, texts
from catalog.planning import State, Step, link_key, links_in, photos_text, uploaded_id
from catalog.records import ChangeKind, Description, ImageTask, ReadyPhoto, StoredImage
from catalog.rows import ManyRows
from catalog.writing import write

_PRODUCTS = select(
    tables.products.c.sku, tables.products.c.document, tables.products.c.photos, tables.products.c.version,
    tables.products.c.seq,
    tables.products.c.revision,
).where(
    tables.products.c.store == bindparam("store"),
    among(tables.products.c.sku, texts("skus")),
    tables.products.c.live == true(),
)  # fmt: skip
_IMAGES = ManyRows(tables.images, same=("created_at",), keeping=True)
_STORE_IMAGES = ManyRows(tables.store_images, same=("store",), keeping=True)
_DESCRIPTIONS = ManyRows(tables.descriptions, keeping=True)
_LINKS = ManyRows(
    tables.links,
    same=("store", "fetched_at", "checked_at"),
    overwriting=("image_id", "fetched_at", "url", "etag", "last_modified", "checked_at"),
)
_THERE = (
    select(tables.images.c.id)
    .where(among(tables.images.c.id, texts("ids")))
    .order_by(tables.images.c.id)
    .with_for_update(key_share=True, read=True)
)
_DESCRIBED = select(tables.descriptions.c.image_id).where(among(tables.descriptions.c.image_id, texts("ids")))
_WAITING = select(tables.tasks.c.sku, tables.tasks.c.link).where(
    tables.tasks.c.store == bindparam("store"), among(tables.tasks.c.sku, texts("skus"))
)
_DROP_TASK = delete(tables.tasks).where(
    tables.tasks.c.store == bindparam("of_store"),
    tables.tasks.c.sku == bindparam("of_sku"),
    tables.tasks.c.link == bindparam("of_link"),
)


def describe_ready(
    connection: Connection, store: str, photos: Sequence[ReadyPhoto], at: datetime
) -> list[list[int | None]]:
    """Do what `Images.ready` says, inside a transaction that holds the store."""
    for photo in photos:
        _check(photo)
    keep_images(connection, store, [photo.image for photo in photos if not photo.known], at)
    _keep_descriptions(connection, photos, at)
    _keep_links(connection, store, photos, at)
    return _show(connection, store, photos, at)


def keep_images(connection: Connection, store: str, images: Sequence[StoredImage], at: datetime) -> None:
    """Remember photos, and that the store may see them.

    Their rows are locked until the transaction ends, so that nobody forgets them meanwhile; one that was being
    forgotten is written again.
    """
    missing = {image.image_id: image for image in images}
    while missing:
        chosen = [missing[key] for key in sorted(missing)]
        _IMAGES.write(
            connection,
            {
                "id": [one.image_id for one in chosen],
                "media_type": [one.media_type for one in chosen],
                "width": [one.width for one in chosen],
                "height": [one.height for one in chosen],
                "size_bytes": [one.size_bytes for one in chosen],
                "created_at": at,
            },
        )
        for key in connection.scalars(_THERE, {"ids": list(missing)}):
            del missing[key]
    if ids := sorted({image.image_id for image in images}):
        _STORE_IMAGES.write(connection, {"store": store, "image_id": ids})


def keep_descriptions(connection: Connection, made: Sequence[Description], at: datetime) -> int:
    """Keep descriptions of images that are here, beside those of other spaces; return how many images are here."""
    there = set(connection.scalars(_THERE, {"ids": [one.image_id for one in made]})) if made else set()
    rows = [row_of(one, at) for one in made if one.image_id in there]
    if rows:
        _DESCRIPTIONS.write(connection, {name: [row[name] for row in rows] for name in rows[0]})
    return len(rows)


def _check(photo: ReadyPhoto) -> None:
    key = photo.image.image_id
    for task in photo.tasks:
        if uploaded_id(task.link) not in (None, key):
            raise BadImage(f"image {key} is not the one that {task.link} names")
    if photo.description is not None and photo.description.image_id != key:
        raise BadImage(f"the description is of image {photo.description.image_id}, not of {key}")


def _keep_descriptions(connection: Connection, photos: Sequence[ReadyPhoto], at: datetime) -> None:
    given = {one.image.image_id: one.description for one in photos if one.description is not None}
    if given:
        rows = [row_of(description, at) for description in given.values()]
        _DESCRIPTIONS.write(connection, {name: [row[name] for row in rows] for name in rows[0]})
    ids = {photo.image.image_id for photo in photos}
    for key in ids - {*connection.scalars(_DESCRIBED, {"ids": list(ids)})}:
        raise BadImage(f"image {key} was said to be described, and is not in any space")
    kept = [photo.image.image_id for photo in photos if photo.known]
    if kept:
        for key in {*kept} - {*connection.scalars(_THERE, {"ids": kept})}:
            raise UnknownImage(f"image {key} was said to be here, and is not")


def _keep_links(connection: Connection, store: str, photos: Sequence[ReadyPhoto], at: datetime) -> None:
    """Remember what hosts gave and said; of a photo that was read from here, they said what they said before."""
    links = {photo.tasks[0].link: photo for photo in photos if photo.fetched and not photo.known}
    fetched = {link: photo for link, photo in links.items() if uploaded_id(link) is None}
    if fetched:
        given = fetched.values()
        _LINKS.write(
            connection,
            {
                "store": store,
                "link_key": [link_key(link) for link in fetched],
                "image_id": [photo.image.image_id for photo in given],
                "fetched_at": at,
                "url": list(fetched),
                "etag": [photo.validators.etag for photo in given],
                "last_modified": [photo.validators.last_modified for photo in given],
                "checked_at": at,
            },
        )


def _show(connection: Connection, store: str, photos: Sequence[ReadyPhoto], at: datetime) -> list[list[int | None]]:
    """Let products show the photos they wait for; one change per product."""
    tasks = [task for photo in photos for task in photo.tasks]
    key = {"store": store, "skus": sorted({task.sku for task in tasks})}
    waiting = {(sku, link) for sku, link in connection.execute(_WAITING, key)}
    products = {row.sku: row for row in connection.execute(_PRODUCTS, key)}
    shown = {sku: _Shown(row) for sku, row in products.items()}
    unlisted = set()
    for photo in photos:
        taken = {task.sku in shown and shown[task.sku].take(task, photo, waiting) for task in photo.tasks}
        if True not in taken:
            unlisted.add(photo.image.image_id)
    connection.execute(
        _DROP_TASK, [{"of_store": task.store, "of_sku": task.sku, "of_link": task.link} for task in tasks]
    )
    unlisted |= {image for one in shown.values() for image in one.replaced()}
    retention.unlist(connection, store, unlisted, at)
    changed = [sku for sku, one in shown.items() if one.changed]
    seqs = {sku: one.seq for sku, one in shown.items()}
    seqs |= zip(changed, write(connection, store, [shown[sku].step() for sku in changed], at), strict=True)
    return [
        [seqs[task.sku] if task.sku in shown and task.link in shown[task.sku].links else None for task in photo.tasks]
        for photo in photos
    ]


class _Shown:
    """A live product, and the photos it shows while more of them become ready."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self.seq: int = row.seq
        self.links = links_in(row.document)
        self._before: list[str | None] = orjson.loads(row.photos)
        self._photos = list(self._before)
        self.changed = False

    def take(self, task: ImageTask, photo: ReadyPhoto, waiting: set[tuple[str, str]]) -> bool:
        """Show a photo that was waited for; return whether the product lists it."""
        if task.link not in self.links:
            return False
        if (task.sku, task.link) in waiting:  # else somebody was faster
            self._photos[self.links.index(task.link)] = photo.image.image_id
            self.changed = True
        return True

    def replaced(self) -> set[str]:
        """Return the images that made way for others."""
        return {image for image in self._before if image} - {*self._photos}

    def step(self) -> Step:
        """Return the change of the product."""
        row = self._row
        state = State(row.version + 1, None, True, row.document, photos_text(self._photos), row.revision)
        return Step(row.sku, ChangeKind.DESCRIBED, state)
