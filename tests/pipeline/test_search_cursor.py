"""Cursors: what was given out is read back, everything else is refused."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers import BadCursor
from pipeline.cursor import Cursor, read, space_of

GIVEN = Cursor((0.1, 0.2, 0.5, 0.75), "dress", False, True, 20, "digest", "space@1")


def test_cursor_comes_back_as_it_was_given() -> None:
    assert read(GIVEN.encode(), "digest", "space@1") == GIVEN


def test_cursor_of_another_query_is_refused() -> None:
    with pytest.raises(BadCursor, match="another photo or other options"):
        read(GIVEN.encode(), "other", "space@1")


def test_cursor_of_another_space_is_told_apart() -> None:
    with pytest.raises(BadCursor, match="space 'space@1'"):
        read(GIVEN.encode(), "digest", "space@2")
    assert space_of(GIVEN.encode()) == "space@1"
    assert space_of("nonsense") is None


@pytest.mark.parametrize("offset", [-1, 0, 10**9, "5", None, 1.5])
def test_cursor_with_an_impossible_offset_is_refused(offset: object) -> None:
    parts = [0.1, 0.2, 0.5, 0.75, "dress", False, True, offset, "digest", "space@1"]
    with pytest.raises(BadCursor, match="not a cursor"):
        read(base64.urlsafe_b64encode(json.dumps(parts).encode()).decode(), "digest", "space@1")


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadCursor):
        read(text, "digest", "space@1")


HOSTILE = {
    "a number that no float holds": [10**400, 0.2, 0.5, 0.75, "dress", False, True, 5, "digest", "space@1"],
    "a box beyond the photo": [0.1, 0.2, 1e300, 0.75, "dress", False, True, 5, "digest", "space@1"],
    "a box the wrong way round": [0.5, 0.2, 0.1, 0.75, "dress", False, True, 5, "digest", "space@1"],
    "no number": [float("nan"), 0.2, 0.5, 0.75, "dress", False, True, 5, "digest", "space@1"],
    "a category that is a list": [0.1, 0.2, 0.5, 0.75, ["dress"], False, True, 5, "digest", "space@1"],
    "an unknown category": [0.1, 0.2, 0.5, 0.75, "sofa", False, True, 5, "digest", "space@1"],
}


@pytest.mark.parametrize("parts", HOSTILE.values(), ids=HOSTILE.keys())
def test_cursor_that_was_tampered_with_is_refused(parts: list[object]) -> None:
    text = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    assert space_of(text) is None
    with pytest.raises(BadCursor, match="not a cursor"):
        read(text, "digest", "space@1")
