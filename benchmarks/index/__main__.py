"""Recall, time, memory and the cost of writes of the vector index, by storage, beside other embedded indexes.

The others need the extra `bench`. Each is measured in a process of its own, at a size that it can bear; those that have
a width of search get the smallest that reaches recall .99.

    python -m benchmarks.index --vectors 100000 --dimensions 256 --json out.json
    python -m benchmarks.index --vectors 100000 --systems vitrine-8bit hnswlib usearch milvus@20000 qdrant@20000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.index.one import SYSTEMS
from benchmarks.index.vectors import around, made_up, trial, unit
from benchmarks.report import Figure, hand_over
from index import Vectors


def main() -> None:
    """Measure one index after another, print a table and write it as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=100_000, help="how many")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--designs", type=Path, help="an .npy file of real vectors, to grow the others around")
    parser.add_argument("--systems", nargs="+", default=["vitrine-8bit"],
                        help=f"of {', '.join(SYSTEMS)}; NAME@COUNT for another size")  # fmt: skip
    parser.add_argument("--stalls", action="store_true", help="replace everything twice, and note the longest waits")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Figure] = {}
    for asked in options.systems:
        name, _, count = asked.partition("@")
        size = int(count or options.vectors)
        with tempfile.TemporaryDirectory() as folder:
            trial(vectors(size, options.dimensions, options.designs)).save(Path(folder))
            found = measured(name, Path(folder), options.stalls)
        figures.update({f"{name}@{size}.{key}": figure for key, figure in found.items()})
    settings = {key: value for key, value in vars(options).items() if key != "json"}
    hand_over("index", figures, settings, options.json)


def vectors(count: int, dimensions: int, designs: Path | None) -> Vectors:
    """Return vectors to search among."""
    return around(unit(np.load(designs).astype(np.float32)), count) if designs else made_up(count, dimensions)


def measured(system: str, folder: Path, stalls: bool) -> dict[str, float]:
    """Measure one index in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.index.one", system, str(folder), *(["--stalls"] if stalls else [])]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()
