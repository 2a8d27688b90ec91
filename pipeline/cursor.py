"""Cursors of a search: opaque, stateless, and good for one region of one photo with the same options only."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from detector import CATEGORIES, Box
from pipeline.answers import MAX_DEPTH, BadCursor


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page starts: `offset` hits into the region `box` of the query that `digest` stands for.

    `with_whole` is set where the whole photo was asked with beside the region. `space` is the one that answered.
    """

    box: Box
    category: str | None
    whole_photo: bool
    with_whole: bool
    offset: int
    digest: str
    space: str

    def encode(self) -> str:
        """Return the cursor as text that is safe in a URL."""
        parts = [*self.box, self.category, self.whole_photo, self.with_whole, self.offset, self.digest, self.space]
        return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def read(text: str, digest: str, space: str) -> Cursor:
    """Return the cursor in `text`. Raises BadCursor if it is no cursor, or one of another query or space."""
    cursor = _decoded(text)
    if cursor is None:
        raise BadCursor("this is not a cursor; pass the text that an answer gave, or leave it out for the first page")
    if cursor.space != space:
        raise BadCursor(f"this cursor is of space {cursor.space[:80]!r}, which searches use no more; start anew")
    if cursor.digest != digest:
        raise BadCursor("this cursor belongs to another photo or other options; send those again, or start anew")
    return cursor


def space_of(text: str) -> str | None:
    """Return the space that gave the cursor, None if it is no cursor."""
    cursor = _decoded(text)
    return cursor.space if cursor else None


def _decoded(text: str) -> Cursor | None:
    try:
        x0, y0, x1, y1, category, *flags, offset, made_for, space = json.loads(base64.urlsafe_b64decode(text.encode()))
        whole_photo, with_whole = (flag is True for flag in flags)
        box = (float(x0), float(y0), float(x1), float(y1))
        cursor = Cursor(box, category, whole_photo, with_whole, offset, made_for, space)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        return None
    return cursor if _is_sane(cursor) else None


def _is_sane(cursor: Cursor) -> bool:
    """Whether everything in a cursor is what it should be: it comes from strangers."""
    x0, y0, x1, y1 = cursor.box
    return (
        isinstance(cursor.offset, int)
        and 0 < cursor.offset < MAX_DEPTH
        and 0 <= x0 <= x1 <= 1
        and 0 <= y0 <= y1 <= 1
        and (cursor.category is None or cursor.category in CATEGORIES)
        and isinstance(cursor.digest, str)
        and isinstance(cursor.space, str)
    )
