"""Product feeds as shops write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pipeline.feed import UnreadableFeed, _delimited, _json_lines
from pipeline.sync import FieldProblem

__all__ = ["FeedOptions", "Format", "Row", "UnreadableFeed", "read"]


class Format(StrEnum):
    """The formats that are read."""

    TABLE = "table"
    JSON_LINES = "json_lines"


@dataclass(frozen=True, slots=True)
class Row:
    """One product of a feed; one with problems cannot be taken."""

    line: int
    sku: str | None
    body: dict[str, object]
    problems: tuple[FieldProblem, ...] = ()
    view: str | None = None


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How a feed is to be read."""

    format: Format | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None


DEFAULT = FeedOptions()


def read(path: Path, options: FeedOptions = DEFAULT, *, name: str | None = None) -> Iterator[Row]:
    """Yield the rows of a feed in order. Raises UnreadableFeed."""
    suffix = Path(name or path.name).suffix.lower()
    json_lines = options.format is Format.JSON_LINES or suffix in (".jsonl", ".ndjson")
    rows = _json_lines(path) if json_lines else _delimited(path, "\t" if suffix in (".tsv", ".txt") else ",")
    for row in rows:
        problems = () if row.sku else (FieldProblem("sku", "is missing; every row needs an id"),)
        body = {key: value for key, value in row.body.items() if key != "title" or value != row.sku}
        price = body.get("price")
        if options.currency and isinstance(price, str) and re.fullmatch(r"[0-9.]+", price):
            body["price"] = f"{price} {options.currency}"
        yield Row(row.line, row.sku, body, problems, row.view)
