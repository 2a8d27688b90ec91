"""The ordered log of what happened. A follower that reads ``seq > checkpoint`` in a loop misses nothing.

PostgreSQL's own sequences hand out numbers before commit, so a late transaction could show a lower number after a
higher one was read. Here the last number is a row: to take numbers is to hold it until commit, so what is visible is
always everything up to some number, without gaps, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, func, select, update

from catalog import tables
from catalog.database import Database
from catalog.records import Change, ChangeKind
from catalog.rows import ManyRows
from catalog.space_records import SpaceState
from catalog.space_tables import spaces

LAST_SEQ = 2**63 - 1
_AFTER = (
    select(tables.changes)
    .where(tables.changes.c.seq > bindparam("seq"))
    .order_by(tables.changes.c.seq)
    .limit(bindparam("limit"))
)
_OF_STORE = (
    select(tables.changes)
    .where(tables.changes.c.store == bindparam("store"), tables.changes.c.seq > bindparam("seq"))
    .order_by(tables.changes.c.seq)
    .limit(bindparam("limit"))
)
_HEAD = select(tables.log_head.c.seq)
_COME_TO = select(spaces.c.seq).where(spaces.c.id == bindparam("space"), spaces.c.state != SpaceState.ACTIVE)
_KNOWN_TO = (  # one statement, so that the space's state and the log are of one moment
    select(tables.changes)
    .where(
        tables.changes.c.seq > bindparam("seq"),
        tables.changes.c.seq <= func.coalesce(_COME_TO.scalar_subquery(), LAST_SEQ),
    )
    .order_by(tables.changes.c.seq)
    .limit(bindparam("limit"))
)
_TAKE = update(tables.log_head).values(seq=tables.log_head.c.seq + bindparam("count")).returning(tables.log_head.c.seq)
_ROWS = ManyRows(tables.changes, same=("store", "at"))
_KINDS = {str(kind): kind for kind in ChangeKind}


class Changes:
    """The log, to be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, seq: int, limit: int, space: str | None = None) -> list[Change]:
        """Return the changes that follow `seq`, at most `limit`, in order; none if there are none yet.

        With `space`, only those that its followers may know of: all of them if it is active, and if it is filled or
        kept beside the active one, no more than those whose photos were looked at. A photo described in it later
        makes no change, and would be missed by who has read on.
        """
        with self._database.read() as connection:
            return read(connection, seq, limit) if space is None else _known_to(connection, space, seq, limit)

    def of_store(self, store: str, seq: int, limit: int) -> tuple[list[Change], int]:
        """Return a store's changes that follow `seq`, at most `limit`, in order, and the number to go on after.

        That number is the log's last one where nothing of the store is left, so that other stores' are not read again.
        """
        with self._database.snapshot() as connection:
            head = int(connection.execute(_HEAD).scalar_one())
            found = _changes(connection.execute(_OF_STORE, {"store": store, "seq": seq, "limit": limit}))
        return found, found[-1].seq if len(found) == limit else max(head, seq)

    def head(self, space: str | None = None) -> int:
        """Return the number of the last change, or of the last that followers of `space` may know of; 0 for none."""
        with self._database.read() as connection:
            head = int(connection.execute(_HEAD).scalar_one())
            known = None if space is None else connection.scalar(_COME_TO, {"space": space})
        return head if known is None else min(head, known)


def read(connection: Connection, seq: int, limit: int) -> list[Change]:
    """Return the changes that follow `seq`, at most `limit`, in order."""
    return _changes(connection.execute(_AFTER, {"seq": seq, "limit": limit}))


def _known_to(connection: Connection, space: str, seq: int, limit: int) -> list[Change]:
    return _changes(connection.execute(_KNOWN_TO, {"space": space, "seq": seq, "limit": limit}))


def _changes(rows: Iterable[Row[int, str, str, str, int, datetime]]) -> list[Change]:
    return [Change(seq, store, sku, _KINDS[kind], version, at) for seq, store, sku, kind, version, at in rows]


def take(connection: Connection, count: int) -> int:
    """Take the next `count` numbers; return the first. Every other writer waits here until this transaction ends."""
    return int(connection.execute(_TAKE, {"count": count}).scalar_one()) - count + 1


def append(
    connection: Connection, store: str, first_seq: int, entries: Sequence[tuple[str, ChangeKind, int]], at: datetime
) -> None:
    """Log (sku, kind, version) under the numbers from `first_seq` on, which `take` gave."""
    _ROWS.write(
        connection,
        {
            "seq": list(range(first_seq, first_seq + len(entries))),
            "store": store,
            "sku": [sku for sku, _, _ in entries],
            "kind": [kind.value for _, kind, _ in entries],
            "version": [version for _, _, version in entries],
            "at": at,
        },
    )
