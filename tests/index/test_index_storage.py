"""Each storage answers as the others do, and one snapshot serves them all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Entry, IndexedRegion, Vectors
from index.faiss_index import FaissIndex
from index.inverted_lists import InvertedLists, Training
from index.storage import STORAGES, UnknownStorage
from tests.index.shop import clustered, queries, shop

D = 64
SPACE = "space@1"
ENTRIES = shop(4_000, D)


def filled(storage: str) -> FaissIndex:
    index = FaissIndex(exact_below=1_000, storage=storage)
    index.upsert("store", SPACE, ENTRIES)
    index.settle()
    return index


def answers(index: FaissIndex) -> list[set[str]]:
    return [{one.sku for one in page} for page in index.search("store", SPACE, queries(ENTRIES, 50), 10)]


def agreement(some: list[set[str]], others: list[set[str]]) -> float:
    return sum(len(one & other) for one, other in zip(some, others, strict=True)) / sum(map(len, others))


def test_unknown_storage_is_refused_and_those_there_are_named() -> None:
    with pytest.raises(UnknownStorage, match=r"'4bit'.*float32, float16, 8bit, rabitq"):
        FaissIndex(storage="4bit")


@pytest.mark.parametrize("before", STORAGES)
@pytest.mark.parametrize("after", STORAGES)
def test_snapshot_of_one_storage_is_restored_into_another(before: str, after: str, tmp_path: Path) -> None:
    index = filled(before)
    index.snapshot(tmp_path, 7)
    restored = FaissIndex(exact_below=1_000, storage=after)
    assert restored.restore(tmp_path) == 7
    assert agreement(answers(restored), answers(index)) >= 0.99
    restored.snapshot(tmp_path, 8)
    again = FaissIndex(exact_below=1_000, storage=after)
    assert again.restore(tmp_path) == 8
    assert answers(again) == answers(restored)


@pytest.mark.parametrize("storage", STORAGES)
def test_lists_do_not_lose_what_comes_after_their_training(storage: str) -> None:
    """What the storage learnt of the vectors was learnt before these came, all on one side."""
    index = filled(storage)
    late = shop(800, D, seed=5)
    vectors = np.stack([(entry.regions or ())[0].vector for entry in late])
    turned = [(0.3 * vectors + np.eye(D, dtype=np.float32)[0])[number] for number in range(len(late))]
    turned = [vector / np.linalg.norm(vector) for vector in turned]
    for entry, vector in zip(late, turned, strict=True):
        index.upsert("store", SPACE, [_moved(entry, vector)])
    for entry, vector in list(zip(late, turned, strict=True))[::40]:
        assert index.search("store", SPACE, vector[None].astype(np.float32), 1)[0][0].sku == f"late {entry.sku}"


def _moved(entry: Entry, vector: Vectors) -> Entry:
    return replace(entry, sku=f"late {entry.sku}", regions=(IndexedRegion("image", 0, vector.astype(np.float32)),))


@pytest.mark.parametrize("name", [name for name, storage in STORAGES.items() if storage.rounding])
def test_rounded_scores_are_as_near_to_the_true_ones_as_is_said(name: str) -> None:
    storage, vectors = STORAGES[name], clustered(3_000, D)
    centres = vectors[:20].copy()
    lists = InvertedLists(Training(centres, np.zeros(1), np.ones(1), storage.learn(vectors)), storage)
    lists.add(np.arange(len(vectors)), vectors, lists.nearest(vectors))
    for query in vectors[::300] * np.float32(0.5) + vectors[1::300] * np.float32(0.4):
        rows, scores = lists.search(lists.nearest_to(query, lists.count), 0, lists.count, 500, None)
        assert len(rows) == 500
        assert np.abs(scores - vectors[rows] @ query).max() < storage.rounding
