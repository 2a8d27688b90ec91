"""Fills a space beside the active one, in the background and in the lowest urgency: photos that wait go first.

First along all products, then along the log of changes, so that a filled space stays complete until it is dropped:
the new one until the switch, the old one until nobody may want to roll back. Of the active space, which ingest
describes photos in, only what was overtaken by a switch is looked for, and let wait for ingest. All progress stands
in the catalog; a worker that dies costs a few photos of work.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from catalog import (
    GROWING,
    BadImage,
    Catalog,
    CatalogUnavailable,
    Description,
    KeptSpace,
    LeaseLost,
    Portion,
    SpaceState,
    UnknownImage,
)
from detector import Photo
from pipeline.describe import MAX_SIDE, Describer
from pipeline.describers import Describers
from pipeline.describing import descriptions_of
from pipeline.photo import PhotoError, PhotoLimits, decode
from telemetry import metrics

BATCH = 8  # photos described and kept together
PORTION = 200  # products, or changes, looked at together
LEASE_SECONDS = 30.0  # of a worker that dies; a longer batch costs nothing but a look by another worker
TURN_SECONDS = 5.0  # between batches while photos wait for ingest
RETRY_SECONDS = 60.0  # after models could not be loaded, or photos not be read
TRIES = 3  # of a photo that something unforeseen was in the way of; then it counts as failed
log = structlog.get_logger(__name__)


class Filler:
    """Fills whatever is to be filled. `holder` names this worker among all; `clock` gives monotonic seconds."""

    def __init__(
        self,
        catalog: Catalog,
        limits: PhotoLimits,
        describers: Describers,
        holder: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._limits = limits
        self._describers = describers
        self._holder = holder
        self._clock = clock
        self._lost: set[str] = set()  # images of the present portion that cannot be described
        self._tries: Counter[str] = Counter()  # of those among them that something unforeseen was in the way of
        self._next_turn = self._next_load = clock()

    def run_once(self) -> int:
        """Go a step on in every space; return how many products were looked at or photos described.

        Zero means that nothing is to be done, or that it is not this worker's turn.
        """
        kept = self._catalog.spaces.kept()
        self._describers.keep_only([one.id for one in kept if one.state in (*GROWING, SpaceState.ACTIVE)])
        return sum(self._step(one) for one in kept)

    def run_for(self, seconds: float) -> int:
        """Go on for that long, then let others take over; return what the last step did."""
        end, done = self._clock() + seconds, 1
        while done and self._clock() < end:
            done = self.run_once()
        self.close()
        return done

    def close(self) -> None:
        """Let others take over at once."""
        self._catalog.space_work.release(self._holder)

    def _step(self, space: KeptSpace) -> int:
        if not self._is_behind(space) or not self._catalog.space_work.claim(space.id, self._holder, LEASE_SECONDS):
            return 0
        portion = self._catalog.space_work.portion(self._catalog.spaces.get(space.id), PORTION)
        try:
            return self._let_wait(portion) if portion.space.state is SpaceState.ACTIVE else self._grow(portion)
        except LeaseLost as error:
            log.info("space is left to others", space=space.id, reason=str(error))
            return 0

    def _is_behind(self, space: KeptSpace) -> bool:
        """Whether products or changes are left to look at. The active space is followed only after a switch."""
        if space.state is SpaceState.FILLING:
            return True
        followed = space.state in GROWING or (space.state is SpaceState.ACTIVE and space.seq is not None)
        return followed and (space.seq or 0) < self._catalog.changes.head()

    def _let_wait(self, portion: Portion) -> int:
        """Let ingest describe what the active space lacks: so its followers learn of it."""
        if portion.lacking:
            self._catalog.images.describe_again(portion.space.id, portion.products)
        self._catalog.space_work.advance(portion, self._holder)
        return len(portion.products)

    def _grow(self, portion: Portion) -> int:
        """Describe some of what a portion lacks; where nothing is left, go on to the next one."""
        lacking = [one for one in portion.lacking if one not in self._lost]
        through: set[str] = set()
        if lacking:
            describer = self._describer(portion.space) if self._is_my_turn() else None
            if describer is None:
                return 0
            through = self._describe(portion.space, describer, lacking[:BATCH])
        if through.issuperset(lacking):
            self._catalog.space_work.advance(portion, self._holder)
            self._lost.clear()
            self._tries.clear()
        return len(portion.products) + len(through)

    def _is_my_turn(self) -> bool:
        """Whether no photo waits for ingest, or the last batch was long ago."""
        if self._clock() < self._next_turn and self._catalog.images.due():
            return False
        self._next_turn = self._clock() + TURN_SECONDS
        return True

    def _describer(self, space: KeptSpace) -> Describer | None:
        """Return the space's describer; None where it cannot be made, which is tried again after a while."""
        if self._clock() < self._next_load:
            return None
        try:
            return self._describers.of(space)
        except Exception as error:  # whatever the models fail with, ingest beside this goes on
            log.error("space cannot be filled: its models cannot be loaded", space=space.id, reason=str(error))
            self._next_load = self._clock() + RETRY_SECONDS
            return None

    def _describe(self, space: KeptSpace, describer: Describer, images: Sequence[str]) -> set[str]:
        """Describe photos; return those of which nothing more is to be had. What failed unforeseen is tried again."""
        photos, faults = self._read(images)
        made, others = descriptions_of(describer, photos)
        faults |= others
        self._tries.update(list(faults))
        again = {one for one in faults if self._tries[one] < TRIES}
        kept = self._keep(space, list(made.values()))
        lost = [one for one in images if one not in kept and one not in again]
        if lost:
            self._catalog.space_work.keep(space.id, self._holder, [], len(lost))
            self._lost.update(lost)
        if again:
            reasons = {one: str(faults[one]) for one in again}
            log.warning("photos are not described in the new space yet, trying again", space=space.id, reasons=reasons)
            self._next_load = self._clock() + RETRY_SECONDS
        metrics.PHOTOS_FILLED.inc(len(kept))
        return kept.union(lost)

    def _keep(self, space: KeptSpace, made: Sequence[Description]) -> set[str]:
        """Keep descriptions; where one is not sound, each alone. Return the images of those that are kept."""
        try:
            self._catalog.space_work.keep(space.id, self._holder, made, 0)
        except BadImage as error:
            if len(made) > 1:
                return {image for one in made for image in self._keep(space, [one])}
            log.error("description is not kept in the new space", image_id=made[0].image_id, reason=str(error))
            return set()
        return {one.image_id for one in made}

    def _read(self, images: Sequence[str]) -> tuple[dict[str, Photo], dict[str, Exception]]:
        """Return photos by image id, and what was in the way of those whose files could not be read just now."""
        photos: dict[str, Photo] = {}
        faults: dict[str, Exception] = {}
        for image in images:
            try:
                photos[image] = decode(self._catalog.images.read(image), self._limits, max_side=MAX_SIDE).pixels
            except (UnknownImage, PhotoError) as error:
                log.warning("photo cannot be read for the new space", image_id=image, reason=str(error))
            except CatalogUnavailable as error:
                faults[image] = error
        return photos, faults
