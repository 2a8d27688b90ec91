"""What an index should answer, written as plainly as can be: every product compared, `Where.matches` as the law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from index import EVERYTHING, Candidate, Entry, IndexedRegion, Vectors, Where


class BruteForce:
    """The promises of `VectorIndex`, without speed and without snapshots; `kind` is that of the vectors it keeps."""

    def __init__(self, kind: type[np.float32] | type[np.float16] = np.float32) -> None:
        self.kind = kind
        self.held: dict[tuple[str, str], dict[str, Entry]] = {}

    def upsert(self, store: str, space: str, entries: Sequence[Entry]) -> list[str]:
        held = self.held.setdefault((store, space), {})
        missing: dict[str, None] = {}
        for entry in entries:
            before = held.get(entry.sku)
            if before is None and entry.regions is None:
                missing[entry.sku] = None
            elif before is None or entry.version >= before.version:
                kept = before.regions if before and entry.regions is None else entry.regions
                held[entry.sku] = replace(entry, regions=kept)
        return list(missing)

    def delete(self, store: str, skus: Sequence[str]) -> None:
        for (owner, _), held in self.held.items():
            for sku in skus if owner == store else ():
                held.pop(sku, None)

    def search(
        self, store: str, space: str, vectors: Vectors, limit: int, where: Where = EVERYTHING
    ) -> list[list[Candidate]]:
        passing = [entry for entry in self.held.get((store, space), {}).values() if where.matches(entry.attributes)]
        regions = [(entry, region) for entry in passing for region in entry.regions or ()]
        if not regions:
            return [[] for _ in vectors]
        rows = np.stack([region.vector for _, region in regions]).astype(self.kind).astype(np.float32)
        # Not a matrix product, which may round the same vector differently in different rows.
        return [self._page(regions, (rows * vector).sum(axis=1), limit) for vector in vectors]

    def scan(self, store: str, space: str) -> Iterator[tuple[str, int]]:
        return iter([(entry.sku, entry.version) for entry in self.held.get((store, space), {}).values()])

    def count(self, store: str, space: str) -> int:
        return len(self.held.get((store, space), {}))

    @staticmethod
    def _page(regions: Sequence[tuple[Entry, IndexedRegion]], scores: Vectors, limit: int) -> list[Candidate]:
        best: dict[str, Candidate] = {}
        for number in np.argsort(-scores, kind="stable").tolist():
            (entry, region), score = regions[number], float(scores[number])
            if len(best) >= limit and score < min(one.score for one in best.values()):
                break
            best.setdefault(entry.sku, Candidate(entry.sku, region.image_id, region.region, score, entry.version))
        return sorted(best.values(), key=lambda one: (-one.score, one.sku))[:limit]
