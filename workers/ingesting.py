"""Ingest in whatever space is active: after a switch, what is in hand is finished in the old one, and all else is
described in the new one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from catalog import Catalog, KeptSpace
from pipeline.describe import Describer
from pipeline.describers import Describers
from pipeline.ingest import Ingest

RETRY_SECONDS = 30.0  # after models could not be loaded
log = structlog.get_logger(__name__)


class Ingesting:
    """The ingest of one process. `first` gives the space to begin with, `make` an ingest for a describer."""

    def __init__(
        self,
        catalog: Catalog,
        describers: Describers,
        first: Callable[[], tuple[KeptSpace, Describer]],
        make: Callable[[Describer], Ingest],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._describers = describers
        self._first = first
        self._make = make
        self._ingest: Ingest | None = None
        self._clock = clock
        self._retry_at = clock()
        self._closed = threading.Event()

    def run_once(self, limit: int) -> int:
        """Handle up to `limit` waiting photos; return how many were handled. Models are loaded at the first call."""
        ingest = self._of_active_space()
        return 0 if ingest is None or self._closed.is_set() else ingest.run_once(limit)

    def close(self) -> None:
        """Finish or give back what is in hand; nothing is taken in hand afterwards."""
        self._closed.set()
        if self._ingest is not None:
            self._ingest.close()

    def _of_active_space(self) -> Ingest | None:
        """Return the ingest to go on with; None while the models of the active space cannot be loaded."""
        active = self._catalog.spaces.active()
        if self._ingest is None:
            _, describer = self._first()
            self._describers.add(describer)
            self._ingest = self._begun(describer)
        elif active is not None and active.id != self._ingest.space:
            self._ingest.close()
            if (other := self._loaded(active)) is None:
                return None
            self._ingest = self._begun(other)
        return self._ingest

    def _loaded(self, active: KeptSpace) -> Describer | None:
        if self._clock() < self._retry_at:
            return None
        try:
            return self._describers.of(active)
        except Exception as error:  # whatever the models fail with, the process goes on with its other duties
            log.error("photos wait: the models of their space cannot be loaded", space=active.id, reason=str(error))
            self._retry_at = self._clock() + RETRY_SECONDS
            return None

    def _begun(self, describer: Describer) -> Ingest:
        """Return an ingest; photos that this space has not described wait for it from here on."""
        self._catalog.images.describe_again(describer.space.id)
        return self._make(describer)
