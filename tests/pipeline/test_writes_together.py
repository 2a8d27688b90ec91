"""Single writes that wait for each other share a transaction; each gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog import CatalogUnavailable, Delete, Edit, Receipt, UnknownProduct
from pipeline.together import Outcome, Together

LIMIT_SECONDS = 30.0


class Store:
    """Takes writes; the first call waits until it is let go, so that others gather."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.first_is_in, self.go_on = threading.Event(), threading.Event()
        self.fault: BaseException | None = None

    def apply(self, store: str, edits: Sequence[Edit]) -> list[Outcome]:
        self.calls.append((store, [edit.sku for edit in edits]))
        if not self.first_is_in.is_set():
            self.first_is_in.set()
            assert self.go_on.wait(LIMIT_SECONDS)
        elif self.fault:
            raise self.fault
        return [UnknownProduct(edit.sku) if edit.sku.startswith("no-") else Receipt(edit.sku, 1, 7) for edit in edits]


def gathered(store: Store, together: Together, asked: list[tuple[str, str]]) -> list[Receipt | BaseException]:
    """Write one, and the others while it is under way; return what each came to."""

    def write(of: str, sku: str) -> Receipt | BaseException:
        try:
            return together.write(of, Delete(sku))
        except (CatalogUnavailable, UnknownProduct) as error:
            return error

    with ThreadPoolExecutor(len(asked) + 1) as pool:
        first = pool.submit(write, "shop", "first")
        assert store.first_is_in.wait(LIMIT_SECONDS)
        others = [pool.submit(write, *one) for one in asked]
        waiting = threading.Event()
        while len(together._waiting) < len(asked):
            waiting.wait(0.001)
        store.go_on.set()
        return [first.result(LIMIT_SECONDS), *(one.result(LIMIT_SECONDS) for one in others)]


def test_writes_that_gather_go_in_one_call_and_each_has_its_answer() -> None:
    store = Store()
    outcomes = gathered(store, Together(store.apply), [("shop", f"s{number}") for number in range(8)])
    assert [one.sku for one in outcomes if isinstance(one, Receipt)] == ["first", *(f"s{one}" for one in range(8))]
    assert len(store.calls) == 2 and sorted(store.calls[1][1]) == [f"s{number}" for number in range(8)]


def test_one_that_cannot_be_taken_harms_no_other() -> None:
    store = Store()
    outcomes = gathered(store, Together(store.apply), [("shop", "a"), ("shop", "no-such"), ("shop", "b")])
    assert [type(one) for one in outcomes] == [Receipt, Receipt, UnknownProduct, Receipt]


def test_stores_are_written_apart() -> None:
    store = Store()
    gathered(store, Together(store.apply), [("shop", "a"), ("other", "b"), ("shop", "c")])
    assert {(of, tuple(sorted(skus))) for of, skus in store.calls[1:]} == {("shop", ("a", "c")), ("other", ("b",))}


def test_all_learn_of_a_database_that_is_away_and_later_writes_go_on() -> None:
    store = Store()
    store.fault = CatalogUnavailable("away")
    together = Together(store.apply)
    outcomes = gathered(store, together, [("shop", "a"), ("shop", "b")])
    assert [type(one) for one in outcomes] == [Receipt, CatalogUnavailable, CatalogUnavailable]
    store.fault = None
    assert together.write("shop", Delete("c")).sku == "c"


def test_a_process_that_is_ended_under_way_leaves_nobody_waiting() -> None:
    store = Store()
    store.first_is_in.set()
    store.fault = KeyboardInterrupt()
    together = Together(store.apply)
    with pytest.raises(KeyboardInterrupt):
        together.write("shop", Delete("a"))
    store.fault = None
    assert together.write("shop", Delete("b")).sku == "b"
