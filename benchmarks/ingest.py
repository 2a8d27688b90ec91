"""New photos per second from end to end: downloaded, decoded, described by the shipped models, stored, searchable.

    python -m benchmarks.ingest --photos 300 --database both --json out.json

Products are listed through REST with photos on an HTTP server of the benchmark's own; a real `vitrine serve` with its
embedded worker makes them searchable. The photos are rendered garments, each with bytes of its own. `images_per_second`
goes from the batch's answer until every product can be found. The stages are the worker's own metrics, in milliseconds
per photo; stages that run beside each other add up to more than the time that went by.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from benchmarks import made_up, scrape
from benchmarks.photo_host import PhotoHost, number_in, send
from benchmarks.processes import end_in_order, free_port, wait_until
from benchmarks.report import Figure, hand_over
from benchmarks.rest import Client
from benchmarks.servers import Postgres
from benchmarks.vitrine import Vitrine
from catalog import Scope
from demo.garments import render_product
from demo.shop import products
from service.build import open_catalog
from service.settings import Settings

STORE = "bench"
DATABASES = ("sqlite", "postgresql")
RENDERED = 24
WARM_UP = 16
LIMIT_SECONDS = 3_600.0
COMMENT = b"\xff\xfe"


def main() -> None:
    """Measure, print a table and write it as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    photos = rendered(options.seed)
    figures: dict[str, Figure] = {}
    for database in DATABASES if options.database == "both" else (options.database,):
        measured = measure(database, photos, options.photos)
        figures |= {f"{database}_{name}": figure for name, figure in measured.items()}
    settings = {name: value for name, value in vars(options).items() if name != "json"}
    hand_over("ingest", figures, settings, options.json)


def rendered(seed: int) -> list[bytes]:
    """Return some photos of garments, as JPEG."""
    photos = []
    for spec in products(RENDERED, seed):
        data = io.BytesIO()
        Image.fromarray(render_product(spec, 0).pixels).save(data, "JPEG", quality=88)
        photos.append(data.getvalue())
    return photos


def measure(database: str, photos: Sequence[bytes], count: int) -> dict[str, Figure]:
    """List `count` products and wait until all are searchable; return the figures."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-ingest-")))
        host = running.enter_context(PhotoHost(lambda asked: send(asked, photo(photos, number_in(asked)))))
        worker_port = free_port()
        settings = {"VITRINE_ALLOWED_IMAGE_HOSTS": host.name, "VITRINE_WORKER_METRICS_PORT": str(worker_port)}
        if database == "postgresql":
            settings["VITRINE_DATABASE_URL"] = running.enter_context(Postgres()).url
        server = running.enter_context(Vitrine(folder / "data", settings))
        client = Client(server.port, new_key(folder / "data", settings))
        server.wait_until_ready()
        list_products(client, host, range(WARM_UP))
        before = scrape.scrape(worker_port)
        started = time.monotonic()
        list_products(client, host, range(WARM_UP, WARM_UP + count))
        return figures_of(count, time.monotonic() - started, before, scrape.scrape(worker_port))


def new_key(data: Path, settings: Mapping[str, str]) -> str:
    """Make the store; return a key to it."""
    made = Settings(_env_file=None, data_dir=data, database_url=settings.get("VITRINE_DATABASE_URL"))
    with open_catalog(made) as catalog:
        return made_up.open_store(catalog, STORE, {Scope.ADMIN})


def list_products(client: Client, host: PhotoHost, numbers: range) -> None:
    """List a product with one new photo per number, and wait until all of them can be found."""
    lines = [
        {"sku": made_up.sku(one), "title": f"Garment {one}", "image_link": host.link(f"{one}.jpg")} for one in numbers
    ]
    reply = client.put_many(lines)
    if reply.status != 200 or reply.body["accepted"] != len(lines):
        raise RuntimeError(f"the batch was not taken: {reply.status} {str(reply.body)[:500]}")
    wait_until(lambda: is_settled(client), "all photos are described", LIMIT_SECONDS)


def is_settled(client: Client) -> bool:
    """Whether no photo waits and the index holds every change. Raises RuntimeError where a photo failed."""
    stats = client.ask("GET", "/v1/stats").body
    if stats["images"]["failed"]:
        raise RuntimeError(f"{stats['images']['failed']} photos failed; see GET /v1/products/{{sku}} for the reasons")
    return not stats["images"]["pending"] and stats["index_seq"] >= stats["seq"]


def figures_of(
    count: int, seconds: float, before: dict[scrape.Sample, float], after: dict[scrape.Sample, float]
) -> dict[str, Figure]:
    """Return the rate, what each stage took per photo, and what the worker used of the machine."""
    spent = scrape.stages(before, after, "vitrine_ingest_stage_seconds")
    cpu = scrape.grown(before, after, "process_cpu_seconds_total")
    return {
        "images_per_second": count / seconds,
        "images": count,
        **{f"{stage}_ms": 1e3 * taken / count for stage, taken in spent.items()},
        "worker_cores_used": cpu / seconds,
    }


def photo(photos: Sequence[bytes], number: int) -> bytes:
    """Return a photo whose bytes no other number has: one of those given, with the number as a comment."""
    said = f"photo {number}".encode()
    one = photos[number % len(photos)]
    return one[:2] + COMMENT + (len(said) + 2).to_bytes(2, "big") + said + one[2:]


if __name__ == "__main__":
    end_in_order()
    main()
