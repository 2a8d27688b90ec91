"""Whether every promise holds while processes are killed, servers stop, hosts misbehave and the disk fills up.

    python -m benchmarks.chaos --moments 100 --pairs 10000 --json out.json

Real PostgreSQL, real Redis, two API processes on one catalog, Celery's worker by the command line of
docker-compose.yml, with light models. Writers note every acknowledged write. At the end there must be no `lost` write,
no `ghosts` among the delete-then-search pairs, nothing `stuck` (a photo that is neither searchable, nor failed with a
reason, nor left for later for a reason that lies with a bad host, to be tried again within the hour), no `differences`
between the catalog and what each API process finds, and no bad photo `wrongly_taken`: then it ends with 0, else 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import made_up
from benchmarks.chaos.disk import small_disk
from benchmarks.chaos.hosts import BAD, GOOD, Hosts
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.pairs import Pairs
from benchmarks.chaos.stage import Stage
from benchmarks.chaos.trouble import Trouble
from benchmarks.chaos.verdict import Judge, Verdict
from benchmarks.chaos.writers import Writer
from benchmarks.processes import end_in_order, wait_until
from benchmarks.report import Figure, hand_over
from benchmarks.rest import Client
from catalog import Scope

STORE = "chaos"
WRITERS = 6
PROMISES = ("lost", "ghosts", "stuck", "differences", "wrongly_taken")
SHOWN = 10
CLIENT_SECONDS = 30.0


@dataclass(slots=True)
class Outcome:
    """Everything that a run gives."""

    verdict: Verdict
    ghosts: list[str]
    figures: dict[str, Figure]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the trouble, print what was found, end with 1 if a promise was broken."""
    options = parsed(arguments)
    outcome = run(options)
    faults = {name: outcome.ghosts if name == "ghosts" else getattr(outcome.verdict, name) for name in PROMISES}
    figures = {name: len(found) for name, found in faults.items()} | outcome.figures
    hand_over("chaos", figures, {name: value for name, value in vars(options).items() if name != "json"}, options.json)
    for name, found in {**faults, "unjust": outcome.verdict.unjust}.items():
        for one in found[:SHOWN]:
            print(f"{name}: {one}")
    sys.exit(1 if any(faults.values()) else 0)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=100, help="kills of the API, and as many of the worker")
    parser.add_argument("--pairs", type=int, default=10_000, help="deletes, each followed by a search")
    parser.add_argument("--rate", type=float, default=60.0, help="writes per second, at most")
    parser.add_argument("--redis-pause", type=float, default=30.0, help="seconds that Redis is stopped")
    parser.add_argument("--quiet", type=float, default=600.0, help="seconds that photos may wait at the end")
    parser.add_argument("--without-host", action="append", choices=(*GOOD, *BAD), default=[], help="leave a kind out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--logs", type=Path, help="keep the logs of all processes in this folder")
    parser.add_argument("--json", type=Path)
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> Outcome:
    """Set everything up, make trouble while it is written to, and judge what stands."""
    with ExitStack() as running:
        folder = options.logs or Path(running.enter_context(tempfile.TemporaryDirectory(prefix="vitrine-chaos-")))
        data = folder / "data"
        can_fill = running.enter_context(small_disk(data))
        if not can_fill:
            tell("the disk is not filled: that needs the right to mount a file system")
        hosts = running.enter_context(Hosts(options.seed, options.without_host))
        settings = {
            "VITRINE_ALLOWED_IMAGE_HOSTS": hosts.names,
            "VITRINE_FETCH_TIMEOUT_SECONDS": "3",
            "VITRINE_SNAPSHOT_EVERY_SECONDS": "5",
        }
        stage = running.enter_context(Stage(folder, data, settings))
        return on_trial(options, stage, hosts, data if can_fill else None)


def on_trial(options: argparse.Namespace, stage: Stage, hosts: Hosts, small: Path | None) -> Outcome:
    """Write, make trouble, wait until it is quiet, judge. `small` is the folder whose disk may be filled."""
    started = time.monotonic()
    key = made_up.open_store(stage.catalog, STORE, {Scope.ADMIN})
    clients = [Client(api.port, key, CLIENT_SECONDS) for api in stage.apis]
    image_id = known_photo(stage, clients[0])
    ledger, trouble = Ledger(), Trouble(stage, options.seed, tell)
    writers = [
        Writer(f"w{one}", clients, hosts, ledger, f"image:{image_id}", options.seed * 100 + one)
        for one in range(WRITERS)
    ]
    pairs = Pairs("pair", clients, ledger, image_id, options.seed)
    make_trouble(options, writers, pairs, trouble, small)
    tell(f"trouble is over after {time.monotonic() - started:.0f} s; {pairs.made} pairs made, the rest follows")
    for api in stage.apis:
        api.wait_until_ready()
    pairs.run(options.pairs, threading.Event())
    judge = Judge(stage.catalog, STORE, stage.space.id, ledger, hosts)
    tell("waiting for the last photos")
    judge.wait_until_quiet(options.quiet)
    judge.check_writes()
    judge.check_photos()
    for client in clients:
        judge.check_index(client, image_id)
    return Outcome(judge.verdict, pairs.ghosts, {
        "acknowledged": len(ledger.receipts), "unanswered": ledger.unanswered, "uploads": len(ledger.uploads),
        "pairs": pairs.made, "pairs_shown_before": pairs.shown_before,
        "products": judge.verdict.products, "searchable": judge.verdict.searchable,
        "photos_failed": judge.verdict.failed, "photos_waiting": judge.verdict.waiting,
        "good_photos_failed": len(judge.verdict.unjust),
        **dict(sorted(trouble.done.items())), "disk_filled": trouble.done["disk_filled"],
        "restarts": stage.restarts, "quiet_after_seconds": judge.verdict.quiet_after_seconds,
        "took_seconds": time.monotonic() - started,
    })  # fmt: skip


def make_trouble(
    options: argparse.Namespace, writers: Sequence[Writer], pairs: Pairs, trouble: Trouble, small: Path | None
) -> None:
    """Kill and unsettle while writers write and pairs are made; return when all trouble is over."""
    over = threading.Event()
    with ThreadPoolExecutor(WRITERS + 8) as pool:
        traffic = [pool.submit(writer.run, over, options.rate / len(writers)) for writer in writers]
        traffic.append(pool.submit(pairs.run, options.pairs, over))
        try:
            ways = [
                pool.submit(trouble.kill_apis, options.moments),
                pool.submit(trouble.kill_workers, options.moments),
                pool.submit(trouble.unsettle_servers, options.redis_pause, over),
            ]
            if small:
                ways.append(pool.submit(trouble.fill_disk, small))
            for way in ways:
                way.result()
        finally:
            over.set()
        for one in traffic:
            one.result()


def known_photo(stage: Stage, client: Client) -> str:
    """Upload a photo and list it, wait until it is described; return its image id."""
    link = client.upload(made_up.jpeg(0, seed=1)).body["image_link"]
    client.put("known", {"title": "Known", "image_link": link})
    image_id = str(link).removeprefix("image:")
    wait_until(lambda: bool(stage.catalog.images.described([image_id], stage.space.id)), "the first photo is described")
    return image_id


def tell(what: str) -> None:
    """Say what goes on."""
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


if __name__ == "__main__":
    end_in_order()
    main()
