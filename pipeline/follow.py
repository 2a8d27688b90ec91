"""The follower: reads the catalog's change log after its checkpoint and keeps one index true to it.

The index can be thrown away: a start restores the last snapshot and replays what came after, or rebuilds everything
from the catalog where there is no usable snapshot. A space beside the active one is followed as far as it is filled.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from catalog import Catalog, CatalogError, Change, ChangeKind, DescribedRegion, LiveProduct
from index import Entry, UnusableSnapshot, VectorIndex, WrongVectors
from pipeline.categories import category_of
from pipeline.entries import attributes_entry_of, entry_of
from pipeline.right_of_way import RightOfWay
from runtime.threads import stand_back
from telemetry import metrics

BATCH = 1_000
NICENESS = 5
GIVE_WAY_SECONDS = 0.15  # at most, before changes are applied beside searches
REST_SECONDS = 0.02  # between batches that are not full: one of twenty changes costs little more than one of one
log = structlog.get_logger(__name__)


class Follower:
    """Keeps `index` true to `catalog` in one space, in a thread of its own."""

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        space: str,
        snapshots: Path,
        *,
        poll_seconds: float = 0.05,
        snapshot_every_seconds: float = 300.0,
        right_of_way: RightOfWay | None = None,
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._space = space
        self._folder = snapshots / space
        self._poll_seconds = poll_seconds
        self._snapshot_every_seconds = snapshot_every_seconds
        self._checkpoint = 0
        self._snapshot_checkpoint = -1
        self._loaded = False
        self._moved = threading.Condition()
        self.right_of_way = right_of_way or RightOfWay()
        self.leads = True  # searches use its index, and the metrics are of it
        self._turn = threading.Lock()  # the index is written to by one thread at a time, in the order of the log
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def checkpoint(self) -> int:
        """The `seq` of the last change the index knows of."""
        return self._checkpoint

    @property
    def ready(self) -> bool:
        """Whether the first catching up is done and the thread is alive."""
        return self._thread is not None and self._thread.is_alive()

    def lag_seconds(self) -> float:
        """Return the age of the oldest change that the index does not know of; 0 where it knows of all."""
        waiting = self._catalog.changes.after(self._checkpoint, 1, self._space)
        return max(0.0, time.time() - waiting[0].at.timestamp()) if waiting else 0.0

    def start(self) -> None:
        """Restore or rebuild the index, catch up, and go on following until `stop`."""
        self.catch_up_fully()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self._thread.start()

    def catch_up_fully(self) -> None:
        """Restore or rebuild the index and apply every change there is, in the calling thread, beside searches."""
        self.load()
        while self.catch_up():
            self.right_of_way.give_way(GIVE_WAY_SECONDS)

    def stop(self) -> None:
        """Stop following and write a last snapshot; none of an index that was never loaded whole."""
        self._end()
        if self._loaded:
            self.snapshot()

    def discard(self) -> None:
        """Stop following and remove the snapshot: the space is kept no more."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wake(self) -> None:
        """Say that there is a change: it is looked for now, not at the next poll."""
        self._bell.set()

    def wait_for(self, seq: int, timeout_seconds: float) -> bool:
        """Wait until the index knows of `seq`; return whether it does."""
        if self._checkpoint >= seq:
            return True
        self.wake()
        with self.right_of_way.pressing(), self._moved:
            return self._moved.wait_for(lambda: self._checkpoint >= seq, timeout_seconds)

    def load(self) -> None:
        """Restore the snapshot, or rebuild where there is none or an unusable one."""
        try:
            checkpoint = self._index.restore(self._folder)
        except UnusableSnapshot as error:
            log.warning("snapshot refused, rebuilding", reason=str(error))
            checkpoint = None
        if checkpoint is not None and checkpoint > self._catalog.changes.head():
            log.warning("snapshot is of a catalog that went on from here, rebuilding", checkpoint=checkpoint)
            self._forget()
            checkpoint = None
        if checkpoint is None:
            self.rebuild()
        else:
            self._advance(checkpoint)
            self._snapshot_checkpoint = checkpoint
        self._loaded = True

    def rebuild(self) -> int:
        """Bring every listing of the catalog into the index anew; return how many there are."""
        head, count = self._catalog.changes.head(self._space), 0
        for listings in self._catalog.products.every(self._space, BATCH):
            count += len(listings)
            self.right_of_way.give_way(GIVE_WAY_SECONDS)
            for store in {listing.product.store for listing in listings}:
                self._put(store, [entry_of(one) for one in listings if one.product.store == store])
        self._advance(head)
        return count

    def catch_up(self) -> int:
        """Apply one batch of changes; return how many there were."""
        with self._turn:
            return self._catch_up()

    def refresh(self, store: str, skus: list[str]) -> None:
        """Bring these products into the index anew, as the catalog has them now, whatever version it held of them."""
        with self._turn:
            self._index.delete(store, skus)
            self._refresh(store, skus)

    def _forget(self) -> None:
        """Take out what the index holds: its versions would win over those of a catalog that is older."""
        for store in self._catalog.stores.all():
            self._index.delete(store.id, [sku for sku, _ in self._index.scan(store.id, self._space)])

    def _end(self) -> None:
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def _catch_up(self) -> int:
        changes = self._catalog.changes.after(self._checkpoint, BATCH, self._space)
        if changes:
            self._apply(changes)
            self._advance(changes[-1].seq)
            self._tell_lag(time.time() - changes[0].at.timestamp())
            metrics.CHANGES_FOLLOWED.inc(len(changes))
        else:
            self._tell_lag(0.0)
        return len(changes)

    def snapshot(self, *, anew: bool = False) -> None:
        """Write a snapshot; unless it is wanted anew, only if something happened since the last one."""
        checkpoint = self._checkpoint
        if anew or checkpoint != self._snapshot_checkpoint:
            self._index.snapshot(self._folder, checkpoint)
            self._snapshot_checkpoint = checkpoint

    def _apply(self, changes: Iterable[Change]) -> None:
        """Bring the products of these changes to their present state, whatever happened in between."""
        kinds: dict[tuple[str, str], set[ChangeKind]] = {}
        for change in changes:
            kinds.setdefault((change.store, change.sku), set()).add(change.kind)
        keep_vectors = {key for key, seen in kinds.items() if seen == {ChangeKind.ATTRIBUTES}}
        for store in {store for store, _ in kinds}:
            light = [sku for one, sku in keep_vectors if one == store]
            heavy = [sku for one, sku in kinds if one == store and (one, sku) not in keep_vectors]
            self._refresh(store, heavy + self._refresh_attributes(store, light))

    def _refresh_attributes(self, store: str, skus: list[str]) -> list[str]:
        """Update attributes only; return the SKUs for which that is not enough."""
        if not skus:
            return []
        live = self._catalog.products.live(store, skus)
        main = self._main_photos([one for one in live.values() if category_of(one.product.document) is None])
        entries = [attributes_entry_of(one.product, main.get(sku, ())) for sku, one in live.items()]
        return self._index.upsert(store, self._space, entries) + [sku for sku in skus if sku not in live]

    def _main_photos(self, products: Sequence[LiveProduct]) -> dict[str, tuple[DescribedRegion, ...]]:
        """Return by SKU the regions of the first photo that is described; what is in it stands for what is not said."""
        known = self._catalog.images.regions({image for one in products for image in one.image_ids}, self._space)
        first = ((one, next((image for image in one.image_ids if image in known), None)) for one in products)
        return {one.product.sku: known[image] for one, image in first if image is not None}

    def _refresh(self, store: str, skus: list[str]) -> None:
        if not skus:
            return
        listings = self._catalog.products.listings([(store, sku) for sku in skus], self._space)
        self._index.delete(store, [sku for sku in skus if (store, sku) not in listings])
        self._put(store, [entry_of(listing) for listing in listings.values()])

    def _put(self, store: str, entries: list[Entry]) -> None:
        self._index.delete(store, [entry.sku for entry in entries if not entry.regions])
        searchable = [entry for entry in entries if entry.regions]
        try:
            self._index.upsert(store, self._space, searchable)
        except WrongVectors:
            for entry in searchable:
                self._put_alone(store, entry)

    def _put_alone(self, store: str, entry: Entry) -> None:
        """Put one entry; one whose vectors the index refuses costs itself only."""
        try:
            self._index.upsert(store, self._space, [entry])
        except WrongVectors as error:
            log.error("product left out of the index; put its photos anew", store=store, reason=str(error))
            self._index.delete(store, [entry.sku])

    def _advance(self, checkpoint: int) -> None:
        with self._moved:
            self._checkpoint = checkpoint
            self._moved.notify_all()
        if self.leads:
            metrics.INDEX_SEQ.set(checkpoint)

    def _tell_lag(self, seconds: float) -> None:
        if self.leads:
            metrics.FRESHNESS_LAG_SECONDS.set(max(0.0, seconds))

    def _follow(self) -> None:
        stand_back(NICENESS)
        snapshot_at = time.monotonic() + self._snapshot_every_seconds
        while not self._stopping.is_set():
            self._bell.clear()
            self.right_of_way.give_way(GIVE_WAY_SECONDS)
            try:
                moved = self.catch_up()
                if time.monotonic() >= snapshot_at:
                    snapshot_at = time.monotonic() + self._snapshot_every_seconds
                    self.snapshot()
            except (CatalogError, OSError) as error:
                log.error("follower could not go on, trying again", reason=str(error))
                moved = 0
            if moved < BATCH:
                self._stopping.wait(REST_SECONDS)
                self._bell.wait(self._poll_seconds)
