"""``python -m demo``: renders a catalog (or takes a real one), imports it, serves it, and searches it over HTTP.

python -m demo --out build/demo                  render, import, search, write pictures, stop
python -m demo --catalog DIR --out build/demo    the same with real photos
python -m demo --out build/demo --keep           keep serving, print the address and the keys
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from demo.catalog import render_catalog
from demo.queries import queries_of
from demo.server import Server
from demo.tour import Tour

SKUS = 300


def main() -> int:
    """Run the demo; 0 if every photo was answered."""
    options = _options()
    catalog = options.catalog or render_catalog(options.out / "catalog", skus=options.skus)
    name = hashlib.sha256(str(catalog.resolve()).encode()).hexdigest()[:8]
    with Server(options.out / f"data-{name}", options.port) as server:
        server.run("import", str(catalog), "--report", str(options.out / "import-report.jsonl"))
        keys = server.keys()
        server.start()
        print(f"\npage   {server.address}/#key={keys['search']}\ndocs   {server.address}/docs\nlog    {server.log}\n")
        if options.keep:
            for scope, secret in keys.items():
                print(f"{scope:6} {secret}")
            print("Ctrl-C stops.", flush=True)
            return server.wait()
        return Tour(server.address, keys["search"], options.out / "pictures").take(queries_of(catalog))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--catalog", type=Path, help="folder with a product table and photos; without it, one is rendered"
    )
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    parser.add_argument("--skus", type=int, default=SKUS, help="products to render")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--keep", action="store_true", help="keep serving until interrupted")
    options = parser.parse_args()
    if options.catalog and not options.catalog.exists():
        parser.error(f"--catalog {options.catalog}: no such file or folder")
    options.out.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    sys.exit(main())
