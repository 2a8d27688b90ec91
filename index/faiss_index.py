"""`FaissIndex`: the vector index of one process, in memory, with FAISS. The default; no server beside it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.batch import check_entries, check_queries
from index.device_rows import DeviceRows, checked_device
from index.partition import Partition
from index.partition_arrays import Part, load_parts, parts_of
from index.protocol import Candidate, Entry, UnusableSnapshot, Vectors
from index.snapshot import SnapshotReader, SnapshotWriter, Written, reading, writing
from index.storage import StorageName, storage_of
from index.trainer import Trainer
from index.where import EVERYTHING, Where

EXACT_BELOW = 20_000
STORAGE: StorageName = "8bit"
CPU = "cpu"


class FaissIndex:
    """Implements `VectorIndex`. Safe to use from any thread: searches go together, writes one after another.

    `dimensions` gives the D of spaces known beforehand; the first vector sets that of others. Where fewer than
    `exact_below` rows pass a filter, all are compared; where more do, lists of near rows are read, which a thread of
    the index's own learns when a store grows past that size, and again when as many rows as it had then have come or
    been replaced. `storage` names how vectors are stored, see `index.storage`. With a `device` of torch's other than
    "cpu" ("cuda", "cuda:1") all rows are compared there instead, and none is sorted; raises DeviceUnavailable.

    A delete forgets the version as well, so a write from before the delete, coming after it, would be taken for a new
    product: callers apply changes in order.
    """

    def __init__(
        self,
        dimensions: Mapping[str, int] | None = None,
        *,
        exact_below: int = EXACT_BELOW,
        storage: str = STORAGE,
        device: str = CPU,
    ) -> None:
        self._device = None if device == CPU else device
        if self._device:
            checked_device(self._device)
        self._exact_below = exact_below
        self._storage = storage_of(storage)
        self._dimensions = dict(dimensions or {})
        self._stores: dict[str, dict[str, Partition]] = {}
        self._one_writer = threading.Lock()
        self._one_snapshot = threading.Lock()
        self._trainer = Trainer(self._one_writer)
        self._known_files: dict[str, Written] = {}

    def upsert(self, store: str, space: str, entries: Sequence[Entry]) -> list[str]:
        """Add or replace entries; see `VectorIndex.upsert`."""
        with self._one_writer:
            dimensions = check_entries(entries, self._dimensions.get(space))
            if dimensions is not None:
                self._dimensions[space] = dimensions
            partition = self._partition(store, space)
            if partition is None:
                partition = self._new_partition(dimensions)
                if any(entry.regions is not None for entry in entries):
                    self._stores.setdefault(store, {})[space] = partition
            missing = partition.upsert(entries)
            if partition.wants_training():
                self._trainer.ask(partition)
            return missing

    def delete(self, store: str, skus: Sequence[str]) -> None:
        """Forget products; see `VectorIndex.delete`."""
        with self._one_writer:
            for partition in self._stores.get(store, {}).values():
                partition.delete(skus)

    def search(
        self, store: str, space: str, vectors: Vectors, limit: int, where: Where = EVERYTHING
    ) -> list[list[Candidate]]:
        """Find products; see `VectorIndex.search`."""
        check_queries(vectors, self._dimensions.get(space))
        partition = self._partition(store, space)
        if partition is None or limit < 1:
            return [[] for _ in vectors]
        return partition.search(vectors, limit, where)

    def scan(self, store: str, space: str) -> Iterator[tuple[str, int]]:
        """List entries; see `VectorIndex.scan`."""
        partition = self._partition(store, space)
        return iter(partition.scan() if partition else ())

    def count(self, store: str, space: str) -> int:
        """Count entries; see `VectorIndex.count`."""
        partition = self._partition(store, space)
        return len(partition.products) if partition else 0

    def snapshot(self, folder: Path, checkpoint: int) -> None:
        """Write everything; see `VectorIndex.snapshot`.

        Writes wait only while what changed in one partition is copied, searches not at all. So the snapshot may hold
        writes that came while it was made: to replay the changes after `checkpoint` again is harmless.
        """
        with self._one_snapshot, writing(folder, self._known_files) as writer:
            partitions = [
                self._save(writer, store, space, partition)
                for store, spaces in list(self._stores.items())
                for space, partition in list(spaces.items())
            ]
            writer.commit(checkpoint, partitions)
            self._known_files = writer.written

    def restore(self, folder: Path) -> int | None:
        """Replace the content by a snapshot's; see `VectorIndex.restore`."""
        with self._one_snapshot, reading(folder) as reader:
            if reader is None:
                return None
            stores: dict[str, dict[str, Partition]] = {}
            known: dict[str, Written] = {}
            for saved in reader.partitions:
                stores.setdefault(saved["store"], {})[saved["space"]] = self._load(reader, saved, known)
            with self._one_writer:
                self._stores, self._known_files = stores, known
                known_spaces = {saved["space"]: saved["dimensions"] for saved in reader.partitions}
                self._dimensions.update({space: known for space, known in known_spaces.items() if known is not None})
            return reader.checkpoint

    def settle(self) -> None:
        """Wait until every large store is sorted into lists; until then it is searched row by row, right but slower."""
        self._trainer.settle()

    def _partition(self, store: str, space: str) -> Partition | None:
        return self._stores.get(store, {}).get(space)

    def _new_partition(self, dimensions: int | None) -> Partition:
        on_device = DeviceRows(self._device) if self._device else None
        return Partition(dimensions, self._exact_below, self._storage, on_device)

    def _save(self, writer: SnapshotWriter, store: str, space: str, partition: Partition) -> dict[str, object]:
        """Write a partition: its vectors beside the writers, then what they changed, a copy of which they wait for."""
        name = hashlib.sha256(json.dumps([store, space]).encode()).hexdigest()[:24]
        for part in self._steady(partition):
            if not writer.holds(_file(name, part), part.revision):
                with self._one_writer:
                    packing = part.copy()
                writer.save(_file(name, part), part.revision, packing())
        with self._one_writer:
            parts = parts_of(partition)
            changed = [part for part in parts if not writer.holds(_file(name, part), part.revision)]
            copies = [(part, part.copy()) for part in changed]
            saved: dict[str, object] = {
                "store": store,
                "space": space,
                "name": name,
                "dimensions": partition.rows.dimensions or None,
                "lists": partition.lists is not None,
                "storage": partition.storage.name,
            }
        for part, packing in copies:
            writer.save(_file(name, part), part.revision, packing())
        for part in parts:
            writer.keep(_file(name, part))
        return saved

    def _steady(self, partition: Partition) -> list[Part]:
        """Return the parts that few writes touch."""
        with self._one_writer:
            return [part for part in parts_of(partition) if part.steady]

    def _load(self, reader: SnapshotReader, saved: Mapping[str, Any], known: dict[str, Written]) -> Partition:
        space, name, dimensions = saved["space"], saved["name"], saved["dimensions"]
        if dimensions is not None and dimensions != self._dimensions.get(space, dimensions):
            raise UnusableSnapshot(f"space {space!r} has {dimensions} dimensions there, {self._dimensions[space]} here")
        partition = self._new_partition(dimensions)
        lists_for = saved["storage"] if saved["lists"] and not self._device else None
        load_parts(partition, lambda part: reader.load(f"{name}.{part}.arrays"), lists_for)
        for part in parts_of(partition):
            file = _file(name, part)
            if file in reader.files and saved["storage"] == self._storage.name:
                known[file] = Written(part.revision, reader.files[file])
        if partition.wants_training():
            self._trainer.ask(partition)
        return partition


def _file(name: str, part: Part) -> str:
    return f"{name}.{part.name}.arrays"
