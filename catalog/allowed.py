"""Hosts that one store's photos may be fetched from although they are not public: an operator's decision."""

from __future__ import annotations

from sqlalchemy import delete, select

from catalog.database import Database
from catalog.fetching_tables import allowed_hosts
from catalog.rows import ManyRows
from catalog.stores import hold

_ROWS = ManyRows(allowed_hosts, same=("store",), keeping=True)


class AllowedHosts:
    """The allowed hosts of every store, "name" or "name:port" as an operator wrote them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, store: str) -> frozenset[str]:
        """Return the hosts of a store; none of one that is unknown."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(allowed_hosts.c.host).where(allowed_hosts.c.store == store)))

    def allow(self, store: str, host: str) -> None:
        """Allow a host; harmless if it is. Raises UnknownStore."""
        with self._database.write() as connection:
            hold(connection, store)
            _ROWS.write(connection, {"store": store, "host": [host]})

    def disallow(self, store: str, host: str) -> bool:
        """Allow a host no more; return whether it was allowed."""
        same = (allowed_hosts.c.store == store) & (allowed_hosts.c.host == host)
        with self._database.write() as connection:
            return bool(connection.execute(delete(allowed_hosts).where(same)).rowcount)
