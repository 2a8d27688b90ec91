"""Work that photos wait for: written as products list them, handed out in leases.

A claim is one statement, so that no two claimers ever get the same photo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, false, select, update

from catalog import tables
from catalog.many import among, texts
from catalog.records import ImageTask
from catalog.rows import ManyRows

GIVE_UP_AFTER = 10  # claims that nobody reported on: the photo seems to be the death of those who handle it
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
    .returning(_COLUMNS.store, _COLUMNS.sku, _COLUMNS.position, _COLUMNS.link, _COLUMNS.attempts, _COLUMNS.image_id)
)
_OF_SKUS = (_COLUMNS.store == bindparam("store")) & among(_COLUMNS.sku, texts("skus"))
_KEPT = select(tables.tasks).where(_OF_SKUS)
_DROP = delete(tables.tasks).where(_OF_SKUS)
_ROWS = ManyRows(tables.tasks)


def claim(connection: Connection, limit: int, now: datetime, until: datetime) -> list[ImageTask]:
    """Return up to `limit` photos that are due at `now`, main ones first, and lease them `until` then."""
    found: list[ImageTask] = []
    for additional in (False, True):
        while len(found) < limit:
            values = {"extra": additional, "now": now, "until": until, "most": limit - len(found)}
            leased = [_task(row) for row in connection.execute(_CLAIM, values)]
            spent = [task for task in leased if task.attempts >= GIVE_UP_AFTER]
            found += [task for task in leased if task.attempts < GIVE_UP_AFTER]
            for task in spent:
                report(connection, task, f"given up: nothing came of {GIVE_UP_AFTER} attempts to handle it", None, now)
            if not spent:
                break
    return found


def report(connection: Connection, task: ImageTask, reason: str, due_at: datetime | None, now: datetime) -> None:
    """Say why a task was not done, and when it is due again: never, for None."""
    same = (_COLUMNS.store == task.store) & (_COLUMNS.sku == task.sku) & (_COLUMNS.link == task.link)
    values = {"failed": due_at is None, "reason": reason, "due_at": due_at or now}
    connection.execute(update(tables.tasks).where(same).values(values))


def add(connection: Connection, store: str, photos: Iterable[tuple[str, int, str, str | None]], at: datetime) -> None:
    """Let photos wait: (sku, position, link, the image that the link gave before)."""
    _write(connection, [_new(store, sku, position, link, image, at) for sku, position, link, image in photos])


def renew(
    connection: Connection, store: str, listed: Mapping[str, Sequence[tuple[str, str | None]]],
    again: Mapping[str, Set[str]], at: datetime,
) -> None:  # fmt: skip
    """Let photos without an image wait. `listed` has each product's (link, image) in order, main photo first.

    `again` are the products that were listed before: what had happened to the tasks of their photos is kept, except for
    the links that each had lost on the way.
    """
    kept: dict[tuple[str, str], dict[str, object]] = {}
    if again:
        rows = connection.execute(_KEPT, {"store": store, "skus": list(again)}).mappings()
        kept = {(row["sku"], row["link"]): dict(row) for row in rows if row["link"] not in again[row["sku"]]}
        drop(connection, store, list(again))
    rows_ = [
        kept.get((sku, link), _new(store, sku, position, link, None, at))
        | {"position": position, "additional": position > 0}
        for sku, photos in listed.items()
        for position, (link, image) in enumerate(photos)
        if image is None or (sku, link) in kept
    ]
    _write(connection, rows_)


def drop(connection: Connection, store: str, skus: Sequence[str]) -> None:
    """Forget all tasks of these products."""
    if skus:
        connection.execute(_DROP, {"store": store, "skus": skus})


def _new(store: str, sku: str, position: int, link: str, image: str | None, at: datetime) -> dict[str, object]:
    return {
        "store": store,
        "sku": sku,
        "position": position,
        "link": link,
        "image_id": image,
        "additional": position > 0,
        "failed": False,
        "reason": None,
        "attempts": 0,
        "due_at": at,
    }


def _write(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        _ROWS.write(connection, {column.name: [row[column.name] for row in rows] for column in tables.tasks.columns})


def _task(row: Row[str, str, int, str, int, str | None]) -> ImageTask:
    return ImageTask(row.store, row.sku, row.position, row.link, row.attempts - 1, row.image_id)
