"""While lists are learnt, writes and searches go on, and nothing that was written meanwhile is lost or comes back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from index import Entry
from index.faiss_index import FaissIndex
from tests.index.beside import beside
from tests.index.shop import shop

D = 32
SPACE = "space@1"
ENTRIES = shop(6_000, D)


def nearest(index: FaissIndex, entry: Entry, store: str = "store") -> tuple[str, float]:
    best = index.search(store, SPACE, (entry.regions or ())[0].vector[None], 1)[0][0]
    return best.sku, round(best.score, 3)


def test_what_is_written_during_a_training_is_in_its_lists() -> None:
    """The first half starts a training; deletes, moves and new products follow at once."""
    index = FaissIndex(exact_below=1_000)
    index.upsert("store", SPACE, ENTRIES[:3_000])
    index.delete("store", [entry.sku for entry in ENTRIES[:500]])
    moved = [replace(entry, sku=ENTRIES[500 + number].sku, version=2) for number, entry in enumerate(ENTRIES[5_500:])]
    index.upsert("store", SPACE, moved)
    index.upsert("store", SPACE, ENTRIES[3_000:5_500])
    index.settle()
    held = moved + ENTRIES[1_000:5_500]
    assert dict(index.scan("store", SPACE)) == {entry.sku: entry.version for entry in held}
    for entry in held[::7]:
        assert nearest(index, entry) == (entry.sku, 1.0)
    for entry in ENTRIES[:1_000:7]:
        sku, score = nearest(index, entry)
        assert sku in dict(index.scan("store", SPACE)) and score < 1.0


def test_lists_follow_a_store_that_grows_and_shrinks() -> None:
    index = FaissIndex(exact_below=200)
    for size in (100, 300, 3_000, 6_000, 250, 50, 6_000):
        held = dict(index.scan("store", SPACE))
        index.delete("store", [sku for sku in held if int(sku[1:]) >= size])
        index.upsert("store", SPACE, [entry for entry in ENTRIES[:size] if entry.sku not in held])
        index.settle()
        assert index.count("store", SPACE) == size
        for entry in ENTRIES[: size : max(1, size // 40)]:
            assert nearest(index, entry) == (entry.sku, 1.0)


def test_searches_and_writes_of_many_stores_go_on_during_trainings() -> None:
    index = FaissIndex(exact_below=300)
    wrong: list[object] = []
    random = np.random.default_rng(1)

    def look() -> None:
        entry = ENTRIES[int(random.integers(0, 300))]
        for store in ("0", "1", "2"):
            page = index.search(store, SPACE, (entry.regions or ())[0].vector[None], 1)[0]
            wrong.extend(one for one in page if one.sku != entry.sku or one.score < 0.999)

    for store in ("0", "1", "2"):
        index.upsert(store, SPACE, ENTRIES[:300])
    with beside(look):
        for start in range(300, 5_000, 200):
            for store in ("0", "1", "2"):
                index.upsert(store, SPACE, ENTRIES[start : start + 200])
        index.settle()
    assert wrong == []
    for entry in ENTRIES[:5_000:11]:
        for store in ("0", "1", "2"):
            assert nearest(index, entry, store) == (entry.sku, 1.0)


def test_writes_up_to_the_last_moment_of_a_training_are_in_its_lists() -> None:
    """One product after another moves to a new vector, without a pause, until after the lists are in use."""
    index = FaissIndex(exact_below=2_000)
    index.upsert("store", SPACE, ENTRIES[:1_990])
    moves = itertools.count()
    last: dict[str, Entry] = {}

    def move() -> None:
        number = next(moves)
        moved = replace(ENTRIES[2_100 + number % 3_900], sku=ENTRIES[number % 1_500].sku, version=2 + number)
        index.upsert("store", SPACE, [moved])
        last[moved.sku] = moved

    for start in range(1_990, 2_090, 20):  # each crosses the size at which lists come, and goes back
        with beside(move):
            index.upsert("store", SPACE, ENTRIES[start : start + 20])
            index.settle()
        held = [last.get(entry.sku, entry) for entry in ENTRIES[: start + 20]]
        for entry in held[:1_500]:
            assert nearest(index, entry)[1] == 1.0
        index.delete("store", [entry.sku for entry in ENTRIES[900 : start + 20]])  # few are left: no lists
        index.upsert("store", SPACE, [replace(entry, version=entry.version) for entry in held[900:]])


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("count", range(2, 12))
def test_lists_are_learnt_of_the_fewest_rows(count: int) -> None:
    index = FaissIndex(exact_below=1)
    index.upsert("store", SPACE, ENTRIES[:count])
    index.settle()
    assert [nearest(index, entry)[0] for entry in ENTRIES[:count]] == [entry.sku for entry in ENTRIES[:count]]
