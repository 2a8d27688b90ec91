"""What is measured of Vitrine's own index alone: snapshots, and how long searches and writes are held up."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.index.clock import timed
from benchmarks.index.systems import BATCH, EVERY, SPACE, STORE, Vitrine, entry
from benchmarks.index.vectors import Trial, beside
from index import Entry
from index.faiss_index import FaissIndex

FEW = 20  # products of a write, as the follower has them between searches


def snapshots(figures: dict[str, float], system: Vitrine) -> None:
    """Measure the first snapshot, one after an attribute change, a load, and the longest wait of a write meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        with timed(figures, "snapshot"), writing(system) as waits:
            system.index.snapshot(Path(folder), 1)
        figures["longest_write_ms_at_snapshot"] = max(waits)
        with timed(figures, "snapshot_again"):
            system.index.snapshot(Path(folder), 2)
        figures["snapshot_mb"] = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
        with timed(figures, "load"):
            FaissIndex(storage=system.storage).restore(Path(folder))


def stalls(figures: dict[str, float], system: Vitrine, trial: Trial) -> None:
    """Replace most products twice, so that lists are learnt anew, while searches go on; note the longest waits."""
    searched: list[float] = []
    written: list[float] = []
    done = threading.Event()

    def look() -> None:
        number = 0
        while not done.is_set():
            start = time.perf_counter()
            system.search(trial.queries[number % len(trial.queries)], EVERY)
            searched.append((time.perf_counter() - start) * 1e3)
            number += 1
            time.sleep(0.002)

    looker = threading.Thread(target=look)
    looker.start()
    for version in (2, 3):
        moved = beside(np.asarray(trial.vectors[: len(trial.vectors) * 2 // 3]), 0.2, version)
        for start in range(0, len(moved), BATCH):
            places = range(start, min(start + BATCH, len(moved)))
            batch = [entry(place, moved[place], float(trial.percentiles[place]), version) for place in places]
            began = time.perf_counter()
            system.index.upsert(STORE, SPACE, batch)
            written.append((time.perf_counter() - began) * 1e3)
    system.index.settle()
    done.set()
    looker.join()
    figures["p50_ms_of_searches_in_training"] = float(np.percentile(searched, 50))
    figures["p99_ms_of_searches_in_training"] = float(np.percentile(searched, 99))
    figures["longest_search_ms_in_training"] = max(searched)
    figures["longest_write_of_1000_ms_in_training"] = max(written)


@contextmanager
def writing(system: Vitrine) -> Iterator[list[float]]:
    """Change the attributes of a few products again and again while the block runs; yields the milliseconds of each."""
    waits = [0.0]
    done = threading.Event()

    def write() -> None:
        version = 10
        while not done.is_set():
            version += 1
            batch = [Entry(f"p{place}", version, {"price": float(version)}, None) for place in range(FEW)]
            start = time.perf_counter()
            system.index.upsert(STORE, SPACE, batch)
            waits.append((time.perf_counter() - start) * 1e3)
            time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waits
    finally:
        done.set()
        writer.join()
