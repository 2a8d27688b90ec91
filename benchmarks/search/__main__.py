"""How long a search by photo takes, and how many are answered a second, by one shopper and by many at once.

    python -m benchmarks.search --json out.json
    python -m benchmarks.search --photos DIR --json out.json       photos of one's own, brought to 1080 x 1440

A store of 100,000 products, two vectors each, is served by a real API process. Shoppers in a process of their own POST
1080 x 1440 JPEGs of streets. Beside it stands a service as most are made (``plain.py``): the same weights through
Ultralytics' predictor, eager torch and a flat FAISS index. Both are measured in turns, so that a machine that drifts
does so for both. `p50_ms` and `p99_ms` are of one shopper, `requests_per_second` of sixteen; `speedup_p50` and
`speedup_rps` say how many times as fast as the plain one that is. Stages are the medians of one shopper's answers.
`start_seconds` go from the command to the first answer of a server that builds its index from the catalog,
`start_again_seconds` from one that finds the snapshot of its last stop.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageOps

from benchmarks import made_up
from benchmarks.processes import Process, free_port, python, wait_until
from benchmarks.replay.shopper import rendered_shop
from benchmarks.report import Figure, hand_over, milliseconds
from benchmarks.rest import Client
from benchmarks.search import plain
from benchmarks.search.shoppers import Searched, search
from benchmarks.vitrine import QUIET
from catalog import Catalog, Scope
from demo.catalog import SCENES
from demo.scenes import render_scene
from demo.shop import products
from embedder import Space, Vectors
from service.build import open_catalog
from service.commands.serve import gunicorn_command
from service.models import make_embedder
from service.settings import Settings

STORE = "bench"
WIDTH, HEIGHT = 1080, 1440
QUALITY = 88
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs: its port, and the key that opens it."""

    port: int
    key: str = ""


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    options = parsed()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-search-")))
        figures = measure(options, Settings(_env_file=None, data_dir=folder / "data"), running)
    hand_over("search", figures, {name: value for name, value in vars(options).items() if name != "json"}, options.json)


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--photos", type=Path, help="a folder of street photos; without one, streets are rendered")
    parser.add_argument("--streets", type=int, default=12, help="photos that are sent")
    parser.add_argument("--many", type=int, default=16, help="shoppers at once")
    parser.add_argument("--seconds", type=float, default=10.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=3, help="of each service, alone and with many")
    parser.add_argument("--without-plain", action="store_true", help="measure Vitrine alone")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(options: argparse.Namespace, settings: Settings, running: ExitStack) -> dict[str, Figure]:
    """Fill a store, serve it, search; return all figures."""
    folder = settings.data_dir.parent
    photos = street_photos(options.photos, options.streets)
    embedder = make_embedder(settings)
    kinds, _ = rendered_shop(folder / "shop", embedder)
    with open_catalog(settings) as catalog:
        key = made_up.open_store(catalog, STORE, {Scope.ADMIN})
        image_ids = made_up.fill(catalog, STORE, embedder.space, options.products, kinds=kinds)
        if not options.without_plain:
            np.save(folder / "rows.npy", stored_vectors(catalog, embedder.space, image_ids))
    with ExitStack() as first:  # its index is built from the catalog; the next start finds a snapshot
        _, _, start_seconds = serve(settings, key, first)
    ours, process, start_again_seconds = serve(settings, key, running)
    others = [] if options.without_plain else [serve_plain(folder, running)]
    turns: dict[tuple[int, int], list[Searched]] = {}
    for number, one in enumerate([ours, *others]):
        search(one.port, one.key, photos, 2, 3.0)  # warms up
        turns |= {(number, 1): [], (number, options.many): []}
    for _ in range(options.turns):
        for clients in (1, options.many):
            for number, one in enumerate([ours, *others]):
                turns[number, clients].append(search(one.port, one.key, photos, clients, options.seconds))
    figures = figures_of(turns[0, 1], turns[0, options.many], "")
    figures |= {"start_seconds": start_seconds, "start_again_seconds": start_again_seconds}
    figures |= {"memory_mib": process.memory_info().rss // MEBIBYTE}
    if others:
        theirs = figures_of(turns[1, 1], turns[1, options.many], "plain_")
        figures |= {name: value for name, value in theirs.items() if not name.startswith("plain_stage")}
        figures["speedup_p50"] = float(theirs["plain_p50_ms"] or 0) / float(figures["p50_ms"] or 1)
        figures["speedup_rps"] = float(figures["requests_per_second"] or 0) / float(
            theirs["plain_requests_per_second"] or 1
        )
    return figures


def street_photos(folder: Path | None, count: int) -> list[bytes]:
    """Return JPEGs of streets, WIDTH x HEIGHT: those of a folder, cut to that shape, or rendered ones."""
    if folder:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))[:count]
        return [_jpeg(ImageOps.fit(Image.open(path).convert("RGB"), (WIDTH, HEIGHT))) for path in paths]
    specs = [spec for spec in products(300) if spec.design.gender != "male"]
    worn = [
        [next(spec for spec in specs[number * 7 :] + specs if spec.category == one) for one in SCENES[number % 6]]
        for number in range(count)
    ]
    scenes = (render_scene(some, number, HEIGHT, WIDTH) for number, some in enumerate(worn))
    return [_jpeg(Image.fromarray(scene.pixels)) for scene in scenes]


def stored_vectors(catalog: Catalog, space: Space, image_ids: Sequence[str]) -> Vectors:
    """Return all vectors of the catalog, (2 N, D), two per photo."""
    rows = []
    for some in made_up.batches(len(image_ids)):
        found = catalog.images.descriptions([image_ids[one] for one in some], space.id)
        rows += [found[image_ids[one]].vectors for one in some]
    return np.concatenate(rows)


def serve(settings: Settings, key: str, running: ExitStack) -> tuple[Served, psutil.Process, float]:
    """Start the API process alone, as `vitrine serve` does; return it with the seconds until it was ready."""
    port, began = free_port(), time.monotonic()
    command = python(*gunicorn_command(settings, f"127.0.0.1:{port}")[1:])
    environment = QUIET | {"VITRINE_DATA_DIR": str(settings.data_dir)}
    server = running.enter_context(Process("api", command, environment, settings.data_dir.parent / "api.log"))
    wait_until(Client(port, timeout_seconds=5.0).is_ready, f"the server is ready (see {server.log})")
    seconds = time.monotonic() - began
    (worker,) = psutil.Process(server.pid).children()
    return Served(port, key), worker, seconds


def serve_plain(folder: Path, running: ExitStack) -> Served:
    """Start the plain service."""
    plain.write_checkpoint(folder / "plain.pt")
    environment = QUIET | {plain.ROWS: str(folder / "rows.npy"), plain.CHECKPOINT: str(folder / "plain.pt")}
    port, settings = free_port(), Settings(_env_file=None, threads=16)
    command = python(*gunicorn_command(settings, f"127.0.0.1:{port}", "benchmarks.search.plain:create_app()")[1:])
    server = running.enter_context(Process("plain", command, environment, folder / "plain.log"))
    wait_until(Client(port, timeout_seconds=5.0).is_ready, f"the plain server is ready (see {server.log})")
    return Served(port)


def figures_of(alone: Sequence[Searched], many: Sequence[Searched], prefix: str) -> dict[str, Figure]:
    """Return the figures of one service."""
    figures = milliseconds(prefix, [one for turn in alone for one in turn.seconds])
    figures |= milliseconds(f"{prefix}many_", [one for turn in many for one in turn.seconds])
    figures[f"{prefix}requests_per_second"] = float(np.median([turn.per_second for turn in many]))
    figures[f"{prefix}failed"] = sum(turn.failed for turn in (*alone, *many))
    stages = [stages for turn in alone for stages in turn.stages]
    for name in dict.fromkeys(name for one in stages for name in one):
        figures[f"{prefix}stage_{name}_ms"] = float(np.median([one.get(name, 0.0) for one in stages]))
    return figures


def _jpeg(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=QUALITY)
    return data.getvalue()


if __name__ == "__main__":
    main()
