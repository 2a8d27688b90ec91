"""What goes wrong: processes are killed at random moments, servers stop, the disk fills up."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.chaos.stage import Stage, processes_of
from benchmarks.processes import NotInTime, Process, children, kill, wait_until

LONGEST_LIFE_SECONDS = 3.0  # of a process that was ready, until it is killed again
IMPATIENT_SHARE = 0.2  # of kills do not wait until the process is ready: they hit its start
START_SECONDS = 15.0  # at most, for Celery to start its children; beat alone has none
FLUSHES = 3
FULL_SECONDS = 5.0
BLOCK = bytes(256 * 1024)


class Trouble:
    """Makes trouble; `done` counts what was done."""

    def __init__(self, stage: Stage, seed: int, tell: Callable[[str], None]) -> None:
        self._stage = stage
        self._seed = seed
        self._tell = tell
        self.done: Counter[str] = Counter()

    def kill_apis(self, moments: int) -> None:
        """Kill one of the API processes, whole or a part of it, at that many random moments."""
        chance = random.Random(self._seed)
        for _ in range(moments):
            api = chance.choice(self._stage.apis)
            if chance.random() > IMPATIENT_SHARE:
                with suppress(NotInTime):
                    api.wait_until_ready()
            time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
            parts = processes_of(api)
            part = chance.choices(("searcher", "arbiter", "supervisor", "all"), (6, 1, 1, 2))[0]
            if part in parts:
                kill(parts[part])
            else:
                api.kill_all()
            self.done[f"killed_api_{part}"] += 1

    def kill_workers(self, moments: int) -> None:
        """Kill one of Celery's processes, whole or only one of its children, at that many random moments."""
        chance = random.Random(self._seed + 1)
        for _ in range(moments):
            worker = chance.choice(self._stage.workers)
            if chance.random() > IMPATIENT_SHARE:
                _wait_for_children(worker)
            time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
            below = children(worker.pid)
            if below and chance.random() < 0.5:
                kill(chance.choice(below))
                self.done["killed_worker_child"] += 1
            else:
                worker.kill_all()
                self.done["killed_worker_all"] += 1

    def unsettle_servers(self, redis_pause_seconds: float, stopping: threading.Event) -> None:
        """Flush Redis some times, stop it for a while, restart PostgreSQL orderly and by a crash."""
        chance = random.Random(self._seed + 2)
        for _ in range(FLUSHES):
            stopping.wait(chance.uniform(0.5, 2.0))
            self._stage.redis.flush()
            self.done["redis_flushed"] += 1
        self._tell(f"Redis stops for {redis_pause_seconds:g} s")
        self._stage.redis.stop()
        stopping.wait(redis_pause_seconds)
        self._stage.redis.start()
        self.done["redis_stopped"] += 1
        for crash in (False, True):
            stopping.wait(chance.uniform(1.0, 4.0))
            self._tell("PostgreSQL crashes" if crash else "PostgreSQL restarts")
            self._stage.postgres.restart(crash=crash)
            self.done["postgres_crashed" if crash else "postgres_restarted"] += 1

    def fill_disk(self, data: Path) -> None:
        """Fill the small file system under the data folder to its last byte, wait, and free it."""
        self._tell("the disk is full")
        filler = data / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(BLOCK)
        time.sleep(FULL_SECONDS)
        filler.unlink()
        self.done["disk_filled"] += 1


def _wait_for_children(worker: Process) -> None:
    """Wait until the process has children; no longer than one needs to start, for beat has none."""
    with suppress(NotInTime):
        wait_until(lambda: bool(children(worker.pid)), f"{worker.name} has started", START_SECONDS)
