"""How many catalog changes a second become durable and searchable, in JD's mix, while shoppers search.

    python -m benchmarks.replay --json out.json              SQLite
    python -m benchmarks.replay --postgres --json out.json

JD counted 977 million changes in a day, 80 million of them in its peak hour, 22,300 a second for the whole cluster:
32 % attribute updates, 53 % additions, 98.5 % of which had known photos, and 14 % deletions (Li et al., "The Design and
Implementation of a Real Time Visual Search System on JD E-commerce Platform", 2018, https://arxiv.org/abs/1908.07389).

A made-up store is served by a real API process whose index follows the log. A writer process sends NDJSON lines in that
mix through the door of feeds and batches. Additions list products deleted before, or new ones with a photo that is
known; the 1.5 % of them with a new photo wait for workers, for which a thread stands in: two cores could not run the
models for them. `changes_per_second` counts from the first write until the index holds the last one, with two searches
a second going on. Searches are POSTs of a photo, through the shipped models. `search_p50_ms_idle` and
`search_p50_ms_loaded` are measured in turns, without writes and with 2,000 changes a second. The products' vectors lie
around those of rendered garments, some of which the photo shows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import made_up, scrape
from benchmarks.processes import Process, free_port, python, wait_until
from benchmarks.replay.shopper import Shopper, rendered_shop
from benchmarks.replay.writer import Plan, Written, write
from benchmarks.report import Figure, hand_over, milliseconds
from benchmarks.rest import Client
from benchmarks.servers import Postgres
from benchmarks.vitrine import QUIET
from catalog import Scope
from service.build import open_catalog
from service.commands.serve import gunicorn_command
from service.models import make_embedder
from service.settings import Settings

STORE = "bench"
SEARCHES_PER_SECOND = 2.0
CATCH_UP_SECONDS = 120.0
JD_PEAK_PER_SECOND = 22_300
INDEX_SEQ = ("vitrine_index_seq", ())


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    options = parsed()
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-replay-")))
        url = running.enter_context(Postgres()).url if options.postgres else None
        figures = measure(options, Settings(_env_file=None, data_dir=folder / "data", database_url=url), running)
    settings = {name: value for name, value in vars(options).items() if name != "json"}
    hand_over("replay", figures, settings | {"database": "postgresql" if url else "sqlite"}, options.json)


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=300_000, help="written as fast as they are taken")
    parser.add_argument("--paced", type=float, default=2_000.0, help="changes a second beside which searches are timed")
    parser.add_argument("--turns", type=int, default=4, help="of searches without and with paced changes")
    parser.add_argument("--turn-seconds", type=float, default=12.0)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL of its own, from a wheel; else SQLite")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(options: argparse.Namespace, settings: Settings, running: ExitStack) -> dict[str, Figure]:
    """Fill a store, serve it, write and search; return all figures."""
    embedder = make_embedder(settings)
    space, (kinds, photo) = embedder.space, rendered_shop(settings.data_dir.parent / "shop", embedder)
    began = time.monotonic()
    with open_catalog(settings) as catalog:
        key = made_up.open_store(catalog, STORE, {Scope.ADMIN})
        made_up.fill(catalog, STORE, space, options.products, kinds=kinds)
    filled = time.monotonic()
    port = serve(settings, running)
    figures: dict[str, Figure] = {"fill_seconds": filled - began, "start_seconds": time.monotonic() - filled}
    ours, theirs = multiprocessing.Pipe()
    arguments = (settings.catalog_url, settings.data_dir / "images", STORE, space, kinds, options.products, theirs)
    writer = multiprocessing.get_context("spawn").Process(target=write, args=arguments, daemon=True)
    writer.start()
    shopper = Shopper(Client(port, key), photo)
    shopper.search_for(5.0)  # warms up caches and connections
    figures |= take_turns(options, ours, shopper)
    figures |= flat_out(options, ours, shopper, port)
    ours.send(None)
    writer.join()
    return figures


def serve(settings: Settings, running: ExitStack) -> int:
    """Start the API process alone, as `vitrine serve` does, and return its port when it is ready."""
    port = free_port()
    environment = QUIET | {"VITRINE_DATA_DIR": str(settings.data_dir)}
    environment |= {"VITRINE_DATABASE_URL": settings.database_url} if settings.database_url else {}
    command = python(*gunicorn_command(settings, f"127.0.0.1:{port}")[1:])
    server = running.enter_context(Process("api", command, environment, settings.data_dir.parent / "api.log"))
    wait_until(Client(port, timeout_seconds=5.0).is_ready, f"the server is ready (see {server.log})")
    return port


def take_turns(options: argparse.Namespace, writer: Connection, shopper: Shopper) -> dict[str, Figure]:
    """Search without writes and beside paced writes, in turns, so that a machine that drifts does so for both."""
    idle: list[float] = []
    loaded: list[float] = []
    for _ in range(options.turns):
        idle += shopper.search_for(options.turn_seconds)
        begin(writer, Plan(int(options.paced * options.turn_seconds), options.paced))
        loaded += shopper.search_for(options.turn_seconds)
        writer.recv()
    figures = _median("idle", idle) | _median("loaded", loaded)
    before, after = figures["search_p50_ms_idle"], figures["search_p50_ms_loaded"]
    assert isinstance(before, float) and isinstance(after, float)
    return figures | {"search_p50_ratio": after / before, "changes_per_second_beside": options.paced}


def flat_out(options: argparse.Namespace, writer: Connection, shopper: Shopper, port: int) -> dict[str, Figure]:
    """Write as fast as writes are taken, two searches a second beside; return the rate and what searches took."""
    begin(writer, Plan(options.changes))
    with shopper.searching() as times:
        written: Written = writer.recv()
        wait_until(lambda: scrape.scrape(port)[INDEX_SEQ] >= written.seq, "the index catches up", CATCH_UP_SECONDS)
        searchable_at = time.monotonic()
    seconds = searchable_at - written.began_at
    return {
        "changes_per_second": written.changes / seconds,
        "durable_per_second": written.changes / (written.ended_at - written.began_at),
        "index_behind_seconds": searchable_at - written.ended_at,
        "of_jd_peak": written.changes / seconds / JD_PEAK_PER_SECOND,
        "refused": written.refused,
    } | _median("flat_out", times)


def begin(writer: Connection, plan: Plan) -> None:
    """Let the writer make its lines, and start it."""
    writer.send(plan)
    writer.recv()
    writer.send("go")


def _median(name: str, seconds: list[float]) -> dict[str, Figure]:
    found = milliseconds("", seconds)
    return {f"search_p50_ms_{name}": found["p50_ms"], f"search_p99_ms_{name}": found["p99_ms"],
            f"searches_{name}": found["count"]}  # fmt: skip


if __name__ == "__main__":
    main()
