"""Photos that wait to be made searchable: handed out in leases, host by host, so that a slow one holds up nobody.

A claim of one host's photos is one statement, so that no two claimers ever get the same photo.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, Select, bindparam, case, delete, false, func, select, update

from catalog import tables
from catalog.many import among, texts
from catalog.moment import Moment
from catalog.planning import UPLOADED
from catalog.records import ImageTask
from catalog.rows import ManyRows

GIVE_UP_AFTER = 10  # claims that nobody reported on: the photo seems to be the death of those who handle it
_USUAL_PORTS = {"http": ":80", "https": ":443"}
_COLUMNS = tables.tasks.c
_WAITING = (_COLUMNS.failed == false()) & (_COLUMNS.additional == bindparam("extra"))
_DUE = (
    select(_COLUMNS.store, _COLUMNS.sku, _COLUMNS.position)
    .where(_WAITING, _COLUMNS.host == bindparam("of_host"), _COLUMNS.due_at <= bindparam("now"))
    .order_by(_COLUMNS.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(tables.tasks)
    .where(_COLUMNS.store == _DUE.c.store, _COLUMNS.sku == _DUE.c.sku, _COLUMNS.position == _DUE.c.position)
    .values(due_at=bindparam("until"), attempts=_COLUMNS.attempts + 1)
    .returning(
        _COLUMNS.store, _COLUMNS.sku, _COLUMNS.position, _COLUMNS.link, _COLUMNS.attempts, _COLUMNS.image_id,
        _COLUMNS.host,
    )
)  # fmt: skip
_OF_SKUS = (_COLUMNS.store == bindparam("store")) & among(_COLUMNS.sku, texts("skus"))
_KEPT = select(tables.tasks).where(_OF_SKUS)
_DROP = delete(tables.tasks).where(_OF_SKUS)
_HELD = (
    (_COLUMNS.store == bindparam("of_store"))
    & (_COLUMNS.sku == bindparam("of_sku"))
    & (_COLUMNS.link == bindparam("of_link"))
    & (_COLUMNS.attempts == bindparam("claims"))  # nobody else has claimed it since
)
_EXTEND = update(tables.tasks).where(_HELD).values(due_at=bindparam("until"))
_PUT_OFF = (
    update(tables.tasks)
    .where(_HELD)
    .values(due_at=bindparam("until"), attempts=_COLUMNS.attempts - 1, reason=bindparam("why"))
)
_OF_HOST = (
    select(_COLUMNS.store, _COLUMNS.sku, _COLUMNS.position)
    .where(_WAITING, _COLUMNS.host == bindparam("of_host"), _COLUMNS.due_at <= bindparam("now"))
    .limit(bindparam("limit"))
    .cte("of_host")
)
_SPENT = _COLUMNS.attempts + bindparam("count") >= bindparam("most")
_PUT_OFF_HOST = (
    update(tables.tasks)
    .where(_COLUMNS.store == _OF_HOST.c.store, _COLUMNS.sku == _OF_HOST.c.sku, _COLUMNS.position == _OF_HOST.c.position)
    .values(
        failed=_SPENT,
        reason=bindparam("why"),
        attempts=_COLUMNS.attempts + bindparam("count"),
        due_at=case((_SPENT, bindparam("now", type_=Moment)), else_=bindparam("until", type_=Moment)),
    )
    .returning(_COLUMNS.sku)  # to be counted: SQLite's driver does not count where a statement begins with WITH
)
_ROWS = ManyRows(tables.tasks)


def _due_hosts() -> Select[Any]:
    """Return the hosts that have photos due, the one that waits longest first: a step of the index for each host."""
    first = select(func.min(_COLUMNS.host).label("host")).where(_WAITING)
    hosts = first.cte("hosts", recursive=True)
    following = select(func.min(_COLUMNS.host)).where(_WAITING, _COLUMNS.host > hosts.c.host).scalar_subquery()
    hosts = hosts.union_all(select(following).where(hosts.c.host.is_not(None)))
    oldest = select(func.min(_COLUMNS.due_at)).where(_WAITING, _COLUMNS.host == hosts.c.host).scalar_subquery()
    return select(hosts.c.host).where(oldest <= bindparam("now")).order_by(oldest, hosts.c.host)


_DUE_HOSTS = _due_hosts()


def claim(
    connection: Connection, limit: int, now: datetime, until: datetime, per_host: int, busy: Collection[str]
) -> list[ImageTask]:
    """Return up to `limit` photos that are due at `now`, main ones first, and lease them `until` then.

    At most `per_host` of one host, and none of the hosts that are `busy`.
    """
    found: list[ImageTask] = []
    for additional in (False, True):
        hosts = connection.scalars(_DUE_HOSTS, {"extra": additional, "now": now}).all()
        for host in (one for one in hosts if one not in busy):
            taken = sum(task.host == host for task in found)
            most = min(limit - len(found), per_host - taken)
            if most > 0:
                found += _claim_of(connection, host, additional, most, now, until)
    return found


def _claim_of(
    connection: Connection, host: str, additional: bool, limit: int, now: datetime, until: datetime
) -> list[ImageTask]:
    found: list[ImageTask] = []
    values = {"of_host": host, "extra": additional, "now": now, "until": until}
    while len(found) < limit:
        leased = [_task(row) for row in connection.execute(_CLAIM, values | {"most": limit - len(found)})]
        spent = [task for task in leased if task.attempts >= GIVE_UP_AFTER]
        found += [task for task in leased if task.attempts < GIVE_UP_AFTER]
        for task in spent:
            report(connection, task, f"given up: nothing came of {GIVE_UP_AFTER} attempts to handle it", None, now)
        if not spent:
            break
    return found


def report(
    connection: Connection, task: ImageTask, reason: str, due_at: datetime | None, now: datetime,
    *, permanent: bool = False,
) -> None:  # fmt: skip
    """Say why a task was not done, and when it is due again: never, for None. `permanent`: it would fail again."""
    same = (_COLUMNS.store == task.store) & (_COLUMNS.sku == task.sku) & (_COLUMNS.link == task.link)
    failed = due_at is None
    values = {"failed": failed, "permanent": failed and permanent, "reason": reason, "due_at": due_at or now}
    connection.execute(update(tables.tasks).where(same).values(values))


def extend(connection: Connection, tasks: Iterable[ImageTask], until: datetime) -> None:
    """Lease tasks for longer; those that somebody else has claimed since are his."""
    if rows := [_held(task) | {"until": until} for task in tasks]:
        connection.execute(_EXTEND, rows)


def put_off(connection: Connection, tasks: Iterable[ImageTask], reason: str | None, due_at: datetime) -> None:
    """Give tasks back until then, as if they had not been claimed: nothing was tried."""
    if rows := [_held(task) | {"until": due_at, "why": reason} for task in tasks]:
        connection.execute(_PUT_OFF, rows)


def put_off_host(
    connection: Connection, host: str, reason: str, now: datetime, until: datetime,
    *, counted: bool, most_attempts: int, limit: int,
) -> int:  # fmt: skip
    """Let a host's photos that are due wait until then, `limit` at a time; return how many were put off.

    If it is `counted` as an attempt, those that had enough of them have failed.
    """
    values = {
        "of_host": host, "why": reason, "now": now, "until": until, "count": int(counted), "limit": limit,
        "most": most_attempts if counted else 2**31 - 1,
    }  # fmt: skip
    return sum(len(connection.execute(_PUT_OFF_HOST, values | {"extra": extra}).all()) for extra in (False, True))


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


def host_of(link: str) -> str:
    """Return the host that a photo is fetched from as its Host header has it: in lower case, with an unusual port.

    "" where the photo is not fetched.
    """
    if link.startswith(UPLOADED):
        return ""
    try:
        parts = urlsplit(link)
        return parts.netloc.rpartition("@")[2].lower().removesuffix(_USUAL_PORTS.get(parts.scheme, ":"))
    except ValueError:  # no address at all: whoever fetches it will say so
        return ""


def _held(task: ImageTask) -> dict[str, object]:
    return {"of_store": task.store, "of_sku": task.sku, "of_link": task.link, "claims": task.attempts + 1}


def _new(store: str, sku: str, position: int, link: str, image: str | None, at: datetime) -> dict[str, object]:
    return {
        "store": store,
        "sku": sku,
        "position": position,
        "link": link,
        "host": "" if image else host_of(link),
        "image_id": image,
        "additional": position > 0,
        "failed": False,
        "permanent": False,
        "reason": None,
        "attempts": 0,
        "due_at": at,
    }


def _write(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        _ROWS.write(connection, {column.name: [row[column.name] for row in rows] for column in tables.tasks.columns})


def _task(row: Row[str, str, int, str, int, str | None, str]) -> ImageTask:
    return ImageTask(row.store, row.sku, row.position, row.link, row.attempts - 1, row.image_id, row.host)
