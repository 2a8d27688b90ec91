"""Spaces as the catalog keeps them, and the steps in which one is filled: frozen records, free of SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SpaceState(StrEnum):
    """What a space is for at the moment."""

    FILLING = "filling"  # its descriptions are being made
    PAUSED = "paused"  # nobody goes on making them
    READY = "ready"  # all are made, and those of new photos are made as they come
    ACTIVE = "active"  # searches use it
    RETIRED = "retired"  # searches used it before; it is kept as complete as a ready one, to be rolled back to
    DROPPING = "dropping"  # its descriptions are being deleted


GROWING = (SpaceState.FILLING, SpaceState.READY, SpaceState.RETIRED)  # workers describe photos in it
COMPLETE = (SpaceState.READY, SpaceState.RETIRED)  # searches may use it


@dataclass(frozen=True, slots=True)
class KeptSpace:
    """A space, and how far it is filled. `model` are the settings that make its detector and embedder.

    `place` is the (store, sku) that the walk through all products has come to, None once it is over; `seq` the change
    up to which every photo was looked at. `products` and `photos` count what was walked through and described.
    """

    id: str
    model: Mapping[str, str | None]
    state: SpaceState
    place: tuple[str, str] | None
    seq: int | None
    products: int
    photos: int
    failed: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Portion:
    """The next products of a space to look at, and their images that it has not described, in a steady order.

    `place` and `seq` are how far the space is once they are done. `last`: nothing is left after them at the moment.
    """

    space: KeptSpace
    products: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]
    place: tuple[str, str] | None
    seq: int
    last: bool
