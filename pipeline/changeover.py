"""What operators do with spaces beyond one step of the catalog: wait for the last photos, delete in pieces, look."""

from __future__ import annotations

import time
from dataclasses import dataclass

from catalog import GROWING, Catalog, KeptSpace, SpaceNotFilled, SpaceState

SWITCH_SECONDS = 30.0  # at most, until what was written before a switch is described in the new space
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """A space and how far it is: of how many products, and how many changes it is behind the log."""

    space: KeptSpace
    products: int
    behind: int

    @property
    def share(self) -> float:
        """Return how much of the walk through all products is over, 0..1."""
        return 1.0 if self.space.place is None else min(1.0, self.space.products / max(1, self.products))


def progress(catalog: Catalog) -> list[Progress]:
    """Return every space that is kept, the oldest first, and how far it is. The active one is never behind."""
    products, head = catalog.spaces.products(), catalog.changes.head()
    return [
        Progress(one, products, 0 if one.state is SpaceState.ACTIVE else max(0, head - (one.seq or 0)))
        for one in catalog.spaces.kept()
    ]


def switch(catalog: Catalog, space: str, wait_seconds: float = SWITCH_SECONDS) -> KeptSpace:
    """Let searches use a space that is filled; the one they used is kept, to roll back to.

    Waits until every photo that was searchable when this was called is described in it. Raises UnknownSpace,
    WrongSpaceState, or SpaceNotFilled where that takes too long.
    """
    head, deadline = catalog.changes.head(), time.monotonic() + wait_seconds
    while True:
        try:
            return catalog.spaces.switch(space, head)
        except SpaceNotFilled:
            filled = catalog.spaces.get(space).state in GROWING and catalog.spaces.get(space).place is None
            if not filled or time.monotonic() > deadline:
                raise
        time.sleep(LOOK_SECONDS)


def drop(catalog: Catalog, space: str) -> None:
    """Drop a space and delete what it has described, in pieces; what was cut off is ended by dropping it again.

    Raises UnknownSpace or WrongSpaceState.
    """
    catalog.spaces.drop(space)
    after: str | None = ""
    while after is not None:
        after = catalog.spaces.forget(space, after)
