"""Rows are compared the same way whatever their kind, their number and the order they are asked in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index import Vectors
from index.rows import SCORED_AT_ONCE, RowTable
from tests.index.shop import unit

D = 24
COUNT = SCORED_AT_ONCE + 700
KINDS = [np.float16, np.float32]


def drawn(count: int, seed: int) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, D)).astype(np.float32))


@pytest.fixture(params=KINDS)
def table(request: pytest.FixtureRequest) -> RowTable:
    table = RowTable(D, request.param)
    vectors = drawn(COUNT, 1)
    vectors[2000:2010] = vectors[10]
    table.add(np.arange(1, COUNT + 1), ["image"] * COUNT, [0] * COUNT, vectors)
    return table


@pytest.mark.parametrize(
    "rows",
    [
        [3],
        [3, 9, 5],  # ends as far apart as three rows in a row
        [7, 6, 5, 4],
        list(range(5, 90)),
        list(range(1, COUNT + 1)),
        list(range(1, COUNT + 1, 3)),
        [2001, 11, 4000, 2005],
        [],
    ],
)
def test_scores_are_cosines_in_the_order_asked(table: RowTable, rows: list[int]) -> None:
    query = drawn(1, 2)[0]
    asked = np.array(rows, np.int64)
    expected = table.vectors[asked].astype(np.float64) @ query
    assert table.scores(query, asked) == pytest.approx(expected, abs=1e-6)


def test_equal_vectors_have_equal_scores_wherever_they_stand(table: RowTable) -> None:
    query = drawn(1, 3)[0]
    everywhere = table.scores(query, np.arange(1, COUNT + 1))
    same = [11, *range(2001, 2011)]
    assert len({everywhere[row - 1] for row in same}) == 1
    assert {float(table.scores(query, np.array([row]))[0]) for row in same} == {float(everywhere[10])}


@pytest.mark.parametrize("count", [1, 40, 3_000, COUNT, 2 * COUNT])
def test_nearest_rows_are_the_best_of_all_parts(table: RowTable, count: int) -> None:
    query = drawn(1, 4)[0]
    rows = np.arange(1, COUNT + 1)
    scores = table.scores(query, rows)
    found, told = table.nearest(query, rows, count)
    assert np.array_equal(np.sort(told)[::-1][:count], np.sort(scores)[::-1][:count])
    assert np.array_equal(told, scores[found - 1])


def test_threads_compare_side_by_side(table: RowTable) -> None:
    queries = drawn(40, 5)
    rows = np.arange(1, COUNT + 1)
    alone = [table.scores(query, rows) for query in queries]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda query: table.scores(query, rows), queries))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))
