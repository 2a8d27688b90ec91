"""PostgreSQL may commit transactions in any order; the log must not. The order is forced, on real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event

from catalog import Catalog
from tests.catalog.wares import put

pytest_plugins = ("tests.postgres",)

LIMIT_SECONDS = 60.0


@pytest.fixture
def late(postgres_url: str, tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(postgres_url, tmp_path) as catalog:
        catalog.migrate()
        for store in ("late", "early"):
            catalog.stores.create(store, store)
        yield catalog


class Gate:
    """Holds the first commit that comes until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, _connection: object) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(LIMIT_SECONDS)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    event.listen(Engine, "commit", made)
    yield made
    event.remove(Engine, "commit", made)


def test_follower_never_skips_a_transaction_that_took_its_number_first_and_commits_last(
    late: Catalog, gate: Gate, postgres_url: str
) -> None:
    first = _started(lambda: put(late, "first", store="late"))
    assert gate.reached.wait(LIMIT_SECONDS)  # it has its number, and has not committed
    second = _started(lambda: put(late, "second", store="early"))
    _wait_until_blocked(postgres_url)  # it waits for its number, so it cannot commit before
    assert late.changes.after(0, 10) == []
    assert late.changes.head() == 0
    gate.opened.set()
    first.join(LIMIT_SECONDS)
    second.join(LIMIT_SECONDS)
    assert [(one.seq, one.sku) for one in late.changes.after(0, 10)] == [(1, "first"), (2, "second")]


def test_numbers_of_a_transaction_that_fails_are_given_out_again(late: Catalog, postgres_url: str) -> None:
    class Failed(Exception):
        pass

    def fail(_connection: object) -> None:
        raise Failed

    put(late, "a", store="late")
    event.listen(Engine, "commit", fail)
    try:
        with pytest.raises(Failed):
            put(late, "b", store="late")
    finally:
        event.remove(Engine, "commit", fail)
    assert late.products.get("late", "b") is None
    assert put(late, "c", store="early") == (1, 2)


def _started(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def _wait_until_blocked(url: str) -> None:
    """Wait until some transaction waits for another's lock."""
    pause = threading.Event()
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(int(LIMIT_SECONDS / 0.02)):
            if connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (0,):
                return
            pause.wait(0.02)
    raise AssertionError("nothing came to wait")
