"""Webhooks: where a store wants to be told, and the secrets that sign. One per store."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import UnknownWebhook
from catalog.feed_records import Webhook
from catalog.feed_tables import webhooks
from catalog.stores import hold

PREVIOUS_SIGNS_SECONDS = 86_400.0  # after a rotation, so that a receiver can change over without losing a message


class Webhooks:
    """The webhooks of all stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, store: str, url: str, *, rotate: bool = False) -> tuple[Webhook, str | None]:
        """Set where a store is told, and enable it; return the webhook, and its secret if that is new.

        With `rotate` there is a new secret, and the one before signs beside it for a day. Raises UnknownStore.
        """
        now = self._clock()
        with self._database.write() as connection:
            hold(connection, store)
            held = connection.execute(select(webhooks).where(webhooks.c.store == store)).one_or_none()
            values = {"url": url, "disabled_reason": None, "updated_at": now}
            secret = _new_secret() if rotate or held is None else None
            if held is None:
                values |= {"store": store, "secret": secret, "created_at": now}
                row = connection.execute(webhooks.insert().returning(webhooks), values).one()
            else:
                values |= _rotated(held, secret, now) if secret else {}
                changed = update(webhooks).where(webhooks.c.store == store).values(values).returning(webhooks)
                row = connection.execute(changed).one()
        return _webhook(row, now), secret

    def get(self, store: str) -> Webhook:
        """Return the store's webhook. Raises UnknownWebhook."""
        with self._database.read() as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.store == store)).one_or_none()
        if row is None:
            raise _none()
        return _webhook(row, self._clock())

    def delete(self, store: str) -> None:
        """Tell the store nothing any more. Raises UnknownWebhook."""
        with self._database.write() as connection:
            if not connection.execute(delete(webhooks).where(webhooks.c.store == store)).rowcount:
                raise _none()

    def disable(self, store: str, url: str, reason: str) -> None:
        """Stop telling the store, unless its webhook has another address by now."""
        same = (webhooks.c.store == store) & (webhooks.c.url == url)
        with self._database.write() as connection:
            connection.execute(update(webhooks).where(same).values(disabled_reason=reason, updated_at=self._clock()))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _rotated(held: Row[Any], secret: str, now: datetime) -> dict[str, Any]:
    until = now + timedelta(seconds=PREVIOUS_SIGNS_SECONDS)
    return {"secret": secret, "previous_secret": held.secret, "previous_until": until}


def _none() -> UnknownWebhook:
    return UnknownWebhook("this store has no webhook; PUT /v1/webhook sets one")


def _webhook(row: Row[Any], now: datetime) -> Webhook:
    also = [row.previous_secret] if row.previous_secret and row.previous_until > now else []
    return Webhook(row.store, row.url, (row.secret, *also), row.disabled_reason, row.created_at, row.updated_at)
