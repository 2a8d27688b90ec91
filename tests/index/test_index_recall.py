"""At 100,000 products, whatever share of them passes a filter: pages are full and are what brute force would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from index import EVERYTHING, Between, Candidate, Entry, IndexedRegion, OneOf, Vectors, Where
from index.faiss_index import FaissIndex
from tests.index.shop import clustered, queries

COUNT, D = 100_000, 256
SPACE = "space@1"
QUERIES = 100


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """Garment-like clusters; `percentile` is spread evenly, `quarter` goes with the first coordinate of the vector."""
    vectors = clustered(COUNT, D)
    percentiles = np.random.default_rng(3).uniform(0, 100, COUNT).tolist()
    quarters = np.searchsorted(np.quantile(vectors[:, 0], (0.25, 0.5, 0.75)), vectors[:, 0]).tolist()
    return [
        Entry(
            f"p{number:06}",
            1,
            {"percentile": percentiles[number], "quarter": f"q{quarters[number]}"},
            (IndexedRegion("image", 0, vectors[number]),),
        )
        for number in range(COUNT)
    ]


@pytest.fixture(scope="module")
def filled(entries: list[Entry]) -> FaissIndex:
    index = FaissIndex()
    for start in range(0, COUNT, 10_000):
        index.upsert("store", SPACE, entries[start : start + 10_000])
    index.settle()
    return index


def recall_at_10(index: FaissIndex, entries: Sequence[Entry], asked: Vectors, where: Where) -> float:
    """Search every query, check that each page is full, and return the share of the true ten that came."""
    passing = [entry for entry in entries if where.matches(entry.attributes)]
    vectors = np.stack([(entry.regions or ())[0].vector for entry in passing])
    true = [{passing[place].sku for place in np.argpartition(-(vectors @ one), 10)[:10]} for one in asked]
    pages: list[list[Candidate]] = index.search("store", SPACE, asked, 10, where)
    assert all(len(page) == 10 for page in pages)
    assert all(where.matches(by_sku) for by_sku in _attributes(pages, entries))
    return sum(len(wanted & {one.sku for one in page}) for wanted, page in zip(true, pages, strict=True)) / (
        10 * len(asked)
    )


def _attributes(pages: list[list[Candidate]], entries: Sequence[Entry]) -> list[dict[str, object]]:
    return [dict(entries[int(one.sku[1:])].attributes) for page in pages for one in page]


@pytest.mark.parametrize("share", [0.5, 5.0, 20.0, 50.0, 99.0])
def test_filter_that_few_products_pass_gives_a_full_page_with_recall(
    filled: FaissIndex, entries: list[Entry], share: float
) -> None:
    """0.5 % is what was promised; the shares above it are answered in the other ways the index has."""
    where = Where((Between("percentile", None, share),))
    assert recall_at_10(filled, entries, queries(entries, QUERIES), where) >= 0.99


@pytest.mark.parametrize("noise", [0.2, 0.6, 1.2])
def test_unfiltered_search_has_recall_for_queries_near_and_far(
    filled: FaissIndex, entries: list[Entry], noise: float
) -> None:
    assert recall_at_10(filled, entries, queries(entries, QUERIES, noise=noise), EVERYTHING) >= 0.99


@pytest.mark.parametrize("quarter", ["q0", "q3"])
def test_filter_that_keeps_what_is_unlike_the_query_has_recall(
    filled: FaissIndex, entries: list[Entry], quarter: str
) -> None:
    """The lists nearest to the query hold hardly any of the products that pass."""
    opposite = [entry for entry in entries if entry.attributes["quarter"] == {"q0": "q3", "q3": "q0"}[quarter]]
    where = Where((OneOf("quarter", (quarter,)),))
    assert recall_at_10(filled, entries, queries(opposite, QUERIES), where) >= 0.99


def test_recall_holds_after_much_was_replaced_and_deleted(entries: list[Entry]) -> None:
    """Half of the products leave and others come, without the lists being learnt anew."""
    index = FaissIndex()
    first, second = entries[: COUNT // 2], entries[COUNT // 2 :]
    index.upsert("store", SPACE, first)
    index.settle()
    for start in range(0, len(first) // 2, 5_000):
        index.delete("store", [entry.sku for entry in first[start : start + 5_000]])
        index.upsert("store", SPACE, second[start : start + 5_000])
    held = first[len(first) // 2 :] + second[: len(first) // 2]
    passing = {entry.sku: entry for entry in held}
    vectors = np.stack([(entry.regions or ())[0].vector for entry in held])
    asked = queries(held, QUERIES)
    got = wanted = 0
    for one, page in zip(asked, index.search("store", SPACE, asked, 10), strict=True):
        true = {held[place].sku for place in np.argpartition(-(vectors @ one), 10)[:10]}
        assert all(candidate.sku in passing for candidate in page)
        got += len(true & {candidate.sku for candidate in page})
        wanted += len(true)
    assert got >= 0.99 * wanted


def test_recall_holds_for_a_catalog_that_comes_sorted() -> None:
    """The first fifth, from which lists are learnt at first, is of other kinds than what follows."""
    vectors = clustered(24_000, 64, spread=1.2)
    vectors = vectors[np.argsort(vectors @ vectors[:5_000].mean(axis=0))]
    held = [
        Entry(f"p{number:06}", 1, {}, (IndexedRegion("image", 0, vector),)) for number, vector in enumerate(vectors)
    ]
    index = FaissIndex(exact_below=4_000)
    for start in range(0, len(held), 2_000):
        index.upsert("store", SPACE, held[start : start + 2_000])
        index.settle()
    assert recall_at_10(index, held, queries(held, 2 * QUERIES, noise=1.0), EVERYTHING) >= 0.99
