"""Makes a photo searchable: image, description, product and change, in the one transaction it is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, select, true

from catalog import tables
from catalog.descriptions import row_of
from catalog.errors import BadImage
from catalog.planning import State, Step, link_key, links_in, photos_text, uploaded_id
from catalog.records import ChangeKind, Description, ImageTask, StoredImage
from catalog.rows import ManyRows
from catalog.stores import hold
from catalog.writing import write

_PRODUCT = select(
    tables.products.c.document,
    tables.products.c.photos,
    tables.products.c.version,
    tables.products.c.seq,
    tables.products.c.revision,
).where(
    tables.products.c.store == bindparam("store"),
    tables.products.c.sku == bindparam("sku"),
    tables.products.c.live == true(),
)
_IMAGES = ManyRows(tables.images, keeping=True)
_STORE_IMAGES = ManyRows(tables.store_images, same=("store",), keeping=True)
_DESCRIPTIONS = ManyRows(tables.descriptions, keeping=True)
_LINKS = ManyRows(tables.links, same=("store", "fetched_at"), overwriting=("image_id", "fetched_at"))
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
    if uploaded_id(task.link) not in (None, image.image_id):
        raise BadImage(f"image {image.image_id} is not the one that {task.link} names")
    hold(connection, task.store)
    keep_image(connection, task.store, image, at)
    _keep_description(connection, image, description, at)
    if uploaded_id(task.link) is None:
        link = {"store": task.store, "link_key": [link_key(task.link)], "image_id": [image.image_id], "fetched_at": at}
        _LINKS.write(connection, link)
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
    state = State(row.version + 1, None, True, row.document, photos_text(photos), row.revision)
    return write(connection, task.store, [Step(task.sku, ChangeKind.DESCRIBED, state)], at)[0]


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
    _IMAGES.write(connection, _one(row))
    _STORE_IMAGES.write(connection, {"store": store, "image_id": [image.image_id]})


def _keep_description(
    connection: Connection, image: StoredImage, description: Description | None, at: datetime
) -> None:
    if description is not None:
        if description.image_id != image.image_id:
            raise BadImage(f"the description is of image {description.image_id}, not of {image.image_id}")
        _DESCRIPTIONS.write(connection, _one(row_of(description, at)))
    elif not connection.scalar(_HAS_DESCRIPTION, {"id": image.image_id}):
        raise BadImage(f"image {image.image_id} was said to be described, and is not in any space")


def _one(row: Mapping[str, object]) -> dict[str, list[object]]:
    """Return the columns of a single row."""
    return {name: [value] for name, value in row.items()}
