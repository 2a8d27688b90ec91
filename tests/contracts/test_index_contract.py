"""What every `VectorIndex` promises, on indexes of three sizes: a handful, thousands, and a hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index import (
    EVERYTHING,
    Attributes,
    Between,
    Entry,
    IndexedRegion,
    Not,
    OneOf,
    VectorIndex,
    Vectors,
    Where,
    WrongVectors,
)
from index.faiss_index import FaissIndex
from index.storage import STORAGES
from tests.index.beside import beside
from tests.index.brute_force import BruteForce
from tests.index.shop import queries, shop, unit

D = 64
SPACE = "space@1"
TORCH = "cpu:0"  # what a GPU does, by torch on the CPU
BATCH = 5_000


@dataclass(frozen=True)
class Kind:
    """An implementation, how many entries it holds before a test begins, and as what it keeps their vectors."""

    name: str
    make: Callable[[], VectorIndex]
    size: int
    vectors: type[np.float32] | type[np.float16] = np.float16


KINDS = (
    Kind("faiss-exact-float32", lambda: FaissIndex(storage="float32"), 50, np.float32),
    Kind("faiss-exact", FaissIndex, 50),
    *(
        Kind(f"faiss-lists-{name}", partial(FaissIndex, exact_below=500, storage=name), 3_000, storage.rows)
        for name, storage in STORAGES.items()
    ),
    *(
        Kind(f"torch-{name}", partial(FaissIndex, exact_below=500, storage=name, device=TORCH), 3_000, kind)
        for name, kind in (("float16", np.float16), ("float32", np.float32))
    ),
    Kind("faiss-many", FaissIndex, 100_000),
)
ROUNDING = 1e-3  # of scores, where vectors are kept as 16-bit floats


@dataclass(frozen=True)
class Filled:
    """An index with a shop in it, in store "crowd", and what it should answer."""

    index: VectorIndex
    truth: BruteForce
    entries: list[Entry]
    kind: Kind


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def crowd(request: pytest.FixtureRequest) -> Filled:
    kind: Kind = request.param
    filled = Filled(kind.make(), BruteForce(kind.vectors), shop(kind.size, D), kind)
    for start in range(0, kind.size, BATCH):
        filled.index.upsert("crowd", SPACE, filled.entries[start : start + BATCH])
    if isinstance(filled.index, FaissIndex):
        filled.index.settle()
    filled.truth.upsert("crowd", SPACE, filled.entries)
    return filled


@pytest.fixture
def index(crowd: Filled) -> Iterator[VectorIndex]:
    """The filled index; SKUs of the test's own, which begin with "t-", are taken out again."""
    yield crowd.index
    for store in ("crowd", "other"):
        crowd.index.delete(store, [sku for sku, _ in crowd.index.scan(store, SPACE) if sku.startswith("t-")])


def some_vector(seed: int) -> Vectors:
    return unit(np.random.default_rng(seed + 1_000).standard_normal(D))


def entry(sku: str, vectors: Vectors | None, version: int = 1, attributes: Attributes | None = None) -> Entry:
    """Make an entry whose regions are the (n, D) or (D,) vectors."""
    regions = None
    if vectors is not None:
        rows = np.atleast_2d(vectors)
        regions = tuple(IndexedRegion(f"image of {sku}", number, row) for number, row in enumerate(rows))
    return Entry(sku, version, attributes or {}, regions)


def found(index: VectorIndex, vector: Vectors, limit: int = 5, where: Where = EVERYTHING, store: str = "crowd",
          space: str = SPACE) -> list[str]:  # fmt: skip
    return [one.sku for one in index.search(store, space, vector[None], limit, where)[0]]


def test_new_product_is_found_by_its_vector(index: VectorIndex) -> None:
    vectors = np.stack([some_vector(1), some_vector(2)])
    assert index.upsert("crowd", SPACE, [entry("t-1", vectors, version=7)]) == []
    best = index.search("crowd", SPACE, vectors[1:], 1)[0][0]
    assert (best.sku, best.image_id, best.region, best.version) == ("t-1", "image of t-1", 1, 7)
    assert best.score == pytest.approx(1.0, abs=ROUNDING)


def test_product_comes_once_with_its_best_region(index: VectorIndex) -> None:
    base = some_vector(1)
    near = unit(base + 0.02 * np.stack([some_vector(seed) for seed in range(2, 22)]))
    index.upsert("crowd", SPACE, [entry("t-many", near), entry("t-one", unit(base + 0.4 * some_vector(30)))])
    page = index.search("crowd", SPACE, near[4:5], 10)[0]
    skus = [one.sku for one in page]
    assert skus[0] == "t-many" and page[0].region == 4
    assert len(skus) == len(set(skus)) == 10
    assert "t-one" in skus


def test_replaced_vectors_match_no_more(index: VectorIndex) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", np.stack([some_vector(1), some_vector(2)]))])
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(3), version=2)])
    assert "t-1" not in [one.sku for one in index.search("crowd", SPACE, some_vector(1)[None], 1)[0] if one.score > 0.9]
    assert found(index, some_vector(3), 1) == ["t-1"]
    assert index.search("crowd", SPACE, some_vector(3)[None], 1)[0][0].version == 2


def test_deleted_product_is_gone_from_every_space_of_its_store(index: VectorIndex) -> None:
    for store, space in (("crowd", SPACE), ("crowd", "second"), ("other", SPACE)):
        index.upsert(store, space, [entry("t-1", some_vector(1))])
    index.delete("crowd", ["t-1", "t-unknown", "t-1"])
    assert "t-1" not in found(index, some_vector(1), 20)
    assert found(index, some_vector(1), space="second") == []
    assert found(index, some_vector(1), store="other") == ["t-1"]
    assert "t-1" not in dict(index.scan("crowd", SPACE))


def test_deleted_product_can_come_back(index: VectorIndex) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 3, {"brand": "old"})])
    index.delete("crowd", ["t-1"])
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(2), 5)])
    assert found(index, some_vector(2), 1) == ["t-1"]
    assert found(index, some_vector(2), 1, Where((OneOf("brand", ("old",)),))) == []


def test_attribute_change_keeps_vectors_and_changes_filters(index: VectorIndex) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 1, {"t": "before", "gone": 1.0})])
    assert index.upsert("crowd", SPACE, [entry("t-1", None, 2, {"t": "after"})]) == []
    assert found(index, some_vector(1), 1, Where((OneOf("t", ("after",)),))) == ["t-1"]
    assert found(index, some_vector(1), 1, Where((OneOf("t", ("before",)),))) == []
    assert found(index, some_vector(1), 1, Where((Between("gone"),))) == []
    assert index.search("crowd", SPACE, some_vector(1)[None], 1)[0][0].version == 2


def test_attribute_change_of_an_unknown_product_is_reported_and_adds_nothing(index: VectorIndex) -> None:
    before = index.count("crowd", SPACE)
    entries = [entry("t-2", None), entry("t-1", None), entry("t-2", None, 2)]
    assert index.upsert("crowd", SPACE, entries) == ["t-2", "t-1"]
    assert index.upsert("nowhere", SPACE, entries) == ["t-2", "t-1"]
    assert index.count("crowd", SPACE) == before
    assert index.count("nowhere", SPACE) == 0


def test_product_without_regions_is_held_and_not_found(index: VectorIndex) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1))])
    bare = Entry("t-1", 2, {"t": "bare"}, ())
    assert index.upsert("crowd", SPACE, [bare]) == []
    assert index.upsert("crowd", SPACE, [replace(bare, version=3, regions=None)]) == []
    assert found(index, some_vector(1), 5, Where((OneOf("t", ("bare",)),))) == []
    assert dict(index.scan("crowd", SPACE))["t-1"] == 3


def test_older_versions_are_ignored_and_repeats_are_harmless(index: VectorIndex) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 5, {"t": "new"})])
    for _ in range(2):
        late = [entry("t-1", some_vector(2), 4, {"t": "old"}), entry("t-1", None, 3, {"t": "older"})]
        assert index.upsert("crowd", SPACE, late) == []
        index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 5, {"t": "new"})])
    best = index.search("crowd", SPACE, some_vector(1)[None], 1, Where((OneOf("t", ("new",)),)))[0][0]
    assert (best.sku, best.version) == ("t-1", 5)
    assert found(index, some_vector(2), 1, Where((OneOf("t", ("old", "older")),))) == []


def test_entries_of_one_batch_count_in_order(index: VectorIndex) -> None:
    batch = [
        entry("t-1", some_vector(1), 1, {"t": "a"}),
        entry("t-1", None, 2, {"t": "b"}),
        entry("t-2", some_vector(2), 9, {"t": "a"}),
        entry("t-2", some_vector(3), 8, {"t": "b"}),
    ]
    assert index.upsert("crowd", SPACE, batch) == []
    assert found(index, some_vector(1), 1, Where((OneOf("t", ("b",)),))) == ["t-1"]
    assert found(index, some_vector(2), 1, Where((OneOf("t", ("a",)),))) == ["t-2"]


@pytest.mark.parametrize(
    "wrong",
    [
        some_vector(2)[: D // 2],
        some_vector(2).astype(np.float64),
        some_vector(2) * np.float32(1.01),
        np.full(D, np.nan, np.float32),
        np.zeros(D, np.float32),
        np.append(some_vector(2)[:-1], np.float32(np.inf)),
    ],
    ids=["short", "float64", "long", "nan", "zero", "infinite"],
)
def test_batch_with_a_wrong_vector_changes_nothing_and_the_error_names_the_product(
    index: VectorIndex, wrong: Vectors
) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 1, {"t": "before"})])
    batch = [entry("t-1", None, 2, {"t": "after"}), entry("t-2", some_vector(2)), entry("t-wrong", wrong)]
    with pytest.raises(WrongVectors, match="t-wrong"):
        index.upsert("crowd", SPACE, batch)
    assert dict(index.scan("crowd", SPACE))["t-1"] == 1
    assert "t-2" not in dict(index.scan("crowd", SPACE))
    assert found(index, some_vector(1), 1, Where((OneOf("t", ("before",)),))) == ["t-1"]


@pytest.mark.parametrize("wrong", [np.ones((1, D), np.float32), np.ones(D, np.float32), np.ones((2, 3), np.float32)])
def test_wrong_queries_are_refused(index: VectorIndex, wrong: Vectors) -> None:
    with pytest.raises(WrongVectors):
        index.search("crowd", SPACE, wrong, 3)


def test_nothing_crosses_stores_or_spaces(index: VectorIndex) -> None:
    index.upsert("other", SPACE, [entry("t-1", some_vector(1))])
    index.upsert("crowd", "narrow", [entry("t-2", unit(some_vector(1)[:32]))])
    assert "t-1" not in found(index, some_vector(1), 20)
    assert found(index, some_vector(1), 20, store="other") == ["t-1"]
    assert index.count("crowd", "narrow") == 1
    assert "t-2" not in dict(index.scan("crowd", SPACE))
    index.delete("crowd", ["t-2"])


def test_unknown_store_or_space_answers_with_empty_lists(index: VectorIndex) -> None:
    two = np.stack([some_vector(1), some_vector(2)])
    assert index.search("nowhere", SPACE, two, 5) == [[], []]
    assert index.search("crowd", "no space", two, 5) == [[], []]
    assert index.search("crowd", SPACE, np.zeros((0, D), np.float32), 5) == []
    assert index.count("nowhere", SPACE) == 0
    assert list(index.scan("nowhere", SPACE)) == []


def test_scan_and_count_tell_what_is_held(crowd: Filled, index: VectorIndex) -> None:
    assert index.count("crowd", SPACE) == crowd.kind.size
    assert dict(index.scan("crowd", SPACE)) == {one.sku: one.version for one in crowd.entries}


FILTERS = {
    "everything": Where(),
    "text": Where((OneOf("brand", ("brand 3",)),)),
    "one of many texts": Where((OneOf("brand", tuple(f"brand {number}" for number in range(0, 97, 4))),)),
    "several values": Where((OneOf("color", ("red",)),)),
    "one of several values": Where((OneOf("color", ("red", "white", "plaid")),)),
    "lacking field": Where((OneOf("size", ("m", "xl")),)),
    "unknown field": Where((Not(OneOf("nothing", ("m",))),)),
    "number": Where((OneOf("custom.season", (2021.0,)),)),
    "number or text": Where((OneOf("custom.season", (2021.0, "any")),)),
    "range": Where((Between("price", 100.0, 300.0),)),
    "open range": Where((Between("price", 500.0),)),
    "range of a mixed field": Where((Between("custom.season", None, 2021.0),)),
    "range of text": Where((Not(Between("brand", 0.0, 1.0)),)),
    "rare field": Where((Between("custom.rare"),)),
    "not": Where((Not(OneOf("color", ("red", "blue"))),)),
    "not, lacking field": Where((Not(OneOf("size", ("m",))),)),
    "not in range": Where((Not(Between("custom.season", 2021.0, 2022.0)),)),
    "not rare": Where((Not(Between("custom.rare")), Not(OneOf("sku", ("p000001",))))),
    "all of them": Where((OneOf("color", ("red",)), Between("price", 10.0, 900.0), Not(OneOf("size", ("xs",))))),
    "one in a hundred": Where((Between("percentile", 0.0, 9.0),)),
    "nothing": Where((OneOf("brand", ("brand 3",)), OneOf("brand", ("brand 4",)))),
}


@pytest.mark.parametrize("where", FILTERS.values(), ids=FILTERS.keys())
def test_filtered_search_finds_what_brute_force_finds(crowd: Filled, index: VectorIndex, where: Where) -> None:
    asked = queries(crowd.entries, 25)
    answers = index.search("crowd", SPACE, asked, 10, where)
    truths = crowd.truth.search("crowd", SPACE, asked, 10, where)
    for answer, truth in zip(answers, truths, strict=True):
        assert [one.score for one in answer] == sorted((one.score for one in answer), reverse=True)
        assert len(answer) == len(truth)
    wanted = [(number, one.sku) for number, truth in enumerate(truths) for one in truth]
    got = {(number, one.sku) for number, answer in enumerate(answers) for one in answer}
    assert sum(one in got for one in wanted) >= 0.99 * len(wanted)


def test_queries_asked_together_are_answered_as_one_by_one(crowd: Filled, index: VectorIndex) -> None:
    asked = queries(crowd.entries, 6)
    together = index.search("crowd", SPACE, asked, 7)
    assert together == [index.search("crowd", SPACE, asked[number : number + 1], 7)[0] for number in range(6)]
    assert together == index.search("crowd", SPACE, asked, 7)


def test_shorter_page_is_the_start_of_a_longer_one(crowd: Filled, index: VectorIndex) -> None:
    asked = queries(crowd.entries, 1)
    longest = index.search("crowd", SPACE, asked, 40)[0]
    assert longest[:10] == index.search("crowd", SPACE, asked, 10)[0]


@pytest.mark.parametrize("passing", [1, 3, 10, 12])
def test_page_is_full_however_few_products_pass(index: VectorIndex, passing: int) -> None:
    """The few lie far from the query, behind everything else."""
    few = [entry(f"t-{number:02}", unit(-some_vector(1) + 0.1 * some_vector(number + 5)), 1, {"t": "few"})
           for number in range(passing)]  # fmt: skip
    index.upsert("crowd", SPACE, few)
    page = index.search("crowd", SPACE, some_vector(1)[None], 10, Where((OneOf("t", ("few",)),)))[0]
    assert len(page) == min(10, passing)


def test_limit_beyond_what_is_held_returns_all(crowd: Filled, index: VectorIndex) -> None:
    where = Where((Between("percentile", 0.0, 9.0),))
    passing = {one.sku for one in crowd.entries if where.matches(one.attributes)}
    assert set(found(index, some_vector(1), 10_000, where)) == passing


def test_ties_are_broken_by_sku(index: VectorIndex) -> None:
    """A placeholder photo that many products list; they come in another order than their SKUs'."""
    numbers = np.random.default_rng(0).permutation(300).tolist()
    index.upsert("crowd", SPACE, [entry(f"t-{number:03}", some_vector(1)) for number in numbers])
    query = unit(some_vector(1) + 0.2 * some_vector(2))
    page = index.search("crowd", SPACE, query[None], 25)[0]
    assert [one.sku for one in page] == [f"t-{number:03}" for number in range(25)]
    assert len({one.score for one in page}) == 1


def test_snapshot_brings_everything_back(crowd: Filled, index: VectorIndex, tmp_path: Path) -> None:
    index.upsert(
        "crowd", SPACE, [entry("t-1", some_vector(1), 4, {"t": ("ü", ""), "n": 1.5}), entry("t-2", some_vector(2))]
    )
    index.upsert("other", SPACE, [entry("t-3", some_vector(3))])
    index.upsert("other", SPACE, [Entry("t-4", 1, {}, ())])
    index.delete("crowd", ["t-2"])
    index.snapshot(tmp_path / "snapshot", 42)
    restored = crowd.kind.make()
    assert restored.restore(tmp_path / "snapshot") == 42
    asked = np.concatenate([queries(crowd.entries, 10), some_vector(1)[None], some_vector(2)[None]])
    for where in (EVERYTHING, *FILTERS.values(), Where((OneOf("t", ("ü",)),)), Where((Between("n", 1.0),))):
        assert restored.search("crowd", SPACE, asked, 10, where) == index.search("crowd", SPACE, asked, 10, where)
    for store in ("crowd", "other"):
        assert set(restored.scan(store, SPACE)) == set(index.scan(store, SPACE))


def test_restored_index_takes_writes(crowd: Filled, index: VectorIndex, tmp_path: Path) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1), 4), entry("t-2", some_vector(2), 4)])
    index.snapshot(tmp_path, 1)
    restored = crowd.kind.make()
    restored.restore(tmp_path)
    restored.upsert("crowd", SPACE, [entry("t-1", some_vector(3), 5), entry("t-2", some_vector(4), 3)])
    restored.upsert("crowd", SPACE, [entry("t-5", some_vector(5), 1, {"t": "new"})])
    restored.delete("crowd", ["p000000"])
    assert found(restored, some_vector(3), 1) == ["t-1"]
    assert found(restored, some_vector(2), 1) == ["t-2"]
    assert found(restored, some_vector(5), 1, Where((OneOf("t", ("new",)),))) == ["t-5"]
    assert "p000000" not in dict(restored.scan("crowd", SPACE))
    assert restored.count("crowd", SPACE) == crowd.kind.size + 2


def test_snapshot_replaces_the_one_before(crowd: Filled, index: VectorIndex, tmp_path: Path) -> None:
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1))])
    index.snapshot(tmp_path, 1)
    index.upsert("crowd", SPACE, [entry("t-1", None, 2, {"t": "after"}), entry("t-2", some_vector(2))])
    index.snapshot(tmp_path, 2)
    restored = crowd.kind.make()
    assert restored.restore(tmp_path) == 2
    assert found(restored, some_vector(1), 1, Where((OneOf("t", ("after",)),))) == ["t-1"]
    assert found(restored, some_vector(2), 1) == ["t-2"]


def test_restore_replaces_the_content(crowd: Filled, tmp_path: Path) -> None:
    small = crowd.kind.make()
    small.upsert("crowd", SPACE, [entry("t-1", some_vector(1))])
    small.snapshot(tmp_path, 5)
    small.upsert("crowd", SPACE, [entry("t-2", some_vector(2))])
    small.upsert("other", SPACE, [entry("t-3", some_vector(3))])
    assert small.restore(tmp_path) == 5
    assert list(small.scan("crowd", SPACE)) == [("t-1", 1)]
    assert small.count("other", SPACE) == 0


def test_restore_finds_no_snapshot_in_an_empty_or_missing_folder(crowd: Filled, tmp_path: Path) -> None:
    index = crowd.kind.make()
    index.upsert("crowd", SPACE, [entry("t-1", some_vector(1))])
    assert index.restore(tmp_path) is None
    assert index.restore(tmp_path / "missing") is None
    assert index.count("crowd", SPACE) == 1


def test_searches_during_writes_see_each_product_whole(index: VectorIndex) -> None:
    """A product turns from one vector and attribute to another and back; no search may see a mixture."""
    sides = {"left": some_vector(1), "right": -some_vector(1)}
    mixed: list[object] = []

    def look() -> None:
        for side, vector in sides.items():
            page = index.search("crowd", SPACE, vector[None], 3, Where((OneOf("t", (side,)),)))[0]
            mixed.extend(one for one in page if one.score < 0.99)

    with beside(look, look, look):
        for version in range(1, 300):
            side = ("left", "right")[version % 2]
            turned = entry("t-1", sides[side], version, {"t": side})
            index.upsert("crowd", SPACE, [turned, entry(f"t-{version}", some_vector(version))])
    assert mixed == []


def test_deleted_product_never_comes_back_while_others_write(index: VectorIndex) -> None:
    """1,000 deletes, each followed at once by a search that asks for the product's very vector."""
    doomed = [entry(f"t-{number:04}", some_vector(number)) for number in range(1_000)]
    index.upsert("crowd", SPACE, doomed)

    def write(name: str) -> None:
        own = [entry(f"t-{name}-{number}", some_vector(number)) for number in range(20)]
        index.upsert("crowd", SPACE, own)
        index.upsert("crowd", SPACE, [entry(one.sku, None, 2, {"t": name}) for one in own])
        index.delete("crowd", [one.sku for one in own[::2]])

    came_back = []
    with beside(lambda: write("a"), lambda: write("b")):
        for one in doomed:
            index.delete("crowd", [one.sku])
            came_back += [sku for sku in found(index, (one.regions or ())[0].vector, 3) if sku == one.sku]
    assert came_back == []
