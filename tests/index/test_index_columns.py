"""Columns answer conditions for all products at once exactly as `Where.matches` does for one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Attributes, Between, OneOf, Where
from index.columns import Columns
from tests.index.test_index_model import attributes, filters

SIZE = 24


def answers(columns: Columns, where: Where) -> list[bool]:
    live = np.ones(SIZE, np.bool_)
    live[0] = False
    passing: list[bool] = columns.passing(where, live).tolist()
    return passing[1:]


@settings(max_examples=200, deadline=None)
@given(
    rare_below=st.sampled_from([0, 3, 1_000]),
    writes=st.lists(st.tuples(st.integers(1, SIZE - 1), st.one_of(st.none(), attributes)), max_size=60),
    where=filters,
)
def test_columns_agree_with_the_law(rare_below: int, writes: list[tuple[int, Attributes | None]], where: Where) -> None:
    columns = Columns(1, rare_below)
    columns.grow(SIZE)
    held: dict[int, Attributes] = {}
    for slot, fields in writes:
        held[slot] = fields or {}
        if fields is None:
            columns.drop(np.array([slot]))
        else:
            columns.put(np.array([slot]), [fields])
    assert answers(columns, where) == [where.matches(held.get(slot, {})) for slot in range(1, SIZE)]


def test_values_that_nobody_has_any_more_are_forgotten() -> None:
    """A field of ever new texts, such as a stamp, must not grow without end."""
    columns = Columns(SIZE, rare_below=0)
    slots = np.arange(1, SIZE)
    for number in range(2_000):
        columns.put(slots, [{"stamp": f"{number} {slot}"} for slot in slots.tolist()])
    assert len(columns.columns["stamp"].texts) < 2_000
    assert answers(columns, Where((OneOf("stamp", ("1999 5",)),))) == [slot == 5 for slot in slots.tolist()]
    assert not any(answers(columns, Where((OneOf("stamp", ("3 5",)),))))


def test_fields_that_nobody_has_any_more_are_forgotten() -> None:
    columns = Columns(SIZE)
    for number in range(1_000):
        columns.put(np.array([3]), [{f"custom.{number}": 1.0}])
    assert list(columns.columns) == ["custom.999"]


def test_many_values_are_looked_up_at_once() -> None:
    columns = Columns(SIZE, rare_below=0)
    columns.put(np.arange(1, SIZE), [{"sku": f"sku {slot}"} for slot in range(1, SIZE)])
    wanted = tuple(f"sku {slot}" for slot in range(2, 40, 2))
    assert answers(columns, Where((OneOf("sku", wanted),))) == [slot % 2 == 0 for slot in range(1, SIZE)]
    assert not any(answers(columns, Where((Between("sku"),))))
