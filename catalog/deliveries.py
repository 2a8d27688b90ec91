"""Deliveries: what a store's webhook is yet to be told, and how it went. They are written with what they tell of."""

from __future__ import annotations

from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select, update

from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import UnknownDelivery
from catalog.feed_records import Delivery, DeliveryState, Event, growing_id
from catalog.feed_tables import deliveries, webhooks

_NAMES = tuple(one.name for one in fields_of(Delivery) if one.name != "state")
_DUE = (
    select(deliveries.c.id)
    .where(deliveries.c.state == DeliveryState.WAITING, deliveries.c.due_at <= bindparam("now"))
    .order_by(deliveries.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(deliveries)
    .where(deliveries.c.id == _DUE.c.id)
    .values(due_at=bindparam("until"), attempts=deliveries.c.attempts + 1)
    .returning(deliveries)
)


class Deliveries:
    """The deliveries of all stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, limit: int, lease_seconds: float) -> list[Delivery]:
        """Return up to `limit` deliveries that are due, leased for that time, this attempt counted."""
        now = self._clock()
        values = {"now": now, "until": now + timedelta(seconds=lease_seconds), "most": limit}
        with self._database.write() as connection:
            return [_delivery(row) for row in connection.execute(_CLAIM, values)]

    def any_due(self) -> bool:
        """Whether a delivery is due now."""
        due = and_(deliveries.c.state == DeliveryState.WAITING, deliveries.c.due_at <= self._clock())
        with self._database.read() as connection:
            return connection.execute(select(deliveries.c.id).where(due).limit(1)).first() is not None

    def report(
        self, delivery: Delivery, state: DeliveryState, status: int | None, answer: str, again_in_seconds: float = 0.0
    ) -> None:
        """Note how an attempt went; one that goes on waiting is due again after that time."""
        now = self._clock()
        values = {
            "state": state,
            "last_status": status,
            "last_answer": answer,
            "last_at": now,
            "due_at": now + timedelta(seconds=again_in_seconds),
        }
        with self._database.write() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))

    def page(self, store: str, before: str | None, limit: int) -> list[Delivery]:
        """Return up to `limit` deliveries, newest first: those made before the delivery `before`, or the newest."""
        query = select(deliveries).where(deliveries.c.store == store).order_by(deliveries.c.id.desc()).limit(limit)
        query = query.where(deliveries.c.id < before) if before else query
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def retry(self, store: str, delivery_id: str) -> Delivery:
        """Let a delivery be made again, whatever became of it. Raises UnknownDelivery."""
        values = {"state": DeliveryState.WAITING, "attempts": 0, "due_at": self._clock()}
        one = and_(deliveries.c.id == delivery_id, deliveries.c.store == store)
        with self._database.write() as connection:
            row = connection.execute(update(deliveries).where(one).values(values).returning(deliveries)).one_or_none()
        if row is None:
            raise UnknownDelivery(f"no delivery {delivery_id[:64]!r}; GET /v1/webhook/deliveries lists them")
        return _delivery(row)


def tell(connection: Connection, store: str, event: Event, now: datetime) -> None:
    """Leave word for the store's webhook, if it has one that is not disabled, within a transaction."""
    enabled = select(webhooks.c.store).where(webhooks.c.store == store, webhooks.c.disabled_reason.is_(None))
    if connection.execute(enabled).first() is not None:
        row = {
            "id": growing_id("msg", now),
            "store": store,
            "type": event.type,
            "payload": event.payload,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        connection.execute(deliveries.insert(), row)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(state=DeliveryState(row.state), **{name: row._mapping[name] for name in _NAMES})
