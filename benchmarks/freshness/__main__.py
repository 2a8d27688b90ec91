"""How soon a search shows a write, while single writes come in at a fixed rate through REST.

    python -m benchmarks.freshness --products 20000 --rate 200 --seconds 30 --json out.json

A store that is made up is served by a real `vitrine serve`. Writes leave on schedule over several connections, in JD's
mix by default: 33 attribute updates, 53 re-lists of products with known photos, 14 deletes. Of a sample, searches look
for the product as written until they see it; `mean_ms`, `p90_ms` and `p99_ms` go from a write's answer to the answer of
the first search that shows it, without `min_seq`. A deleted product must be gone in the first search; `ghosts` counts
those that are not. New photos are measured apart: fetched over HTTP, decoded and described by the shipped models.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import made_up, scrape
from benchmarks.freshness.load import Load, Pace, Seen
from benchmarks.freshness.new_photos import NewPhotos
from benchmarks.freshness.shelf import KINDS, Shelf
from benchmarks.photo_host import PhotoHost, number_in, send
from benchmarks.processes import end_in_order, free_port, wait_until
from benchmarks.report import Figure, hand_over, milliseconds
from benchmarks.rest import Client
from benchmarks.servers import Postgres
from benchmarks.vitrine import Vitrine
from catalog import Scope
from service.build import open_catalog
from service.models import make_embedder
from service.settings import Settings

STORE = "bench"
WARM_UP_SECONDS = 3.0
PHOTO_SIDE = 800


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    options = parsed()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-freshness-")))
        if options.postgres:
            options.database_url = running.enter_context(Postgres()).url
        figures = measure(options, folder, running)
    settings = {name: value for name, value in vars(options).items() if name not in ("json", "database_url")}
    settings["database"] = "postgresql" if options.database_url else "sqlite"
    hand_over("freshness", figures, settings, options.json)


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=200.0, help="writes per second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--mix", default="33:53:14", help="attribute updates : re-lists : deletes")
    parser.add_argument("--looks", type=float, default=20.0, help="writes per second that searches look for")
    parser.add_argument("--photos", type=float, default=1.0, help="new photos per second, measured apart; 0 for none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database-url", help="an empty PostgreSQL database; unset: SQLite")
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL of its own, from a wheel")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(options: argparse.Namespace, folder: Path, running: ExitStack) -> dict[str, Figure]:
    """Fill a store, serve it, write and look; return all figures."""
    host = running.enter_context(
        PhotoHost(lambda asked: send(asked, made_up.jpeg(number_in(asked), options.seed, PHOTO_SIDE)))
    )
    worker_port = free_port()
    settings = {"VITRINE_ALLOWED_IMAGE_HOSTS": host.name, "VITRINE_WORKER_METRICS_PORT": str(worker_port)}
    settings |= {"VITRINE_DATABASE_URL": options.database_url} if options.database_url else {}
    data = folder / "data"
    key, image_ids = filled(data, options)
    server = running.enter_context(Vitrine(data, settings))
    server.wait_until_ready()
    client = Client(server.port, key)
    shelf = Shelf(image_ids, [float(one) for one in options.mix.split(":")], options.seed)
    pace = Pace(options.rate, options.seconds, options.connections, options.looks)
    warm_up = Pace(options.rate, WARM_UP_SECONDS, options.connections, options.looks)
    Load(client, shelf, image_ids[0], warm_up).run()
    before = scrape.scrape(server.port)
    seen = Load(client, shelf, image_ids[0], pace).run()
    after = scrape.scrape(server.port)
    figures = figures_of(seen, options.rate) | costs(before, after, seen.took_seconds)
    if options.photos:
        figures |= measure_photos(NewPhotos(client, host, image_ids[0]), options, worker_port)
    return figures


def filled(data: Path, options: argparse.Namespace) -> tuple[str, list[str]]:
    """Make the store; return a key to it and the image ids of its products."""
    settings = Settings(_env_file=None, data_dir=data, database_url=options.database_url)
    with open_catalog(settings) as catalog:
        key = made_up.open_store(catalog, STORE, {Scope.ADMIN})
        return key, made_up.fill(catalog, STORE, make_embedder(settings).space, options.products, options.seed)


def figures_of(seen: Seen, rate: float) -> dict[str, Figure]:
    """Return what was seen, over all kinds and of each."""
    figures = milliseconds("", [one for kind in KINDS for one in seen.shown_after[kind]])
    for kind in KINDS:
        figures |= milliseconds(f"{kind}_", seen.shown_after[kind])
    figures |= {"ghosts": seen.ghosts, "never_shown": seen.never_shown, "failed_writes": len(seen.failed)}
    if seen.failed:
        figures["first_fault"] = seen.failed[0]
    figures |= {"writes_per_second": len(seen.write_took) / seen.took_seconds, "writes_per_second_asked": rate}
    figures |= milliseconds("write_", seen.write_took)
    figures |= milliseconds("left_late_", seen.left_late)
    return figures | milliseconds("search_", seen.searches)


def costs(before: dict[scrape.Sample, float], after: dict[scrape.Sample, float], seconds: float) -> dict[str, Figure]:
    """Return what the load cost the API process: its share of one core, and what its follower did."""
    changes = scrape.grown(before, after, "vitrine_changes_followed_total")
    return {
        "api_cores_used": scrape.grown(before, after, "process_cpu_seconds_total") / seconds,
        "changes_followed_per_second": changes / seconds,
    }


def measure_photos(new: NewPhotos, options: argparse.Namespace, worker_port: int) -> dict[str, Figure]:
    """Measure new photos: until a search shows them, and what the worker spent on each."""
    wait_until(lambda: _answers(worker_port), "the worker answers")
    new.run(options.photos, max(WARM_UP_SECONDS, 1 / options.photos))  # loads the models
    before = scrape.scrape(worker_port)
    arrivals = new.run(options.photos, options.seconds)
    after = scrape.scrape(worker_port)
    photos = scrape.grown(before, after, "vitrine_photos_ingested_total", outcome="ready")
    spent = scrape.stages(before, after, "vitrine_ingest_stage_seconds")
    return {
        **milliseconds("new_photo_", arrivals.shown_after),
        "new_photo_never_shown": arrivals.never_shown,
        **{f"new_photo_{stage}_ms": 1e3 * seconds / max(photos, 1.0) for stage, seconds in spent.items()},
    }


def _answers(port: int) -> bool:
    try:
        return bool(scrape.scrape(port))
    except OSError:
        return False


if __name__ == "__main__":
    end_in_order()
    main()
