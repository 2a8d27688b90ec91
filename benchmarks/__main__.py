"""``python -m benchmarks --out DIR``: every benchmark that needs no data of others, on the rendered catalog.

Real photos are measured one by one: see ``python -m benchmarks.same_product --help``, ``benchmarks.detector``,
``benchmarks.index``. What a running service does is measured on stores that are made up; ``benchmarks.chaos`` takes
longest, and runs here with fewer kills than by itself.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from demo.catalog import render_catalog


def main() -> None:
    """Run them one after the other, each in a process of its own; stop at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--skus", type=int, default=300)
    parser.add_argument("--vectors", type=int, default=100_000)
    options = parser.parse_args()
    catalog = render_catalog(options.out / "catalog", skus=options.skus)
    for name, arguments in (
        ("same_product", ["--images", str(catalog), "--index", str(catalog / "index.csv")]),
        ("detector", ["--data", str(catalog / "data.yaml")]),
        ("index", ["--vectors", str(options.vectors), "--dimensions", "256"]),
        ("search", []),
        ("freshness", []),
        ("ingest", []),
        ("spaces", []),
        ("chaos", ["--moments", "10", "--pairs", "1000"]),
    ):
        print(f"\n{name}", flush=True)
        report = ["--json", str(options.out / f"{name}.json")]
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments, *report], check=True)


if __name__ == "__main__":
    main()
