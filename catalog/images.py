"""Photos: their bytes, what stores may see them, and the work that makes them searchable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, exists, false, func, select

from catalog import describing, descriptions, renewal, retention, tables, tasks, writing
from catalog.blobs import Blobs
from catalog.clock import Clock
from catalog.database import Database
from catalog.fetching_tables import unlisted
from catalog.many import among, texts
from catalog.records import DescribedRegion, Description, ImageTask, ReadyPhoto, StoredImage
from catalog.stores import hold

_IMAGES = select(
    tables.images.c.id,
    tables.images.c.media_type,
    tables.images.c.width,
    tables.images.c.height,
    tables.images.c.size_bytes,
)
_IMAGE = _IMAGES.where(tables.images.c.id == bindparam("id"))
_SOME = _IMAGES.where(among(tables.images.c.id, texts("ids")))
_BELONGS = select(
    exists().where(tables.store_images.c.store == bindparam("store"), tables.store_images.c.image_id == bindparam("id"))
)
_LISTED = _BELONGS.where(
    ~exists().where(unlisted.c.store == bindparam("store"), unlisted.c.image_id == bindparam("id"))
)
_DUE = select(exists().where(tables.tasks.c.failed == false(), tables.tasks.c.due_at <= bindparam("now")))


class Images:
    """All photos of the catalog."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock

    def store(self, store: str, data: bytes, image: StoredImage) -> None:
        """Keep a photo that `store` uploaded or that was fetched for it; harmless if it is there.

        Raises BadImage if `data` is not what `image.image_id` stands for, UnknownStore.
        """
        self._blobs.write(image.image_id, data)
        if self._is_listed(store, image.image_id):
            return
        now = self._clock()
        with self._database.write() as connection:
            hold(connection, store)
            describing.keep_images(connection, store, [image], now)
            retention.unlist(connection, store, [image.image_id], now)
            self._blobs.write(image.image_id, data)  # it may have been forgotten up to here; from here on it is not

    def get(self, image_id: str) -> StoredImage | None:
        """Return what is known of a photo, None of an unknown one."""
        with self._database.read() as connection:
            row = connection.execute(_IMAGE, {"id": image_id}).one_or_none()
        return StoredImage(*row) if row else None

    def read(self, image_id: str) -> bytes:
        """Return the bytes of a photo as they came. Raises UnknownImage."""
        return self._blobs.read(image_id)

    def belongs(self, store: str, image_id: str) -> bool:
        """Whether the store may see the photo: it uploaded it, or it was fetched for one of its products."""
        with self._database.read() as connection:
            return bool(connection.scalar(_BELONGS, {"store": store, "id": image_id}))

    def _is_listed(self, store: str, image_id: str) -> bool:
        """Whether the store has the photo and nothing says that it may be unlisted."""
        with self._database.read() as connection:
            return bool(connection.scalar(_LISTED, {"store": store, "id": image_id}))

    def claim(
        self, limit: int, lease_seconds: float, *, per_host: int | None = None, busy: Collection[str] = ()
    ) -> list[ImageTask]:
        """Take up to `limit` waiting photos, main ones first, then the longest waiting; nobody else gets them.

        Hosts take turns: at most `per_host` photos are of one, none of those that are `busy`. What is not reported by
        `ready`, `fail` or `put_off` within the lease is given out again.
        """
        now = self._clock()
        until = now + timedelta(seconds=lease_seconds)
        with self._database.write() as connection:
            return tasks.claim(connection, limit, now, until, per_host or limit, busy)

    def extend(self, held: Collection[ImageTask], lease_seconds: float) -> None:
        """Lease claimed photos for that long from now; those that somebody else has claimed since are left alone."""
        if held:
            with self._database.write() as connection:
                tasks.extend(connection, held, self._clock() + timedelta(seconds=lease_seconds))

    def known_links(self, store: str, links: Collection[str], space: str) -> dict[str, StoredImage]:
        """Return what links gave before, by link, as far as the store has it and `space` has described it."""
        with self._database.read() as connection:
            found = writing.taken_over(connection, store, links, space)
            images = {row.id: StoredImage(*row) for row in connection.execute(_SOME, {"ids": list(found.values())})}
        return {link: images[image] for link, image in found.items() if image in images}

    def ready(self, store: str, photos: Sequence[ReadyPhoto]) -> list[list[int | None]]:
        """Make photos of one store searchable in one transaction; return the `seq` of the change for each task.

        Photos of one product share a change. Of a task whose product is gone or lists that link no more it is None,
        and the description is kept. Raises BadImage, and stores nothing, if a description is not whole, not that
        image's, or missing; UnknownImage if bytes are not here that should be.
        """
        carried = [(photo.image.image_id, photo.data) for photo in photos if photo.data is not None]
        for image_id, data in carried:
            self._blobs.write(image_id, data)
        with self._database.write() as connection:
            hold(connection, store)
            seqs = describing.describe_ready(connection, store, photos, self._clock())
            for image_id, data in carried:
                if not self._blobs.has(image_id):  # forgotten up to here; from here on it is not
                    self._blobs.write(image_id, data)
        return seqs

    def describe_ready(self, task: ImageTask, image: StoredImage, description: Description | None) -> int | None:
        """Make one photo searchable whose bytes are kept; return the `seq` of the change. See `ready`."""
        return self.ready(task.store, [ReadyPhoto((task,), image, description=description)])[0][0]

    def fail(self, task: ImageTask, reason: str, retry_in_seconds: float | None, *, permanent: bool = False) -> None:
        """Say why a photo could not be taken: it waits that long and is given out again, or for None has failed.

        `permanent` says that it would fail again. Nothing happens if the photo is not waiting any more.
        """
        now = self._clock()
        due_at = None if retry_in_seconds is None else now + timedelta(seconds=retry_in_seconds)
        with self._database.write() as connection:
            tasks.report(connection, task, reason, due_at, now, permanent=permanent)

    def put_off(self, held: Collection[ImageTask], reason: str | None, seconds: float) -> None:
        """Give claimed photos back for that long, as if nobody had tried them."""
        if held:
            with self._database.write() as connection:
                tasks.put_off(connection, held, reason, self._clock() + timedelta(seconds=seconds))

    def put_off_host(self, host: str, reason: str, seconds: float, *, counted: bool, most_attempts: int) -> None:
        """Let all photos of a host that are due wait that long, for a reason that lies with the host.

        If it is `counted` as an attempt, those that had as many have failed.
        """
        now = self._clock()
        until, more = now + timedelta(seconds=seconds), True
        while more:  # a transaction for some at a time: other writers get their turn
            with self._database.write() as connection:
                more = bool(
                    tasks.put_off_host(
                        connection, host, reason, now, until, counted=counted, most_attempts=most_attempts, limit=1000
                    )
                )

    def forget(self, keep_seconds: float, limit: int) -> int:
        """Remove photos that nothing has listed for that long, with all that is known of them, from every disk.

        Looks at `limit` of them at most, the longest unlisted first; returns how many were looked at. Harmless beside
        any write: a photo that is listed again meanwhile stays.
        """
        before = self._clock() - timedelta(seconds=keep_seconds)
        return retention.forget(self._database, self._blobs, before, limit)

    def describe_again(self, space: str, products: Collection[tuple[str, str]] | None = None) -> int:
        """Let every photo of these (store, sku), or of all, that `space` has not described wait; return how many do.

        For a change of the model. Products go on to be found in the space that knows them. Harmless when repeated.
        """
        return renewal.describe_again(self._database, space, self._clock(), products)

    def due(self) -> bool:
        """Whether a photo waits that could be claimed at this moment."""
        with self._database.read() as connection:
            return bool(connection.scalar(_DUE, {"now": self._clock()}))

    def described(self, image_ids: Iterable[str], space: str) -> set[str]:
        """Return those of the photos that are described in `space`."""
        with self._database.read() as connection:
            return descriptions.known(connection, image_ids, space)

    def descriptions(self, image_ids: Iterable[str], space: str) -> dict[str, Description]:
        """Return the descriptions in `space`, by photo; a photo that has none is absent."""
        with self._database.read() as connection:
            return descriptions.load(connection, image_ids, space)

    def regions(self, image_ids: Iterable[str], space: str) -> dict[str, tuple[DescribedRegion, ...]]:
        """Return the regions in `space`, by photo; a photo that has none is absent. Lighter than `descriptions`."""
        with self._database.read() as connection:
            return descriptions.load_regions(connection, image_ids, space)

    def pending(self, store: str | None = None) -> int:
        """Return how many photos wait or are being worked on, of one store or of all."""
        query = select(func.count()).select_from(tables.tasks).where(tables.tasks.c.failed == false())
        if store is not None:
            query = query.where(tables.tasks.c.store == store)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()
