"""Hands out waiting photos in leases: by one statement, so that no two claimers ever get the same one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, false, select, update

from catalog import tables
from catalog.records import ImageTask

_COLUMNS = tables.tasks.c
_DUE = (
    select(_COLUMNS.store, _COLUMNS.sku, _COLUMNS.position)
    .where(_COLUMNS.failed == false(), _COLUMNS.additional == bindparam("extra"), _COLUMNS.due_at <= bindparam("now"))
    .order_by(_COLUMNS.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(tables.tasks)
    .where(_COLUMNS.store == _DUE.c.store, _COLUMNS.sku == _DUE.c.sku, _COLUMNS.position == _DUE.c.position)
    .values(due_at=bindparam("until"), attempts=_COLUMNS.attempts + 1)
    .returning(_COLUMNS.store, _COLUMNS.sku, _COLUMNS.position, _COLUMNS.link, _COLUMNS.attempts)
)


def claim(connection: Connection, limit: int, now: datetime, until: datetime) -> list[ImageTask]:
    """Return up to `limit` photos that are due at `now`, main ones first, and lease them `until` then."""
    found: list[ImageTask] = []
    for additional in (False, True):
        values = {"extra": additional, "now": now, "until": until, "most": limit - len(found)}
        if len(found) < limit:
            rows = connection.execute(_CLAIM, values)
            found.extend(
                ImageTask(store, sku, position, link, attempts - 1) for store, sku, position, link, attempts in rows
            )
    return found
