"""How well and how fast the vector index answers, filtered and not, and what writes and snapshots cost.

The vectors are made up: clusters of Zipf-like popularity in families, with a query near a stored vector, as a second
photo of a garment is. `--vectors FILE.npy` takes real ones, an (N, D) array.

    python -m benchmarks.index --vectors 100000 --dimensions 512 --json out.json
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import EVERYTHING, Between, Candidate, Entry, IndexedRegion, Vectors, Where
from index.faiss_index import EXACT_BELOW, FaissIndex

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

STORE, SPACE = "store", "space@1"
BATCH = 1_000
QUERIES = 200
SHARES = (50.0, 20.0, 5.0, 0.5)
PAGE = 10
CLUSTER = 40  # vectors around one centre, on average
WRITES = 20_000
ROUNDING = 1e-6


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", default="100000", help="how many to make up, or an .npy file of real ones")
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--exact-below", type=int, default=EXACT_BELOW)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.vectors.isdigit():
        vectors = clustered(int(options.vectors), options.dimensions)
    else:
        vectors = unit(np.load(options.vectors).astype(np.float32))
    figures = measure(vectors, options.exact_below)
    width = max(map(len, figures))
    for name, figure in figures.items():
        print(f"{name:<{width}}  {figure:,.4g}" if abs(figure) < 1000 else f"{name:<{width}}  {figure:,.0f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def measure(vectors: Vectors, exact_below: int = EXACT_BELOW) -> dict[str, float]:
    """Return all figures for an index of these (N, D) vectors, one product each."""
    figures: dict[str, float] = {"vectors": len(vectors), "dimensions": vectors.shape[1]}
    percentiles = np.random.default_rng(5).uniform(0, 100, len(vectors))
    entries = entries_of(vectors, percentiles)
    index = FaissIndex(exact_below=exact_below)
    before = resident_mb()
    with timed(figures, "build_seconds"):
        upsert(index, entries)
        index.settle()
    figures["memory_mb"] = resident_mb() - before
    measure_searches(figures, index, vectors, percentiles)
    measure_snapshots(figures, index)
    measure_writes(figures, index, entries)
    return figures


def measure_searches(figures: dict[str, float], index: FaissIndex, vectors: Vectors, percentiles: Numbers) -> None:
    """Measure recall at 10 against brute force, and the time of a search, for every share of products that passes."""
    queries = beside(vectors[np.random.default_rng(6).choice(len(vectors), QUERIES)])
    for share in (None, *SHARES):
        where = EVERYTHING if share is None else Where((Between("percentile", None, share),))
        passing = np.arange(len(vectors)) if share is None else np.flatnonzero(percentiles <= share)
        pages, milliseconds = search_each(index, queries, where)
        name = "" if share is None else f"_at_{share:g}_percent"
        figures[f"recall{name}"] = recall(pages, queries, vectors, passing)
        figures[f"p50_ms{name}"] = float(np.percentile(milliseconds, 50))
        figures[f"p99_ms{name}"] = float(np.percentile(milliseconds, 99))


def measure_snapshots(figures: dict[str, float], index: FaissIndex) -> None:
    """Measure the first snapshot, one after an attribute change, and a restore."""
    with tempfile.TemporaryDirectory() as folder:
        with timed(figures, "snapshot_seconds"):
            index.snapshot(Path(folder), 1)
        index.upsert(STORE, SPACE, [Entry("p0", 2, {"percentile": 1.0}, None)])
        with timed(figures, "snapshot_again_seconds"):
            index.snapshot(Path(folder), 2)
        with timed(figures, "restore_seconds"):
            FaissIndex().restore(Path(folder))


def measure_writes(figures: dict[str, float], index: FaissIndex, entries: Sequence[Entry]) -> None:
    """Measure changes per second in batches of 1,000: of attributes, of whole products, deletes and new products."""
    some = entries[:WRITES]
    figures["attribute_changes_per_second"] = rate(
        lambda: upsert(index, [Entry(one.sku, 3, one.attributes, None) for one in some]), len(some)
    )
    figures["replacements_per_second"] = rate(
        lambda: upsert(index, [Entry(one.sku, 4, one.attributes, one.regions) for one in some]), len(some)
    )
    skus = [one.sku for one in some]
    figures["deletes_per_second"] = rate(lambda: delete(index, skus), len(skus))
    figures["upserts_per_second"] = rate(lambda: upsert(index, some), len(some))


def entries_of(vectors: Vectors, percentiles: Numbers) -> list[Entry]:
    """Return an entry per vector with as many attributes as a merchant's product has."""
    return [
        Entry(
            f"p{number}",
            1,
            {
                "sku": f"p{number}",
                "group_id": f"g{number // 3}",
                "availability": "in_stock",
                "brand": f"brand {number % 211}",
                "category": f"category {number % 10}",
                "color": (f"color {number % 13}",),
                "currency": "eur",
                "gender": "female",
                "material": f"material {number % 31}",
                "price": float(number % 499),
                "size": f"size {number % 7}",
                "percentile": percentile,
            },
            (IndexedRegion("image", 0, vectors[number]),),
        )
        for number, percentile in enumerate(percentiles.tolist())
    ]


def upsert(index: FaissIndex, entries: Sequence[Entry]) -> None:
    """Give the index the entries in batches."""
    for start in range(0, len(entries), BATCH):
        index.upsert(STORE, SPACE, entries[start : start + BATCH])


def delete(index: FaissIndex, skus: Sequence[str]) -> None:
    """Take the products out in batches."""
    for start in range(0, len(skus), BATCH):
        index.delete(STORE, skus[start : start + BATCH])


def search_each(index: FaissIndex, queries: Vectors, where: Where) -> tuple[list[list[Candidate]], list[float]]:
    """Ask one query after another; return the pages and the milliseconds."""
    pages, milliseconds = [], []
    for query in queries:
        start = time.perf_counter()
        pages += index.search(STORE, SPACE, query[None], PAGE, where)
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return pages, milliseconds


def recall(
    pages: Sequence[Sequence[Candidate]],
    queries: Vectors,
    vectors: Vectors,
    passing: Places,
) -> float:
    """Return the share of the true first page, by brute force, that the pages hold; equals may stand for each other."""
    there = vectors[passing]
    got = wanted = 0
    for page, query in zip(pages, queries, strict=True):
        true = np.sort(there @ query)[::-1][:PAGE]
        got += sum(float(vectors[int(one.sku[1:])] @ query) >= true[-1] - ROUNDING for one in page)
        wanted += len(true)
    return got / wanted


def rate(work: Callable[[], object], count: int) -> float:
    """Return how many of `count` things are done per second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Note how long the block takes, in seconds."""
    start = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - start


def resident_mb() -> float:
    """Return the memory that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def clustered(count: int, dimensions: int) -> Vectors:
    """Make up vectors as garments give them: families, clusters of unlike sizes, and noise around each centre."""
    random = np.random.default_rng(1)
    clusters = max(1, count // CLUSTER)
    families = random.standard_normal((12, dimensions), dtype=np.float32)
    centres = unit(
        families[random.integers(0, 12, clusters)]
        + 0.9 * random.standard_normal((clusters, dimensions), dtype=np.float32)
    )
    popularity = 1.0 / np.arange(1, clusters + 1) ** 0.7
    chosen = random.choice(clusters, count, p=popularity / popularity.sum())
    return beside(centres[chosen], 0.8)


def beside(vectors: Vectors, noise: float = 0.6) -> Vectors:
    """Return vectors some way off the given ones."""
    random = np.random.default_rng(2)
    off = random.standard_normal(vectors.shape, dtype=np.float32)
    return unit(vectors + noise / np.sqrt(vectors.shape[1]) * off)


def unit(vectors: Vectors) -> Vectors:
    """Normalise each row."""
    normal: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return normal


if __name__ == "__main__":
    main()
