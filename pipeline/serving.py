"""The spaces that a searching process has at hand: the one that answers, and the one beside it, ready to take over.

The catalog says which is active. A process that sees the switch there exchanges everything a search needs at once,
between requests; until the other space is loaded and its index has caught up, it goes on with the one it has. So a
request is answered wholly in one space, and a rollback finds the old one as it was left, and followed since.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from catalog import COMPLETE, Catalog, CatalogError, KeptSpace, SpaceState
from index import VectorIndex
from pipeline import cursor
from pipeline.describe import Describer
from pipeline.follow import Follower
from pipeline.search import Search
from pipeline.verify import Verifier

CATCH_UP_SECONDS = 10.0  # at most, for the index of the new space to come as far as the log, before it answers
RETRY_SECONDS = 30.0  # after a space could not be loaded
STOP_SECONDS = 5.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that answers in one space."""

    describer: Describer
    index: VectorIndex
    follower: Follower
    search: Search
    verifier: Verifier

    @property
    def space(self) -> str:
        """The id of the space."""
        return self.describer.space.id


class Serving:
    """What this process answers with. `first` is of the space that was active when it started; `make` loads another."""

    def __init__(
        self, catalog: Catalog, first: Served, make: Callable[[KeptSpace], Served], *, poll_seconds: float = 0.1
    ) -> None:
        self._catalog = catalog
        self._make = make
        self._poll_seconds = poll_seconds
        self._now = first
        self._at_hand = {first.space: first}
        self._active = first.space
        self._retry_at = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def now(self) -> Served:
        """What answers at this moment. A request takes it once, and keeps to it."""
        return self._now

    @property
    def ready(self) -> bool:
        """Whether the index that answers has caught up, and both the log and the spaces are followed."""
        return self._now.follower.ready and self._thread is not None and self._thread.is_alive()

    @property
    def at_hand(self) -> Mapping[str, Served]:
        """Return what is loaded, by space."""
        return self._at_hand

    @property
    def active(self) -> str:
        """The space that is active by the catalog, as far as this process has heard: photos are described in it."""
        return self._active

    def search(self, after: str | None = None) -> Search:
        """Return what answers a query; one that carries a cursor, in the space that gave it, while that is kept."""
        space = cursor.space_of(after) if after else None
        return self._at_hand.get(space or "", self._now).search

    def start(self) -> None:
        """Load the index of the active space and follow the catalog; what is kept beside it is loaded later."""
        self._now.follower.start()
        self._thread = threading.Thread(target=self._watch, name="spaces", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following, and keep a snapshot of every index. A space that is being loaded is not waited for long."""
        self._stopping.set()
        for one in self._at_hand.values():
            one.follower.stop()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def look(self) -> None:
        """Do what the catalog says: take over, make ready, let go. Raises CatalogUnavailable."""
        kept = {one.id: one for one in self._catalog.spaces.kept()}
        active = next((one for one in kept.values() if one.state is SpaceState.ACTIVE), None)
        if active is not None:
            self._active = active.id
            self._take_over(active)
        self._let_go(kept)
        for one in kept.values():
            if one.state in COMPLETE:
                self._load(one)

    def _watch(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self.look()
            except CatalogError as error:
                log.error("spaces cannot be looked at, trying again", reason=str(error))

    def _take_over(self, active: KeptSpace) -> None:
        """Let the active space answer, once it knows of all that happened."""
        if self._now.space == active.id or (taking := self._load(active)) is None:
            return
        taking.follower.wait_for(self._catalog.changes.head(), CATCH_UP_SECONDS)
        self._now.follower.leads, taking.follower.leads = False, True
        left, self._now = self._now, taking
        log.info("searches are answered in another space", space=taking.space, before=left.space)

    def _load(self, space: KeptSpace) -> Served | None:
        """Return a space that is at hand now; None if it could not be loaded, which is tried again after a while."""
        if space.id not in self._at_hand and time.monotonic() >= self._retry_at:
            try:
                made = self._make(space)
                made.follower.leads = False
                made.follower.start()
                self._at_hand = {**self._at_hand, space.id: made}
                log.info("space is at hand", space=space.id, state=space.state)
            except Exception as error:  # whatever its models fail with, the space that answers goes on
                self._retry_at = time.monotonic() + RETRY_SECONDS
                log.error("space cannot be loaded; going on in another", space=space.id, reason=str(error))
        return self._at_hand.get(space.id)

    def _let_go(self, kept: Mapping[str, KeptSpace]) -> None:
        """Let go of what is dropped, unless it still has to answer."""
        for gone, served in list(self._at_hand.items()):
            dropped = gone not in kept or kept[gone].state is SpaceState.DROPPING
            if dropped and served is not self._now:
                self._at_hand = {key: one for key, one in self._at_hand.items() if key != gone}
                served.follower.discard()
                log.info("space is dropped", space=gone)
