"""Other embedded indexes, each as its makers show it; those that do not filter by themselves are asked for more."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.index.systems import EVERY
from benchmarks.index.vectors import PAGE, Numbers
from index import Vectors

NEIGHBOURS, BREADTH = 16, 200  # of a graph's node, and of the search for them when it is added
WIDTHS = (64, 128, 256, 512, 1_024)
ROOM = 1.3  # of the vectors there are, for those that are added
NAME = "vectors"
BATCH = 1_000


class Hnswlib:
    """hnswlib: a graph; filters are a Python function, called per vector."""

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Add all, on all cores."""
        self._graph = importlib.import_module("hnswlib").Index(space="ip", dim=vectors.shape[1])
        self._graph.init_index(int(len(vectors) * ROOM) + BATCH, ef_construction=BREADTH, M=NEIGHBOURS)
        self._percentiles = np.full(int(len(vectors) * ROOM) + BATCH, np.inf)
        self._width = WIDTHS[0]
        self._graph.set_ef(self._width)
        self.add(range(len(vectors)), np.asarray(vectors), percentiles)

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Walk the graph; it raises where it finds fewer than ten."""
        passes = None if share == EVERY else lambda place: bool(self._percentiles[place] <= share)
        try:
            places, _ = self._graph.knn_query(query[None], PAGE, 1, passes)
        except RuntimeError:
            return []
        found: list[int] = places[0].tolist()
        return found

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Add."""
        self._graph.add_items(vectors, list(places))
        self._percentiles[list(places)] = percentiles

    def delete(self, places: Sequence[int]) -> None:
        """Mark as deleted: they stay in the graph."""
        for place in places:
            self._graph.mark_deleted(place)

    def widen(self) -> bool:
        """Search wider."""
        if self._width == WIDTHS[-1]:
            return False
        self._width = WIDTHS[WIDTHS.index(self._width) + 1]
        self._graph.set_ef(self._width)
        return True


class Usearch:
    """USearch: a graph of 16-bit floats; its Python has no filters, so it is asked for so many that ten pass."""

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Add all, on all cores."""
        index = importlib.import_module("usearch.index").Index
        self._graph = index(
            ndim=vectors.shape[1], metric="ip", dtype="f16", connectivity=NEIGHBOURS, expansion_add=BREADTH,
            expansion_search=WIDTHS[0],
        )  # fmt: skip
        self._percentiles = np.full(int(len(vectors) * ROOM) + BATCH, np.inf)
        self.add(range(len(vectors)), np.asarray(vectors), percentiles)

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Walk the graph; under a filter for twice as many as let ten pass."""
        count = PAGE if share == EVERY else int(2 * PAGE * EVERY / share)
        places = np.asarray(self._graph.search(query, count, threads=1).keys).astype(np.int64)
        found: list[int] = places[self._percentiles[places] <= share][:PAGE].tolist()
        return found

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Add."""
        self._graph.add(np.array(places, np.uint64), np.ascontiguousarray(vectors))
        self._percentiles[list(places)] = percentiles

    def delete(self, places: Sequence[int]) -> None:
        """Remove."""
        self._graph.remove(np.array(places, np.uint64))

    def widen(self) -> bool:
        """Search wider."""
        if self._graph.expansion_search >= WIDTHS[-1]:
            return False
        self._graph.expansion_search *= 2
        return True


class Qdrant:
    """Qdrant's local mode: its server's interface in Python, which compares every vector."""

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Make a collection in memory and upsert."""
        self._models = importlib.import_module("qdrant_client.models")
        self._client = importlib.import_module("qdrant_client").QdrantClient(":memory:")
        size = self._models.VectorParams(size=vectors.shape[1], distance=self._models.Distance.COSINE)
        self._client.create_collection(NAME, vectors_config=size)
        self.add(range(len(vectors)), vectors, percentiles)

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Query points."""
        condition = self._models.FieldCondition(key="percentile", range=self._models.Range(lte=share))
        wanted = None if share == EVERY else self._models.Filter(must=[condition])
        found = self._client.query_points(NAME, query=query.tolist(), limit=PAGE, query_filter=wanted).points
        return [int(one.id) for one in found]

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Upsert in batches."""
        for start in range(0, len(places), BATCH):
            end = start + BATCH
            payloads = [{"percentile": one} for one in percentiles[start:end].tolist()]
            rows = self._models.Batch(ids=list(places[start:end]), vectors=vectors[start:end].tolist(),
                                      payloads=payloads)  # fmt: skip
            self._client.upsert(NAME, rows)

    def delete(self, places: Sequence[int]) -> None:
        """Delete by id."""
        self._client.delete(NAME, self._models.PointIdsList(points=list(places)))

    def widen(self) -> bool:
        """It compares all."""
        return False


class Milvus:
    """Milvus Lite: Milvus in a process beside this one, in a file."""

    def build(self, vectors: Vectors, percentiles: Numbers) -> None:
        """Make a collection with a graph over it and insert."""
        pymilvus: Any = importlib.import_module("pymilvus")
        self._folder = tempfile.TemporaryDirectory()
        self._client = pymilvus.MilvusClient(str(Path(self._folder.name) / "milvus.db"))
        self._width = WIDTHS[0]
        schema = self._client.create_schema(auto_id=False)
        schema.add_field("id", pymilvus.DataType.INT64, is_primary=True)
        schema.add_field("vector", pymilvus.DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        schema.add_field("percentile", pymilvus.DataType.DOUBLE)
        graph = self._client.prepare_index_params()
        graph.add_index("vector", index_type="HNSW", metric_type="IP",
                        params={"M": NEIGHBOURS, "efConstruction": BREADTH})  # fmt: skip
        self._client.create_collection(NAME, schema=schema, index_params=graph)
        self.add(range(len(vectors)), vectors, percentiles)
        self._client.flush(NAME)
        self._client.load_collection(NAME)

    def search(self, query: Vectors, share: float) -> Sequence[int]:
        """Search with an expression."""
        wanted = "" if share == EVERY else f"percentile <= {share}"
        found = self._client.search(NAME, data=[query.tolist()], limit=PAGE, filter=wanted, anns_field="vector",
                                    search_params={"metric_type": "IP", "params": {"ef": self._width}})  # fmt: skip
        return [int(one["id"]) for one in found[0]]

    def add(self, places: Sequence[int], vectors: Vectors, percentiles: Numbers) -> None:
        """Insert in batches."""
        for start in range(0, len(places), BATCH):
            self._client.insert(NAME, [
                {"id": place, "vector": vectors[start + number].tolist(),
                 "percentile": float(percentiles[start + number])}
                for number, place in enumerate(places[start : start + BATCH])
            ])  # fmt: skip

    def delete(self, places: Sequence[int]) -> None:
        """Delete by id."""
        for start in range(0, len(places), BATCH):
            self._client.delete(NAME, ids=list(places[start : start + BATCH]))

    def widen(self) -> bool:
        """Search wider."""
        if self._width == WIDTHS[-1]:
            return False
        self._width = WIDTHS[WIDTHS.index(self._width) + 1]
        return True
