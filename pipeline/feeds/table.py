"""Reads tables: finds the separator and the names of the columns, and yields a row per product or photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.feeds.cells import DELIMITERS, Record, records_of
from pipeline.feeds.lines import Line, lines_of
from pipeline.feeds.names import names_of
from pipeline.feeds.product import row_of
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed, broken
from pipeline.feeds.said import said_of
from pipeline.feeds.source import Source

HEAD_LINES = 50  # from which the separator is found
_PHOTO_OR_NAME = frozenset(("sku", "image_link"))


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose columns are known. `skip` lines of the file come before its rows are read."""

    source: Source
    encoding: str
    names: tuple[str, ...]
    delimiter: str
    skip: int

    def records(self) -> Iterator[Record]:
        """Yield every record after the names of the columns, in order."""
        lines = islice(lines_of(self.source, self.encoding), self.skip, None)
        return islice(records_of(lines, self.delimiter, len(self.names)), 1, None)


def open_table(source: Source, encoding: str, knows: Callable[[str], bool]) -> Table:
    """Return the table in a file; `knows` says which names of columns mean something. Raises UnreadableFeed."""
    head = list(islice(lines_of(source, encoding), HEAD_LINES))
    if not any(line.text.strip() for line in head):
        raise UnreadableFeed(f"{source.name} is empty")
    declared = head[0].text.strip().lower().removeprefix("\ufeff")
    skip = int(declared.startswith("sep=") and len(declared) <= len("sep=;"))  # as spreadsheets write it
    found = {delimiter: _records(head[skip:], delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda one: _likelihood(found[one], knows))
    names = found[delimiter][0].cells if found[delimiter] else []
    while names and not names[-1].strip():
        names.pop()
    return Table(source, encoding, tuple(name.strip("\ufeff \t\r\n") for name in names), delimiter, skip)


def table_rows(table: Table, format: Format, options: FeedOptions) -> Iterator[Row]:
    """Yield the rows of a table that has a product or a photo per row. Raises UnreadableFeed."""
    plan = names_of(format, options).plan(table.names)
    fields = {column.name for column in plan if column is not None and not column.custom}
    if not fields & _PHOTO_OR_NAME:
        raise UnreadableFeed(
            f"{table.source.name}: the first line names neither an 'id' nor an 'image_link' column; "
            "add one, or say in the mapping which column it is"
        )
    return _rows(table, format, options)


def _rows(table: Table, format: Format, options: FeedOptions) -> Iterator[Row]:
    plan = names_of(format, options).plan(table.names)
    for record in table.records():
        if record.fault:
            sku = record.first if plan and plan[0] is not None and plan[0].name == "sku" else ""
            yield broken(record.line, record.fault, sku=sku or None)
        else:
            yield row_of(record.line, said_of(plan, record.cells), options, made_names=format is Format.TABLE)


def _records(lines: list[Line], delimiter: str) -> list[Record]:
    return list(islice(records_of(lines, delimiter), HEAD_LINES))


def _likelihood(records: list[Record], knows: Callable[[str], bool]) -> tuple[int, float, int]:
    """Return what speaks for a separator: names that are known, rows as wide as the first, the number of columns."""
    if not records:
        return 0, 0.0, 0
    names = records[0].cells
    alike = sum(len(record.cells) == len(names) for record in records) / len(records)
    return sum(map(knows, names)), alike if len(names) > 1 else 0.0, len(names)
