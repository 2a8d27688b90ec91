"""Whatever is done to it, in whatever order, the index answers as brute force does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index import Between, Condition, Entry, IndexedRegion, Not, OneOf, Vectors, Where
from index.faiss_index import FaissIndex
from index.storage import STORAGES
from tests.index.brute_force import BruteForce
from tests.index.shop import unit

D = 8
POOL = unit(np.random.default_rng(7).standard_normal((40, D)))
STORES, SPACES = ("one", "two"), ("a@1", "b@1")

places = st.tuples(st.sampled_from(STORES), st.sampled_from(SPACES))
skus = st.integers(0, 30).map(lambda number: f"sku {number}")
texts = st.sampled_from(["red", "blue", "green", "", "é"])
numbers = st.sampled_from([0.0, -1.5, 2.0, 3.0, 1e9, float("nan")])
values = st.one_of(texts, numbers, st.lists(texts, max_size=3).map(tuple))
fields = st.sampled_from(["f", "g", "h"])
attributes = st.dictionaries(fields, values, max_size=3)
regions = st.lists(st.integers(0, len(POOL) - 1), max_size=4).map(
    lambda chosen: tuple(IndexedRegion(f"image {one}", place, POOL[one]) for place, one in enumerate(chosen))
)
entries = st.builds(Entry, skus, st.integers(1, 5), attributes, st.one_of(st.none(), regions))
devices = st.sampled_from(["cpu", "cpu:0"])  # FAISS, and torch as on a GPU
ends = st.one_of(st.none(), st.sampled_from([-2.0, 0.0, 2.0, 2.5]))
plain: st.SearchStrategy[OneOf | Between] = st.one_of(
    st.builds(OneOf, fields, st.lists(st.one_of(texts, numbers), max_size=3).map(tuple)),
    st.builds(Between, fields, ends, ends),
)
conditions: st.SearchStrategy[Condition] = st.one_of(plain, st.builds(Not, plain))
filters = st.builds(Where, st.lists(conditions, max_size=3).map(tuple))


class AnyOrderOfOperations(RuleBasedStateMachine):
    """The index and the plain model, side by side; `exact_below` 12 makes lists come and go, or the device come in."""

    @initialize(exact_below=st.sampled_from([12, 10_000]), storage=st.sampled_from(list(STORAGES)), device=devices)
    def start(self, exact_below: int, storage: str, device: str) -> None:
        self.exact_below = exact_below
        self.index = FaissIndex(exact_below=exact_below, storage=storage, device=device)
        self.truth = BruteForce(STORAGES[storage].rows)

    @rule(place=places, batch=st.lists(entries, max_size=12))
    def upsert(self, place: tuple[str, str], batch: list[Entry]) -> None:
        assert self.index.upsert(*place, batch) == self.truth.upsert(*place, batch)

    @rule(store=st.sampled_from(STORES), gone=st.lists(skus, max_size=6))
    def delete(self, store: str, gone: list[str]) -> None:
        self.index.delete(store, gone)
        self.truth.delete(store, gone)

    @rule()
    def settle(self) -> None:
        self.index.settle()

    @rule(storage=st.sampled_from(list(STORAGES)), device=devices)
    def go_through_a_snapshot(self, storage: str, device: str) -> None:
        """The storage may be another one afterwards, as long as it keeps the vectors as they are; so may the device."""
        if STORAGES[storage].rows != self.truth.kind:
            storage = "float32" if self.truth.kind is np.float32 else "float16"
        with tempfile.TemporaryDirectory() as folder:
            self.index.snapshot(Path(folder), 3)
            self.index = FaissIndex(exact_below=self.exact_below, storage=storage, device=device)
            assert self.index.restore(Path(folder)) == 3

    @rule(place=places, query=st.integers(0, len(POOL) - 1), limit=st.integers(1, 40), where=filters)
    def search(self, place: tuple[str, str], query: int, limit: int, where: Where) -> None:
        asked: Vectors = unit(POOL[query : query + 1] + 0.1 * POOL[:1])
        answer = self.index.search(*place, asked, limit, where)[0]
        truth = self.truth.search(*place, asked, limit, where)[0]
        assert [one.score for one in answer] == sorted((one.score for one in answer), reverse=True)
        assert [(one.sku, one.version) for one in answer] == [(one.sku, one.version) for one in truth]
        assert [one.score for one in answer] == pytest.approx([one.score for one in truth], abs=1e-5)

    @invariant()
    def holds_the_same_entries(self) -> None:
        for place in ((store, space) for store in STORES for space in SPACES):
            assert dict(self.index.scan(*place)) == dict(self.truth.scan(*place))
            assert self.index.count(*place) == self.truth.count(*place)


AnyOrderOfOperations.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
TestIndexIsBruteForce = AnyOrderOfOperations.TestCase
