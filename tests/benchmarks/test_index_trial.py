"""The truth that indexes are held against, and queries that are nobody's twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.index.vectors import PAGE, SHARES, Trial, made_up, trial


@pytest.fixture(scope="module")
def some() -> Trial:
    return trial(made_up(4_000, 32))


@pytest.mark.parametrize("share", SHARES)
def test_brute_force_has_all_of_the_truth_and_other_pages_have_less(some: Trial, share: float) -> None:
    passing = np.flatnonzero(some.percentiles <= share)
    order = [passing[np.argsort(-(some.vectors[passing] @ query))] for query in some.queries]
    assert some.recall([places[:PAGE].tolist() for places in order], share) == 1.0
    assert some.recall([places[PAGE // 2 : PAGE].tolist() for places in order], share) == 0.5
    assert some.recall([places[-PAGE // 2 :].tolist() for places in order], share) == 0.0


def test_what_does_not_pass_counts_for_nothing(some: Trial) -> None:
    outside = np.flatnonzero(some.percentiles > 50.0)
    pages = [outside[np.argsort(-(some.vectors[outside] @ query))][:PAGE].tolist() for query in some.queries]
    assert some.recall(pages, 50.0) == 0.0


def test_no_query_shares_its_noise_with_a_vector(some: Trial) -> None:
    """The first query was as near to the first vector, wherever both came from, as noise of one seed makes them."""
    same = np.einsum("qd,qd->q", some.queries, some.vectors[: len(some.queries)]).mean()
    other = np.einsum("qd,qd->q", some.queries, some.vectors[1 : len(some.queries) + 1]).mean()
    assert same == pytest.approx(other, abs=0.1)


def test_another_process_reads_the_same_trial(some: Trial, tmp_path: Path) -> None:
    some.save(tmp_path)
    again = Trial.load(tmp_path)
    assert np.array_equal(again.vectors, some.vectors) and np.array_equal(again.queries, some.queries)
    assert all(np.array_equal(again.least[share], some.least[share]) for share in SHARES)
