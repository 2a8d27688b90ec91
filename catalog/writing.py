"""Writes products with their changes and tasks: few statements per batch, whatever its size.

Everything here runs inside a transaction that holds the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, bindparam, select

from catalog import changes, retention, tables, tasks
from catalog.many import among, texts
from catalog.planning import (
    EMPTY,
    NO_PHOTOS,
    Held,
    Wanted,
    Write,
    link_key,
    new_links,
    plan,
    uploaded_id,
)
from catalog.records import ChangeKind, Receipt
from catalog.rows import ManyRows

_COLUMNS = tables.products.c
_HELD = select(_COLUMNS.sku, _COLUMNS.version, _COLUMNS.seq, _COLUMNS.live, _COLUMNS.document, _COLUMNS.photos).where(
    _COLUMNS.store == bindparam("store"), among(_COLUMNS.sku, texts("skus"))
)
_SEEN = (
    select(tables.descriptions.c.image_id)
    .join(tables.store_images, tables.store_images.c.image_id == tables.descriptions.c.image_id)
    .where(
        tables.store_images.c.store == bindparam("store"),
        tables.descriptions.c.space == bindparam("space"),
        among(tables.descriptions.c.image_id, texts("ids")),
    )
)
_FETCHED = (
    select(tables.links.c.link_key, tables.links.c.image_id)
    .join(tables.descriptions, tables.descriptions.c.image_id == tables.links.c.image_id)
    .where(
        tables.links.c.store == bindparam("store"),
        tables.descriptions.c.space == bindparam("space"),
        among(tables.links.c.link_key, texts("keys")),
    )
)
_PRODUCTS = ManyRows(
    tables.products,
    same=("store", "updated_at"),
    overwriting=("version", "seq", "live", "updated_at", "document", "photos"),
)


def put(
    connection: Connection, store: str, wanted: Mapping[str, Wanted], space: str, at: datetime
) -> dict[str, Receipt]:
    """Create or replace these products; return their receipts."""
    held = _held(connection, store, list(wanted))
    known = taken_over(connection, store, new_links(wanted, held), space)
    planned = plan(wanted, held, known)
    tasks.renew(connection, store, planned.listed, planned.again, at)
    dropped = (held[sku].image_ids().difference(image for _, image in planned.listed[sku]) for sku in planned.again)
    retention.unlist(connection, store, chain.from_iterable(dropped), at)
    receipts = {one.sku: one for one in planned.unchanged}
    return receipts | write(connection, store, planned.writes, at)


def delete(connection: Connection, store: str, skus: Sequence[str], at: datetime) -> dict[str, Receipt | None]:
    """Delete those of the products that are live, in the order given; return their receipts."""
    held = _held(connection, store, skus)
    live = {sku: held[sku] for sku in skus if sku in held and held[sku].live}
    tasks.drop(connection, store, list(live))
    retention.unlist(connection, store, chain.from_iterable(one.image_ids() for one in live.values()), at)
    gone = [Write(sku, ChangeKind.DELETED, one.version + 1, EMPTY, NO_PHOTOS) for sku, one in live.items()]
    return dict(write(connection, store, gone, at))


def write(connection: Connection, store: str, writes: Sequence[Write], at: datetime) -> dict[str, Receipt]:
    """Write products and log it, in the order given; return their receipts."""
    if not writes:
        return {}
    first = changes.take(connection, len(writes))
    numbers = list(range(first, first + len(writes)))
    _PRODUCTS.write(
        connection,
        {
            "store": store,
            "sku": [one.sku for one in writes],
            "version": [one.version for one in writes],
            "seq": numbers,
            "live": [one.kind is not ChangeKind.DELETED for one in writes],
            "updated_at": at,
            "document": [one.document for one in writes],
            "photos": [one.photos for one in writes],
        },
    )
    changes.append(connection, store, first, [(one.sku, one.kind, one.version) for one in writes], at)
    return {one.sku: Receipt(one.sku, one.version, seq, one.created) for seq, one in zip(numbers, writes, strict=True)}


def _held(connection: Connection, store: str, skus: Sequence[str]) -> dict[str, Held]:
    rows = connection.execute(_HELD, {"store": store, "skus": skus})
    return {sku: Held(version, seq, live, document, photos) for sku, version, seq, live, document, photos in rows}


def taken_over(connection: Connection, store: str, links: Iterable[str], space: str) -> dict[str, str]:
    """Return the image of each link that this store has seen described in `space`, so that it needs no work."""
    uploaded = {link: image for link in links if (image := uploaded_id(link))}
    addresses = {link_key(link): link for link in links if link not in uploaded}
    found: dict[str, str] = {}
    if uploaded:
        where = {"store": store, "space": space, "ids": list(uploaded.values())}
        seen = set(connection.scalars(_SEEN, where))
        found.update((link, image) for link, image in uploaded.items() if image in seen)
    if addresses:
        where = {"store": store, "space": space, "keys": list(addresses)}
        found.update((addresses[key], image) for key, image in connection.execute(_FETCHED, where))
    return found
