"""Several processes at once, and processes that die: real ones, on both databases."""

from __future__ import annotations

import signal
from pathlib import Path

from catalog import Catalog, ChangeKind, ImageStatus
from tests.catalog.processes import (
    describe_and_be_killed,
    describe_everything,
    migrate,
    put_and_be_killed,
    run_together,
    write_many,
)
from tests.catalog.wares import SPACE, HeldClock, describe_waiting, photo_at, put, statuses

pytest_plugins = ("tests.catalog.both_databases",)

LINK = "https://img.example/a.jpg"


def test_processes_that_start_at_once_migrate_once(catalog_url: str, tmp_path: Path) -> None:
    assert run_together(migrate, [(catalog_url, tmp_path)] * 3) == [0, 0, 0]
    with Catalog.open(catalog_url, tmp_path) as catalog:
        catalog.stores.create("shop", "Shop")
        put(catalog, "a")
        assert catalog.changes.head() == 1


def test_processes_write_at_once_and_no_write_is_lost(catalog: Catalog, catalog_url: str, tmp_path: Path) -> None:
    writers, batches = 3, 30
    calls = [(catalog_url, tmp_path, writer, batches) for writer in range(writers)]
    assert run_together(write_many, calls) == [0] * writers
    changes = catalog.changes.after(0, 10_000)
    assert [one.seq for one in changes] == list(range(1, len(changes) + 1))
    of_shared = [one.version for one in changes if one.sku == "shared"]
    assert of_shared == list(range(1, writers * batches + 1))
    assert sum(one.kind == ChangeKind.DELETED for one in changes) == writers * batches // 2
    assert len(catalog.products.page("shop", None, 1000)) == writers * batches // 2 + 1


def test_processes_share_the_work_without_doing_any_twice(catalog: Catalog, catalog_url: str, tmp_path: Path) -> None:
    for number in range(60):
        put(catalog, f"p{number}", image_link=f"{LINK}?{number}")
    assert run_together(describe_everything, [(catalog_url, tmp_path)] * 3) == [0, 0, 0]
    assert catalog.stats("shop", SPACE).images[ImageStatus.READY] == 60
    assert catalog.changes.head() == 120  # one DESCRIBED each


def test_acknowledged_writes_survive_the_death_of_their_process(
    catalog: Catalog, catalog_url: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    assert run_together(put_and_be_killed, [(catalog_url, tmp_path, told)]) == [-signal.SIGKILL]
    skus = told.read_text().split()
    assert len(skus) == 20
    assert set(catalog.products.live("shop", skus)) == set(skus)


def test_process_that_dies_in_the_middle_of_a_description_leaves_nothing_of_it(
    catalog: Catalog, catalog_url: str, tmp_path: Path, clock: HeldClock
) -> None:
    put(catalog, "a", image_link=LINK)
    assert run_together(describe_and_be_killed, [(catalog_url, tmp_path)]) == [-signal.SIGKILL]
    one = photo_at(LINK)
    assert catalog.images.get(one.id) is None
    assert catalog.images.described([one.id], SPACE) == set()
    assert statuses(catalog, "a") == [ImageStatus.PENDING]
    assert catalog.changes.head() == 1
    clock.advance(61)
    assert [task.attempts for task in describe_waiting(catalog)] == [1]
    assert statuses(catalog, "a") == [ImageStatus.READY]
