"""Measures one index in a process of its own, so that memory is its own: prints the figures as one line of JSON.

python -m benchmarks.index.one vitrine-8bit FOLDER
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.index import ours
from benchmarks.index.clock import timed
from benchmarks.index.others import Hnswlib, Milvus, Qdrant, Usearch
from benchmarks.index.systems import EVERY, System, Vitrine
from benchmarks.index.vectors import SHARES, Trial, beside
from index.storage import STORAGES

GOAL = 0.99  # recall, for which those that can search wider do
WRITES = 5_000

SYSTEMS: dict[str, Callable[[], System]] = {
    **{f"vitrine-{name}": partial(Vitrine, name) for name in STORAGES},
    "vitrine-cuda": partial(Vitrine, "float16", "cuda"),
    "vitrine-torch": partial(Vitrine, "float16", "cpu:0"),  # the same without a GPU
    "hnswlib": Hnswlib,
    "usearch": Usearch,
    "qdrant": Qdrant,
    "milvus": Milvus,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stalls", action="store_true", help="also replace everything under searches")
    options = parser.parse_args()
    print(json.dumps(measure(SYSTEMS[options.system](), Trial.load(options.folder), options.stalls)))


def measure(system: System, trial: Trial, stalls: bool) -> dict[str, float]:
    """Return all figures of an index."""
    figures: dict[str, float] = {}
    before = resident_mb()
    with timed(figures, "build"):
        system.build(trial.vectors, trial.percentiles)
    figures["memory_mb"] = resident_mb() - before
    searches(figures, system, trial)
    if isinstance(system, Vitrine):
        ours.snapshots(figures, system)
    writes(figures, system, trial)
    if stalls and isinstance(system, Vitrine):
        ours.stalls(figures, system, trial)
    return figures


def searches(figures: dict[str, float], system: System, trial: Trial) -> None:
    """Measure recall at 10, and the time of a search, without a filter and for every share that passes one."""
    while True:
        ask(figures, system, trial, EVERY, "")
        if figures["recall"] >= GOAL or not system.widen():
            break
    for share in SHARES:
        if share != EVERY:
            ask(figures, system, trial, share, f"_at_{share:g}_percent")


def ask(figures: dict[str, float], system: System, trial: Trial, share: float, name: str) -> None:
    """Ask one query after another."""
    pages, milliseconds, used = [], [], []
    for query in trial.queries:
        start, start_used = time.perf_counter(), time.process_time()
        pages.append(system.search(query, share))
        milliseconds.append((time.perf_counter() - start) * 1e3)
        used.append((time.process_time() - start_used) * 1e3)
    figures[f"recall{name}"] = trial.recall(pages, share)
    figures[f"p50_ms{name}"] = float(np.percentile(milliseconds, 50))
    figures[f"p50_cpu_ms{name}"] = float(np.percentile(used, 50))
    figures[f"p99_ms{name}"] = float(np.percentile(milliseconds, 99))


def writes(figures: dict[str, float], system: System, trial: Trial) -> None:
    """Measure what it costs to add and to delete vectors."""
    count = len(trial.vectors)
    places = range(count, count + min(WRITES, count // 5))
    vectors = beside(np.asarray(trial.vectors[: len(places)]), 0.4, 8)
    start = time.perf_counter()
    system.add(places, vectors, trial.percentiles[: len(places)])
    added = time.perf_counter()
    system.delete(places)
    figures["add_ms_per_vector"] = (added - start) * 1e3 / len(places)
    figures["delete_ms_per_vector"] = (time.perf_counter() - added) * 1e3 / len(places)


def resident_mb() -> float:
    """Return the memory that this process holds of its own, files it maps left out; that of its children too."""
    own = Path("/proc/self/task").glob("*/children")
    children = [Path(f"/proc/{child}/status") for one in own for child in one.read_text().split()]
    return sum(_anonymous_mb(status) for status in (Path("/proc/self/status"), *children))


def _anonymous_mb(status: Path) -> float:
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["RssAnon"].split()[0]) / 1024


if __name__ == "__main__":
    main()
