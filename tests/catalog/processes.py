"""What tests run in processes of their own: writers beside each other, and ones that are killed at a chosen moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from catalog import Catalog
from tests.catalog.wares import SPACE, HeldClock, described, fields, photo_at

LIMIT_SECONDS = 120.0
# Clean processes that share nothing with the test's own, from a server that has done the imports.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def run_together(target: Callable[..., None], calls: list[tuple[Any, ...]]) -> list[int | None]:
    """Run `target` once per tuple of arguments, each in a process; return their exit codes."""
    started = [_context.Process(target=target, args=arguments, daemon=True) for arguments in calls]
    for process in started:
        process.start()
    for process in started:
        process.join(LIMIT_SECONDS)
    return [process.exitcode for process in started]


def migrate(url: str, folder: Path) -> None:
    with Catalog.open(url, folder) as catalog:
        catalog.migrate()


def write_many(url: str, folder: Path, writer: int, batches: int) -> None:
    """Put products of its own, change one that all writers share, and delete every second of its own."""
    with Catalog.open(url, folder) as catalog:
        for batch in range(batches):
            own = f"w{writer}-{batch}"
            catalog.products.put("shop", [(own, fields()), ("shared", fields(title=own))], SPACE)
            if batch % 2:
                catalog.products.delete("shop", [own])


def describe_everything(url: str, folder: Path) -> None:
    with Catalog.open(url, folder, clock=HeldClock()) as catalog:
        while tasks := catalog.images.claim(3, 60.0):
            for task in tasks:
                one = photo_at(task.link)
                catalog.images.describe_ready(task, one.image, described(one))


def put_and_be_killed(url: str, folder: Path, told: Path) -> None:
    """Note every receipt, then die without closing anything."""
    catalog = Catalog.open(url, folder)
    for number in range(20):
        [receipt] = catalog.products.put("shop", [(f"p{number}", fields())], SPACE)
        with told.open("a") as file:
            file.write(f"{receipt.sku}\n")
    os.kill(os.getpid(), signal.SIGKILL)


def describe_and_be_killed(url: str, folder: Path) -> None:
    """Claim a photo, and die when all but the last statement of its description has run."""
    catalog = Catalog.open(url, folder, clock=HeldClock())
    [task] = catalog.images.claim(1, 60.0)
    one = photo_at(task.link)

    @event.listens_for(Engine, "before_cursor_execute")
    def die(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.startswith("INSERT INTO changes"):
            os.kill(os.getpid(), signal.SIGKILL)

    catalog.images.describe_ready(task, one.image, described(one))
