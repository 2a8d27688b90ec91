"""The merchant's side in a process of its own: sends lines through the door of feeds and batches, flat out or paced."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks import made_up
from benchmarks.replay.mix import Mix
from catalog import Catalog
from embedder import Space, Vectors
from pipeline.sync import CHUNK, Sync
from runtime.collector import look_seldom
from runtime.threads import stand_back
from workers.duties import NICENESS

PACED_CHUNK_SECONDS = 0.1
PHOTOS_AT_ONCE = 100
PAUSE_SECONDS = 0.02
LEASE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: so many changes, at `rate` a second or, for None, as fast as they are taken."""

    changes: int
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the first write began and the last one was durable at these times (monotonic, seconds)."""

    changes: int
    refused: int
    seq: int
    began_at: float
    ended_at: float


def write(url: str, blobs: Path, store: str, space: Space, kinds: Vectors, products: int, pipe: Connection) -> None:
    """Take plans from the pipe and answer each with what was written, until None comes.

    Says "ready" as soon as the lines of a plan are made, and begins when it is told anything.
    """
    stand_back(NICENESS)  # as workers do
    look_seldom()
    with Catalog.open(url, blobs) as catalog:
        stopping = threading.Event()
        stand_in = threading.Thread(target=describe, args=(catalog, space, kinds, stopping), daemon=True)
        stand_in.start()
        mix, sync = Mix(products, seed=1), Sync(catalog, lambda: space.id, lambda: None)
        while (plan := pipe.recv()) is not None:
            lines = list(mix.lines(plan.changes))
            pipe.send("ready")
            pipe.recv()
            pipe.send(_written(sync, store, lines, plan.rate))
        stopping.set()
        stand_in.join()


def describe(catalog: Catalog, space: Space, kinds: Vectors, stopping: threading.Event) -> None:
    """Stand in for workers whose models are as fast as need be: every photo that waits gets a made-up description."""
    random = np.random.default_rng(7)
    while not stopping.is_set():
        tasks = catalog.images.claim(PHOTOS_AT_ONCE, LEASE_SECONDS)
        for task in tasks:
            image_id = task.link.removeprefix("image:")
            image = made_up.stored_image(image_id)
            catalog.images.describe_ready(task, image, made_up.description(image_id, space, random, kinds))
        if not tasks:
            stopping.wait(PAUSE_SECONDS)


def _written(sync: Sync, store: str, lines: Sequence[bytes], rate: float | None) -> Written:
    began, seq, refused = time.monotonic(), 0, 0
    size = max(1, int(rate * PACED_CHUNK_SECONDS)) if rate else CHUNK
    for start in range(0, len(lines), size):
        if rate:
            time.sleep(max(0.0, began + start / rate - time.monotonic()))
        for result in sync.batch(store, lines[start : start + size]):
            seq = result.receipt.seq if result.receipt else seq
            refused += result.status != "ok"
    return Written(len(lines), refused, seq, began, time.monotonic())
