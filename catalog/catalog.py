"""The catalog as one thing with its parts: the authority that everything else follows."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from catalog.allowed import AllowedHosts
from catalog.blobs import Blobs
from catalog.changes import Changes
from catalog.clock import Clock, utc_now
from catalog.database import Database
from catalog.deliveries import Deliveries
from catalog.failures import Failures
from catalog.feeds import Feeds
from catalog.images import Images
from catalog.job_history import JobHistory
from catalog.job_work import JobWork
from catalog.jobs import Jobs
from catalog.keys import Keys
from catalog.products import Products
from catalog.rechecks import Rechecks
from catalog.records import StoreStats
from catalog.requests import Requests
from catalog.space_work import SpaceWork
from catalog.spaces import Spaces
from catalog.statistics import stats
from catalog.stores import Stores
from catalog.upgrade import migrate
from catalog.webhooks import Webhooks


class Catalog:
    """Stores, keys, products, images, changes, feeds and webhooks of one database and one folder of photos.

    Safe to use from many threads and processes at once. Raises CatalogUnavailable wherever the database cannot be used.
    """

    def __init__(self, url: str, blobs: Path, *, clock: Clock = utc_now) -> None:
        self._database = Database(url)
        self._clock = clock
        self.stores = Stores(self._database, clock)
        self.keys = Keys(self._database, clock)
        self.products = Products(self._database, clock)
        self.images = Images(self._database, Blobs(blobs), clock)
        self.changes = Changes(self._database)
        self.feeds = Feeds(self._database, clock)
        self.jobs = Jobs(self._database, clock)
        self.job_work = JobWork(self._database, clock)
        self.job_history = JobHistory(self._database, clock)
        self.webhooks = Webhooks(self._database, clock)
        self.deliveries = Deliveries(self._database, clock)
        self.requests = Requests(self._database, clock)
        self.failures = Failures(self._database, clock)
        self.rechecks = Rechecks(self._database, clock)
        self.spaces = Spaces(self._database, clock)
        self.space_work = SpaceWork(self._database, clock)
        self.allowed_hosts = AllowedHosts(self._database)

    @classmethod
    def open(cls, url: str, blobs: Path, *, clock: Clock = utc_now) -> Self:
        """Return the catalog behind ``sqlite:///file`` or ``postgresql://...``. Raises CatalogError for another URL."""
        return cls(url, blobs, clock=clock)

    def migrate(self) -> None:
        """Bring the tables up to date; nothing happens if they are, or while another process does it."""
        migrate(self._database)

    def stats(self, store: str, space: str) -> StoreStats:
        """Count a store's products and photos; zeros for a store that is empty or unknown."""
        with self._database.snapshot() as connection:
            return stats(connection, store, space)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
