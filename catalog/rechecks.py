"""Addresses whose photo may have changed: handed out to be asked again, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from catalog import showing, tables, tasks
from catalog.clock import Clock
from catalog.database import Database
from catalog.many import among, texts
from catalog.planning import link_key, links_in
from catalog.records import LinkToCheck, Validators
from catalog.stores import hold

_COLUMNS = tables.links.c
_DUE = (
    select(_COLUMNS.store, _COLUMNS.link_key)
    .where(_COLUMNS.checked_at <= bindparam("before"), _COLUMNS.url.is_not(None))
    .order_by(_COLUMNS.checked_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(tables.links)
    .where(_COLUMNS.store == _DUE.c.store, _COLUMNS.link_key == _DUE.c.link_key)
    .values(checked_at=bindparam("until"))
    .returning(
        _COLUMNS.store, _COLUMNS.link_key, _COLUMNS.url, _COLUMNS.image_id, _COLUMNS.etag, _COLUMNS.last_modified
    )
)
_SAME = (
    (_COLUMNS.store == bindparam("of_store"))
    & (_COLUMNS.link_key == bindparam("of_key"))
    & (_COLUMNS.image_id == bindparam("of_image"))
)
_CHECKED = (
    update(tables.links)
    .where(_SAME)
    .values(etag=bindparam("tag"), last_modified=bindparam("modified"), checked_at=bindparam("at"))
)
_LATER = update(tables.links).where(_SAME).values(checked_at=bindparam("at"))
_FORGET = delete(tables.links).where(_SAME)
_PRODUCTS = select(tables.products.c.sku, tables.products.c.document, tables.products.c.photos).where(
    tables.products.c.store == bindparam("store"), among(tables.products.c.sku, texts("skus"))
)
_FETCH_ANEW = (
    update(tables.tasks)
    .where(
        tables.tasks.c.store == bindparam("of_store"),
        tables.tasks.c.sku == bindparam("of_sku"),
        tables.tasks.c.link == bindparam("of_link"),
        tables.tasks.c.image_id.is_not(None),
    )
    .values(image_id=None, host=bindparam("at_host"))
)
_WAITING = select(tables.tasks.c.sku, tables.tasks.c.link).where(
    tables.tasks.c.store == bindparam("store"), among(tables.tasks.c.sku, texts("skus"))
)


class Rechecks:
    """Links to be asked again whether their photo is still the same."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, limit: int, older_than_seconds: float, lease_seconds: float) -> list[LinkToCheck]:
        """Take up to `limit` links that no host has answered for in that time, the oldest first.

        What is not reported within the lease is given out again.
        """
        before = self._clock() - timedelta(seconds=older_than_seconds)
        values = {"before": before, "until": before + timedelta(seconds=lease_seconds), "limit": limit}
        with self._database.write() as connection:
            rows = connection.execute(_CLAIM, values).all()
        return [
            LinkToCheck(store, key, url, image, Validators(etag, modified))
            for store, key, url, image, etag, modified in rows
        ]

    def unchanged(self, link: LinkToCheck, validators: Validators) -> None:
        """Note that the link still gives the photo it gave."""
        values = {"tag": validators.etag, "modified": validators.last_modified, "at": self._clock()}
        with self._database.write() as connection:
            connection.execute(_CHECKED, _key(link) | values)

    def later(self, link: LinkToCheck, older_than_seconds: float, pause_seconds: float) -> None:
        """Let a link that could not be checked be due again after a pause; products go on with the photo they have."""
        at = self._clock() - timedelta(seconds=older_than_seconds - pause_seconds)
        with self._database.write() as connection:
            connection.execute(_LATER, _key(link) | {"at": at})

    def changed(self, store: str, links: Sequence[LinkToCheck]) -> int:
        """Let the products that list these links of a store wait for the new photo; return how many photos wait.

        They show the old one until the new one is described.
        """
        with self._database.read() as connection:
            seen = showing.look(connection, store, {link.image_id for link in links})
        with self._database.write() as connection:
            hold(connection, store)
            photos, waiting = _listed(connection, seen, {link.link_key: link for link in links})
            tasks.add(connection, store, photos, self._clock())
            if waiting:  # to be described again, from what the link gave before
                connection.execute(_FETCH_ANEW, waiting)
            connection.execute(_FORGET, [_key(link) for link in links])
        return len(photos)


def _listed(
    connection: Connection, seen: showing.Showing, links: dict[str, LinkToCheck]
) -> tuple[list[tuple[str, int, str, str | None]], list[dict[str, str]]]:
    """Return the listed photos that the links gave: those to let wait, as `tasks.add` takes them, and those that do."""
    key = {
        "store": seen.store,
        "skus": sorted({sku for skus in showing.now(connection, seen).values() for sku in skus}),
    }
    waiting = {(sku, link) for sku, link in connection.execute(_WAITING, key)}
    listed = [
        (row.sku, position, link)
        for row in connection.execute(_PRODUCTS, key)
        for position, (link, image) in enumerate(zip(links_in(row.document), json.loads(row.photos), strict=True))
        if image in seen.images and link_key(link) in links
    ]
    return (
        [(sku, position, link, None) for sku, position, link in listed if (sku, link) not in waiting],
        [
            {"of_store": seen.store, "of_sku": sku, "of_link": link, "at_host": tasks.host_of(link)}
            for sku, _, link in listed
            if (sku, link) in waiting
        ],
    )


def _key(link: LinkToCheck) -> dict[str, str]:
    return {"of_store": link.store, "of_key": link.link_key, "of_image": link.image_id}
