"""Stores: a merchant's tenant. They are never deleted, so a write that holds its store's row needs no other check."""

from __future__ import annotations

import re

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import IntegrityError

from catalog import tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import BadStoreId, StoreExists, UnknownStore
from catalog.records import Store

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOLD = select(tables.stores.c.id).where(tables.stores.c.id == bindparam("store")).with_for_update(key_share=True)


class Stores:
    """All stores of the catalog."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, store_id: str, name: str) -> Store:
        """Make a store. Raises BadStoreId or StoreExists."""
        if not _ID.fullmatch(store_id):
            raise BadStoreId(
                f"{store_id[:80]!r} cannot be a store's id; use 1 to 63 of a-z, 0-9 and '-', a letter or digit first"
            )
        store = Store(store_id, name, self._clock())
        try:
            with self._database.write() as connection:
                row = {"id": store.id, "name": store.name, "created_at": store.created_at}
                connection.execute(tables.stores.insert(), row)
        except IntegrityError:
            raise StoreExists(f"there is a store {store_id!r} already") from None
        return store

    def exists(self, store_id: str) -> bool:
        """Whether there is a store of that id."""
        if not _ID.fullmatch(store_id):
            return False
        with self._database.read() as connection:
            return connection.scalar(select(tables.stores.c.id).where(tables.stores.c.id == store_id)) is not None

    def all(self) -> list[Store]:
        """Return all stores by id."""
        with self._database.read() as connection:
            return [Store(*row) for row in connection.execute(select(tables.stores).order_by(tables.stores.c.id))]


def hold(connection: Connection, store: str) -> None:
    """Make this transaction the only one that writes to the store until it ends. Raises UnknownStore."""
    if not _ID.fullmatch(store) or connection.scalar(_HOLD, {"store": store}) is None:
        raise UnknownStore(f"no store {store[:80]!r}")
