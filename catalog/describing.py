"""Makes a photo searchable: image, description, product and change, in the one transaction it is given."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, Table, and_, bindparam, delete, exists, select, true
from sqlalchemy.dialects import postgresql, sqlite

from catalog import tables
from catalog.descriptions import row_of
from catalog.errors import BadImage
from catalog.planning import Write, link_key, links_in, photos_text, uploaded_id
from catalog.records import ChangeKind, Description, ImageTask, StoredImage
from catalog.stores import hold
from catalog.writing import write

_PRODUCT = select(
    tables.products.c.document, tables.products.c.photos, tables.products.c.version, tables.products.c.seq
).where(
    tables.products.c.store == bindparam("store"),
    tables.products.c.sku == bindparam("sku"),
    tables.products.c.live == true(),
)
_HAS_DESCRIPTION = select(exists().where(tables.descriptions.c.image_id == bindparam("id")))
_DROP_TASK = delete(tables.tasks).where(
    and_(
        tables.tasks.c.store == bindparam("of_store"),
        tables.tasks.c.sku == bindparam("of_sku"),
        tables.tasks.c.link == bindparam("of_link"),
    )
)


def describe_ready(
    connection: Connection, task: ImageTask, image: StoredImage, description: Description | None, at: datetime
) -> int | None:
    """Do what `Images.describe_ready` says."""
    hold(connection, task.store)
    keep_image(connection, task.store, image, at)
    _keep_description(connection, image, description, at)
    if uploaded_id(task.link) is None:
        _remember_link(connection, task, image, at)
    dropped = connection.execute(
        _DROP_TASK, {"of_store": task.store, "of_sku": task.sku, "of_link": task.link}
    ).rowcount
    row = connection.execute(_PRODUCT, {"store": task.store, "sku": task.sku}).one_or_none()
    links = links_in(row.document) if row else ()
    if row is None or task.link not in links:
        return None
    photos: list[str | None] = json.loads(row.photos)
    position = links.index(task.link)
    if not dropped and photos[position] == image.image_id:
        return int(row.seq)
    photos[position] = image.image_id
    ready = Write(task.sku, ChangeKind.DESCRIBED, row.version + 1, row.document, photos_text(photos))
    return write(connection, task.store, [ready], at)[task.sku].seq


def keep_image(connection: Connection, store: str, image: StoredImage, at: datetime) -> None:
    """Remember a photo, and that the store may see it."""
    row = {
        "id": image.image_id,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
        "created_at": at,
    }
    _insert_new(connection, tables.images, row)
    _insert_new(connection, tables.store_images, {"store": store, "image_id": image.image_id})


def _keep_description(
    connection: Connection, image: StoredImage, description: Description | None, at: datetime
) -> None:
    if description is not None:
        if description.image_id != image.image_id:
            raise BadImage(f"the description is of image {description.image_id}, not of {image.image_id}")
        _insert_new(connection, tables.descriptions, row_of(description, at))
    elif not connection.scalar(_HAS_DESCRIPTION, {"id": image.image_id}):
        raise BadImage(f"image {image.image_id} was said to be described, and is not in any space")


def _remember_link(connection: Connection, task: ImageTask, image: StoredImage, at: datetime) -> None:
    """Note which image the address gave, in place of what it gave before."""
    row = {"store": task.store, "link_key": link_key(task.link), "image_id": image.image_id, "fetched_at": at}
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"image_id": image.image_id, "fetched_at": at}
    key = [tables.links.c.store, tables.links.c.link_key]
    connection.execute(make(tables.links).on_conflict_do_update(index_elements=key, set_=values), row)


def _insert_new(connection: Connection, table: Table, row: dict[str, object]) -> None:
    """Insert a row unless its key is there."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(make(table).on_conflict_do_nothing(), row)
