"""Photos that are not tried any more: listed with why, and sent back to be tried again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select, true, tuple_, update

from catalog.clock import Clock
from catalog.database import Database
from catalog.many import among, texts
from catalog.records import Failure
from catalog.stores import hold
from catalog.tables import tasks

BATCH = 1000
_FAILED = (tasks.c.store == bindparam("of_store")) & (tasks.c.failed == true())
_AFTER = _FAILED & (tuple_(tasks.c.sku, tasks.c.position) > tuple_(bindparam("sku"), bindparam("place")))
_PAGE = (
    select(
        tasks.c.sku, tasks.c.position, tasks.c.link, tasks.c.reason, tasks.c.attempts, tasks.c.due_at, tasks.c.permanent
    )
    .where(_AFTER)
    .order_by(tasks.c.sku, tasks.c.position)
    .limit(bindparam("limit"))
)
_AGAIN = update(tasks).values(failed=False, permanent=False, attempts=0, due_at=bindparam("now"))
_SOME_AGAIN = _AGAIN.where(_FAILED, among(tasks.c.sku, texts("skus")))
_NEXT = (
    select(tasks.c.sku, tasks.c.position)
    .where(_FAILED)
    .order_by(tasks.c.sku, tasks.c.position)
    .limit(BATCH)
    .cte("next")
)
_NEXT_AGAIN = _AGAIN.where(
    tasks.c.store == bindparam("of_store"), tasks.c.sku == _NEXT.c.sku, tasks.c.position == _NEXT.c.position
).returning(tasks.c.sku)  # to be counted: SQLite's driver does not count where a statement begins with WITH


class Failures:
    """Failed photos of all stores, by store."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(self, store: str, after: tuple[str, int] | None, limit: int) -> list[Failure]:
        """Return up to `limit` failed photos by SKU and position; None as `after` is the start."""
        sku, position = after or ("", -1)
        values = {"of_store": store, "sku": sku, "place": position, "limit": limit}
        with self._database.read() as connection:
            rows = connection.execute(_PAGE, values).all()
        return [Failure(sku, place, link, reason or "", *rest) for sku, place, link, reason, *rest in rows]

    def retry(self, store: str, skus: Sequence[str] | None = None) -> int:
        """Let the failed photos of these products, or of all, wait again as if never tried; return how many there were.

        Raises UnknownStore.
        """
        if skus is not None:
            return self._again(store, skus)
        retried = 0
        while count := self._again(store, None):  # a transaction for some at a time: other writers get their turn
            retried += count
        return retried

    def _again(self, store: str, skus: Sequence[str] | None) -> int:
        values = {"of_store": store, "now": self._clock()}
        with self._database.write() as connection:
            hold(connection, store)
            if skus is None:
                return len(connection.execute(_NEXT_AGAIN, values).all())
            return connection.execute(_SOME_AGAIN, values | {"skus": list(skus)}).rowcount
