"""API keys. A secret is shown once; what is kept is its prefix, to find it by, and the SHA-256 of the whole.

A secret holds 256 random bits, so a plain fast hash is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from sqlalchemy import Row, bindparam, select, update

from catalog import tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.records import Key, Scope
from catalog.stores import hold

_SECRET = re.compile(r"vit_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")
_FIND = select(tables.keys).where(tables.keys.c.prefix == bindparam("prefix"))


class Keys:
    """All API keys of the catalog."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, store: str, name: str, scopes: Iterable[Scope]) -> tuple[Key, str]:
        """Make a key; return it and its secret, which cannot be had again. Raises UnknownStore, ValueError."""
        granted = frozenset(Scope(scope) for scope in scopes)
        if not granted:
            raise ValueError(f"a key needs at least one scope of {', '.join(Scope)}")
        key = Key(secrets.token_hex(8), store, name, secrets.token_hex(8), granted, self._clock())
        secret = f"vit_{key.prefix}_{secrets.token_urlsafe(32)}"
        with self._database.write() as connection:
            hold(connection, store)
            connection.execute(
                tables.keys.insert(),
                {
                    "id": key.id,
                    "store": store,
                    "name": name,
                    "prefix": key.prefix,
                    "secret_sha256": _hash(secret),
                    "scopes": " ".join(sorted(granted)),
                    "created_at": key.created_at,
                },
            )
        return key, secret

    def authenticate(self, secret: str) -> Key | None:
        """Return the live key of that secret; None if there is none. A revoked key is refused at once."""
        written = _SECRET.fullmatch(secret)
        if written is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"prefix": written[1]}).one_or_none()
        right = hmac.compare_digest(_hash(secret), bytes(row.secret_sha256) if row else bytes(32))
        return _key(row) if row and right and row.revoked_at is None else None

    def all(self, store: str) -> list[Key]:
        """Return the store's keys, revoked ones too, oldest first."""
        query = select(tables.keys).where(tables.keys.c.store == store)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(tables.keys.c.created_at, tables.keys.c.id)).all()
        return [_key(row) for row in rows]

    def revoke(self, store: str, key_id: str) -> bool:
        """Make a key useless; return whether the store had a live key of that id."""
        live = (tables.keys.c.store == store) & (tables.keys.c.id == key_id) & tables.keys.c.revoked_at.is_(None)
        with self._database.write() as connection:
            return connection.execute(update(tables.keys).where(live).values(revoked_at=self._clock())).rowcount == 1


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Row[tuple[object, ...]]) -> Key:
    scopes = frozenset(Scope(word) for word in row.scopes.split())
    return Key(row.id, row.store, row.name, row.prefix, scopes, row.created_at, row.revoked_at)
