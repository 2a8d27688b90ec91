"""Reads JSON lines: one product per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from pipeline.feeds.lines import MAX_LINE, Line
from pipeline.feeds.names import names_of
from pipeline.feeds.product import row_of
from pipeline.feeds.records import FeedOptions, Format, Row, broken
from pipeline.feeds.said import said_of


def json_rows(lines: Iterable[Line], options: FeedOptions) -> Iterator[Row]:
    """Yield a row per line that is not blank; one that is no JSON object harms itself only."""
    names = names_of(Format.JSON_LINES, options)
    for line in lines:
        text = line.text.strip("\ufeff \t\r\n")
        if not text:
            continue
        try:
            record = _object(text, line)
        except ValueError as error:
            yield broken(line.number, str(error))
            continue
        yield row_of(line.number, said_of(names.plan(tuple(record)), record.values()), options, made_names=True)


def _object(text: str, line: Line) -> dict[str, object]:
    if line.cut:
        raise ValueError(f"the line is longer than {MAX_LINE:,} characters")
    try:
        record = orjson.loads(text)
    except ValueError as error:
        raise ValueError(f"the line is not JSON: {error}; write one object per line") from None
    if not isinstance(record, dict):
        raise ValueError("the line is not a JSON object; write one object per line")
    return record
