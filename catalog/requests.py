"""Requests that carry a key of their own: one that is sent again gets the answer it had, and no work is done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, select, update

from catalog import tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import KeyReused, RequestUnderWay
from catalog.rows import ManyRows

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(seconds=120)  # a request that was begun and never ended: its process has died
_COLUMNS = tables.requests.c
_THIS = (_COLUMNS.store == bindparam("of_store")) & (_COLUMNS.key == bindparam("of_key"))
_READ = select(_COLUMNS.digest, _COLUMNS.status, _COLUMNS.answer, _COLUMNS.at).where(_THIS).with_for_update()
_FORGET = delete(tables.requests).where(_THIS)
_FORGET_OLD = delete(tables.requests).where(_COLUMNS.at < bindparam("before"))
_FINISH = update(tables.requests).where(_THIS).values(status=bindparam("now_status"), answer=bindparam("now_answer"))
_NEW = ManyRows(tables.requests, keeping=True)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer that a request had: its HTTP status and body."""

    status: int
    body: bytes


class Requests:
    """What was answered to requests with keys, for a day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, store: str, key: str, digest: bytes) -> Answered | None:
        """Take a request on, or return what it was answered. `digest` stands for all that it asks.

        Raises RequestUnderWay while it is being answered elsewhere, KeyReused if the key came with something else.
        """
        now = self._clock()
        this = {"of_store": store, "of_key": key}
        with self._database.write() as connection:
            connection.execute(_FORGET_OLD, {"before": now - KEPT})
            row = {"store": [store], "key": [key], "digest": [digest], "status": [None], "answer": [None], "at": [now]}
            held = connection.execute(_READ, this).one_or_none()
            if held is not None and held.status is None and held.at < now - GIVEN_UP:
                connection.execute(_FORGET, this)
                held = None
            if held is None:
                _NEW.write(connection, row)
                held = connection.execute(_READ, this).one()
                if held.at == now and held.digest == digest and held.status is None:
                    return None
        if held.digest != digest:
            raise KeyReused(f"the key {key!r} was sent with another request; use a new key for a new request")
        if held.status is None:
            raise RequestUnderWay(f"the request with the key {key!r} is still being answered; ask again shortly")
        return Answered(held.status, held.answer)

    def finish(self, store: str, key: str, answered: Answered) -> None:
        """Keep the answer of a request that was taken on."""
        with self._database.write() as connection:
            values = {"now_status": answered.status, "now_answer": answered.body}
            connection.execute(_FINISH, {"of_store": store, "of_key": key, **values})

    def give_up(self, store: str, key: str) -> None:
        """Forget a request that was taken on and changed nothing: sent again, it is tried again."""
        with self._database.write() as connection:
            connection.execute(_FORGET, {"of_store": store, "of_key": key})
