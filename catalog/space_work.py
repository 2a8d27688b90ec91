"""Spaces as workers see them: one is filled by one worker at a time, first along all products, then along the log.

What is described is kept at once and the place reached after it, so a worker that dies costs some photos of work. A
space that has become active meanwhile takes no description here: its followers would not hear of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, or_, select, true, tuple_, update

from catalog import changes, describing, descriptions, tables
from catalog.clock import Clock
from catalog.database import Database
from catalog.errors import LeaseLost
from catalog.many import among, texts
from catalog.records import Description
from catalog.space_records import GROWING, KeptSpace, Portion, SpaceState
from catalog.space_tables import spaces

_COLUMNS = tables.products.c
_KEY = tuple_(_COLUMNS.store, _COLUMNS.sku)
_WALK = (
    select(_COLUMNS.store, _COLUMNS.sku)
    .where(_COLUMNS.live == true(), tuple_(bindparam("store"), bindparam("sku")) < _KEY)
    .order_by(_COLUMNS.store, _COLUMNS.sku)
    .limit(bindparam("limit"))
)
_PHOTOS = select(_COLUMNS.sku, _COLUMNS.photos).where(
    _COLUMNS.store == bindparam("store"), _COLUMNS.live == true(), among(_COLUMNS.sku, texts("skus"))
)
_HELD = (spaces.c.id == bindparam("of_space")) & (spaces.c.held_by == bindparam("holder"))
_CLAIM = (
    update(spaces)
    .where(
        spaces.c.id == bindparam("of_space"),
        or_(
            spaces.c.held_by.is_(None),
            spaces.c.held_by == bindparam("holder"),
            spaces.c.held_until < bindparam("now"),
        ),
    )
    .values(held_by=bindparam("holder"), held_until=bindparam("until"))
    .returning(spaces.c.id)
)
_RELEASE = update(spaces).where(spaces.c.held_by == bindparam("holder")).values(held_by=None, held_until=None)
_STATE = select(spaces.c.state).where(_HELD).with_for_update()
_COUNT = (
    update(spaces)
    .where(_HELD)
    .values(photos=spaces.c.photos + bindparam("described"), failed=spaces.c.failed + bindparam("lost"))
)
_ADVANCE = (
    update(spaces)
    .where(_HELD)
    .values(
        walked_store=bindparam("to_store"), walked_sku=bindparam("to_sku"), seq=bindparam("to_seq"),
        products=spaces.c.products + bindparam("walked"),
    )
)  # fmt: skip
_READY = (
    update(spaces)
    .where(_HELD, spaces.c.state == SpaceState.FILLING)
    .values(state=SpaceState.READY, changed_at=bindparam("at"))
)


class SpaceWork:
    """Filling spaces."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, space: str, holder: str, lease_seconds: float) -> bool:
        """Take a space in hand, or keep it there; return whether nobody else has it in hand."""
        now = self._clock()
        values = {"of_space": space, "holder": holder, "now": now, "until": now + timedelta(seconds=lease_seconds)}
        with self._database.write() as connection:
            return connection.execute(_CLAIM, values).one_or_none() is not None

    def release(self, holder: str) -> None:
        """Let others take in hand what this one holds."""
        with self._database.write() as connection:
            connection.execute(_RELEASE, {"holder": holder})

    def portion(self, space: KeptSpace, limit: int) -> Portion:
        """Return the next up to `limit` products, or changes, to look at."""
        with self._database.snapshot() as connection:
            products, place, seq, last = _next(connection, space, limit)
            images = _images(connection, products)
            known = descriptions.known(connection, images, space.id)
        return Portion(space, products, tuple(one for one in images if one not in known), place, seq, last)

    def keep(self, space: str, holder: str, made: Sequence[Description], failed: int) -> None:
        """Keep descriptions in a space that is not active, and count the photos that could not be described.

        Raises BadImage, and LeaseLost if the space is not to be filled any more, or by somebody else.
        """
        with self._database.write() as connection:
            state = connection.scalar(_STATE, {"of_space": space, "holder": holder})
            if state not in GROWING:
                raise LeaseLost(f"space {space} is no more filled by this worker")
            kept = describing.keep_descriptions(connection, made, self._clock())
            values = {"of_space": space, "holder": holder, "described": kept, "lost": failed}
            connection.execute(_COUNT, values)

    def advance(self, portion: Portion, holder: str) -> None:
        """Note that a portion is done; a space of which nothing is left is ready. Nothing if somebody else has it."""
        store, sku = portion.place or (None, None)
        held = {"of_space": portion.space.id, "holder": holder}
        walked = len(portion.products) if portion.space.place else 0
        with self._database.write() as connection:
            to = {"to_store": store, "to_sku": sku, "to_seq": portion.seq, "walked": walked}
            connection.execute(_ADVANCE, held | to)
            if portion.place is None and portion.last and not portion.space.place:
                connection.execute(_READY, held | {"at": self._clock()})


def _next(
    connection: Connection, space: KeptSpace, limit: int
) -> tuple[tuple[tuple[str, str], ...], tuple[str, str] | None, int, bool]:
    """Return the products to look at, how far the space is after them, and whether they are the last."""
    seq = space.seq or 0
    if space.place:
        store, sku = space.place
        walked = [
            (row.store, row.sku) for row in connection.execute(_WALK, {"store": store, "sku": sku, "limit": limit})
        ]
        last = len(walked) < limit
        return tuple(walked), None if last else walked[-1], seq, last
    found = changes.read(connection, seq, limit)
    changed = dict.fromkeys((one.store, one.sku) for one in found)
    return tuple(changed), None, found[-1].seq if found else seq, len(found) < limit


def _images(connection: Connection, products: Sequence[tuple[str, str]]) -> list[str]:
    """Return the images that these products show, each once, in their order."""
    images: dict[str, None] = {}
    for store in dict.fromkeys(store for store, _ in products):
        skus = [sku for one, sku in products if one == store]
        photos = {row.sku: row.photos for row in connection.execute(_PHOTOS, {"store": store, "skus": skus})}
        images |= {image: None for sku in skus for image in json.loads(photos.get(sku, "[]")) if image}
    return list(images)
