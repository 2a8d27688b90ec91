"""Photos: their bytes, what stores may see them, and the work that makes them searchable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import bindparam, exists, false, func, select

from catalog import describing, descriptions, renewal, tables, tasks
from catalog.blobs import Blobs
from catalog.clock import Clock
from catalog.database import Database
from catalog.records import DescribedRegion, Description, ImageTask, StoredImage
from catalog.stores import hold

_IMAGE = select(
    tables.images.c.id,
    tables.images.c.media_type,
    tables.images.c.width,
    tables.images.c.height,
    tables.images.c.size_bytes,
).where(tables.images.c.id == bindparam("id"))
_BELONGS = select(
    exists().where(tables.store_images.c.store == bindparam("store"), tables.store_images.c.image_id == bindparam("id"))
)


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
        if self.belongs(store, image.image_id):
            return
        with self._database.write() as connection:
            hold(connection, store)
            describing.keep_image(connection, store, image, self._clock())

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

    def claim(self, limit: int, lease_seconds: float) -> list[ImageTask]:
        """Take up to `limit` waiting photos, main ones first, then the longest waiting; nobody else gets them.

        What is not reported by `describe_ready` or `fail` within the lease is given out again.
        """
        now = self._clock()
        with self._database.write() as connection:
            return tasks.claim(connection, limit, now, now + timedelta(seconds=lease_seconds))

    def describe_ready(self, task: ImageTask, image: StoredImage, description: Description | None) -> int | None:
        """Make a photo searchable in one transaction; return the `seq` of the change.

        `description` None says that the image is described already. None is returned, and the description kept, if
        the product is gone or lists that link no more. Raises BadImage if the description is not whole, not that
        image's, or missing.
        """
        with self._database.write() as connection:
            return describing.describe_ready(connection, task, image, description, self._clock())

    def fail(self, task: ImageTask, reason: str, retry_in_seconds: float | None) -> None:
        """Say why a photo could not be taken: it waits that long and is given out again, or for None has failed.

        Nothing happens if the photo is not waiting any more.
        """
        now = self._clock()
        due_at = None if retry_in_seconds is None else now + timedelta(seconds=retry_in_seconds)
        with self._database.write() as connection:
            tasks.report(connection, task, reason, due_at, now)

    def describe_again(self, space: str) -> int:
        """Let every listed photo that `space` has not described wait for it; return how many were added.

        For a change of the model. Products go on to be found in the space that knows them. Harmless when repeated.
        """
        return renewal.describe_again(self._database, space, self._clock())

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
