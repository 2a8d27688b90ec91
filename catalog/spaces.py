"""Spaces as operators see them: one is active, and at most one other is filled, or kept, beside it.

Whoever changes a state holds the head of the log meanwhile, so that every change of a product is either before it or
after it: what followers of a space may know of depends on that. `catalog.space_work` is the workers' side.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, select, true, update

from catalog import changes, tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import NothingToRollBackTo, SpaceNotFilled, UnknownSpace, WrongSpaceState
from catalog.many import among, texts
from catalog.space_records import COMPLETE, GROWING, KeptSpace, SpaceState
from catalog.space_tables import spaces

ACTIVE, FILLING, PAUSED, READY, RETIRED, DROPPING = (
    SpaceState.ACTIVE, SpaceState.FILLING, SpaceState.PAUSED, SpaceState.READY, SpaceState.RETIRED, SpaceState.DROPPING,
)  # fmt: skip
_KEPT = select(spaces).order_by(spaces.c.created_at, spaces.c.id)
_LIVE = select(func.count()).select_from(tables.products).where(tables.products.c.live == true())
_OF_SPACE = tables.descriptions.c.space == bindparam("of_space")
_USED = select(exists().where(_OF_SPACE))
_NEXT = (
    select(tables.descriptions.c.image_id)
    .where(_OF_SPACE, tables.descriptions.c.image_id > bindparam("after"))
    .order_by(tables.descriptions.c.image_id)
    .limit(bindparam("limit"))
)
_FORGET = delete(tables.descriptions).where(_OF_SPACE, among(tables.descriptions.c.image_id, texts("ids")))
_SAMPLE = (
    select(tables.store_images.c.image_id)
    .join(tables.descriptions, tables.descriptions.c.image_id == tables.store_images.c.image_id)
    .where(tables.store_images.c.store == bindparam("store"), tables.descriptions.c.space == bindparam("space"))
    .order_by(tables.store_images.c.image_id)
    .limit(bindparam("limit"))
)


class Spaces:
    """All spaces of the catalog."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def kept(self) -> list[KeptSpace]:
        """Return every space, the oldest first."""
        with self._database.read() as connection:
            return _kept(connection)

    def active(self) -> KeptSpace | None:
        """Return the space that searches use; None before the first start."""
        return next((one for one in self.kept() if one.state is ACTIVE), None)

    def get(self, space: str) -> KeptSpace:
        """Return a space. Raises UnknownSpace."""
        return _one(self.kept(), space)

    def products(self) -> int:
        """Return how many products a walk passes."""
        with self._database.read() as connection:
            return int(connection.scalar(_LIVE) or 0)

    def begin(self, space: str, model: Mapping[str, str | None]) -> KeptSpace:
        """Return the active space; where there is none, or one that has described nothing yet, `space` becomes it.

        So it does where the same `model` made the active space and makes `space` now: its weights were exchanged, and
        the old space cannot be made any more.
        """
        found = self.active()
        if found is None or found.id != space:
            with self._changing() as connection:
                found = _begun(connection, space, model)
                if found is None:
                    self._insert(connection, space, model, ACTIVE)
        return found or self.get(space)

    def is_used(self, space: str) -> bool:
        """Whether anything is described in a space."""
        with self._database.read() as connection:
            return bool(connection.scalar(_USED, {"of_space": space}))

    def fill(self, space: str, model: Mapping[str, str | None]) -> KeptSpace:
        """Begin to fill a space beside the active one. Raises WrongSpaceState if it is there, or another one is."""
        with self._changing() as connection:
            for one in _kept(connection):
                if one.id == space:
                    raise WrongSpaceState(f"space {space} is {one.state} already")
                if one.state is not ACTIVE:
                    raise WrongSpaceState(
                        f"space {one.id} is {one.state}; one is kept beside the active: drop it first"
                    )
            head = changes.take(connection, 0) - 1
            self._insert(connection, space, model, FILLING, walked_store="", walked_sku="", seq=head)
        return self.get(space)

    def pause(self, space: str) -> KeptSpace:
        """Let nobody go on filling a space. Raises UnknownSpace, WrongSpaceState."""
        return self._move(space, (FILLING, READY), PAUSED)

    def resume(self, space: str) -> KeptSpace:
        """Let a paused space be filled from where it was. Raises UnknownSpace, WrongSpaceState."""
        return self._move(space, (PAUSED,), FILLING)

    def switch(self, space: str, at_least: int = 0) -> KeptSpace:
        """Let searches use a space, in one step; the one they used is kept as complete as it is, to roll back to.

        Raises UnknownSpace, WrongSpaceState, or SpaceNotFilled where not every change up to `at_least` is looked at.
        """
        with self._changing() as connection:
            kept = _kept(connection)
            target = _one(kept, space)
            if target.state is ACTIVE:
                raise WrongSpaceState(f"space {space} is active already")
            if target.state not in COMPLETE or (target.seq or 0) < at_least:
                raise SpaceNotFilled(f"space {space} is {target.state}, at change {target.seq} of {at_least}: {_HELP}")
            self._exchange(connection, kept, target, RETIRED)
        return self.get(space)

    def rollback(self) -> KeptSpace:
        """Let searches use the space again that they used before, in one step. Raises NothingToRollBackTo."""
        with self._changing() as connection:
            kept = _kept(connection)
            target = next((one for one in kept if one.state is RETIRED), None)
            if target is None:
                raise NothingToRollBackTo(
                    "no space is kept that searches used before; a switch keeps one until its drop"
                )
            self._exchange(connection, kept, target, READY)
        return self.get(target.id)

    def drop(self, space: str) -> None:
        """Let nobody use or fill a space any more; `forget` deletes what it has described. Raises UnknownSpace,
        WrongSpaceState.
        """
        self._move(space, (*GROWING, PAUSED, DROPPING), DROPPING)

    def forget(self, space: str, after: str = "", limit: int = 1000) -> str | None:
        """Delete some descriptions of a space that is being dropped, those of the images that follow `after`.

        Returns the last of those images, None at the end: then the space is gone. Raises UnknownSpace, WrongSpaceState.
        """
        with self._database.write() as connection:
            if (state := _one(_kept(connection), space).state) is not DROPPING:
                raise WrongSpaceState(f"space {space} is {state}: its descriptions are kept")
            images = connection.scalars(_NEXT, {"of_space": space, "after": after, "limit": limit}).all()
            if images:
                connection.execute(_FORGET, {"of_space": space, "ids": images})
                return str(images[-1])
            connection.execute(delete(spaces).where(spaces.c.id == space))
            connection.execute(update(spaces).where(spaces.c.state == ACTIVE).values(seq=None))
        return None

    def sample(self, store: str, space: str, limit: int) -> list[str]:
        """Return up to `limit` of a store's images that `space` has described: the same ones every time, at random."""
        with self._database.read() as connection:  # an id is a hash, so their order is as good as chance
            return list(connection.scalars(_SAMPLE, {"store": store, "space": space, "limit": limit}))

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.write() as connection:
            changes.take(connection, 0)
            yield connection

    def _move(self, space: str, states: Collection[SpaceState], to: SpaceState) -> KeptSpace:
        with self._changing() as connection:
            found = _one(_kept(connection), space)
            if found.state not in states:
                raise WrongSpaceState(f"space {space} is {found.state}: it cannot be {to} now")
            self._set(connection, space, state=to)
        return self.get(space)

    def _exchange(
        self, connection: Connection, kept: Collection[KeptSpace], target: KeptSpace, becomes: SpaceState
    ) -> None:
        """Let the target take the place of the active space, whose followers may know of all that happened so far.

        Of an active space that another switch overtook not all is looked at yet; that is gone on with.
        """
        head = changes.take(connection, 0) - 1
        for one in kept:
            if one.state is ACTIVE:
                self._set(connection, one.id, state=becomes, seq=head if one.seq is None else one.seq)
        self._set(connection, target.id, state=ACTIVE)

    def _set(self, connection: Connection, space: str, **values: object) -> None:
        values |= {"changed_at": self._clock()}
        connection.execute(update(spaces).where(spaces.c.id == space).values(values))

    def _insert(
        self, connection: Connection, space: str, model: Mapping[str, str | None], state: SpaceState, **values: object
    ) -> None:
        now = self._clock()
        row = {"id": space, "model": json.dumps(model), "state": state, "products": 0, "photos": 0, "failed": 0}
        connection.execute(insert(spaces), row | {"created_at": now, "changed_at": now} | values)


_HELP = "let it be filled; 'vitrine spaces list' tells how far it is, and only a running worker moves it"


def _begun(connection: Connection, space: str, model: Mapping[str, str | None]) -> KeptSpace | None:
    """Return the space that is active while the log is held; None if it has made way for another one."""
    found = next((one for one in _kept(connection) if one.state is ACTIVE), None)
    if found is None or found.id == space:
        return found
    used = connection.scalar(_USED, {"of_space": found.id})
    if used and found.model != model:
        return found
    connection.execute(delete(spaces).where(spaces.c.id.in_((space,) if used else (space, found.id))))
    connection.execute(update(spaces).where(spaces.c.id == found.id).values(state=PAUSED))
    return None


def _kept(connection: Connection) -> list[KeptSpace]:
    return [kept_of(row) for row in connection.execute(_KEPT)]


def _one(kept: Collection[KeptSpace], space: str) -> KeptSpace:
    for one in kept:
        if one.id == space:
            return one
    there = ", ".join(one.id for one in kept) or "none"
    raise UnknownSpace(f"no space {space[:200]!r} is kept; there are: {there}")


def kept_of(row: Row[Any]) -> KeptSpace:
    """Return a row as a record."""
    place = (row.walked_store, row.walked_sku) if row.walked_store is not None else None
    return KeptSpace(
        row.id, json.loads(row.model), SpaceState(row.state), place, row.seq, row.products, row.photos, row.failed,
        row.created_at, row.changed_at,
    )  # fmt: skip
