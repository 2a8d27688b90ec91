"""Cuts delimited text into cells as spreadsheets and shops write it, and gets over broken quotes.

A quote that is never closed would swallow the rows that follow it. Such a record is taken back: its first line is at
fault, and reading goes on with the line after it.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.feeds.lines import MAX_LINE, Line
from pipeline.feeds.records import UnreadableFeed

MAX_READ_AGAIN = 256 * 1024 * 1024  # characters: two thousand open quotes that swallow all they can
DELIMITERS = ("\t", ",", ";", "|")


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row and the line it starts on; `fault` says why they are none to use."""

    line: int
    cells: list[str]
    fault: str = ""

    @property
    def first(self) -> str:
        """The first cell, which is right in a row at fault too, unless the fault is in it."""
        return self.cells[0].strip() if self.cells and "\n" not in self.cells[0] else ""


class _Fault(ValueError):
    pass


def records_of(lines: Iterable[Line], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Yield every record that is not blank, `width` cells each if it is given, and one with a fault for any other."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.begin()
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except (csv.Error, _Fault) as error:
            cells, fault = [], f"the line cannot be cut into cells: {error}"
        if feed.unfinished:
            fault = "a quote is opened and never closed"
        if any(map(str.strip, cells)) or fault:
            record = _fitted(Record(feed.first, cells, fault), width)
            if record.fault:
                feed.take_back()
            yield record


class _Feed:
    """Hands lines to the csv reader and remembers those of the present record."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._size = 0
        self._read_again = 0
        self.unfinished = False

    def begin(self) -> None:
        self._taken.clear()
        self._size = 0
        self.unfinished = False

    @property
    def first(self) -> int:
        return self._taken[0].number if self._taken else 0

    def take_back(self) -> None:
        """Have all lines of the record come again but the first. Raises UnreadableFeed where that has no end."""
        self._read_again += self._size if len(self._taken) > 1 else 0
        if self._read_again > MAX_READ_AGAIN:
            message = "too many quotes are opened and never closed; double every quote inside a quoted value"
            raise UnreadableFeed(f"line {self.first}: {message}")
        self._again.extendleft(reversed(self._taken[1:]))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.unfinished = bool(self._taken)
            raise StopIteration
        self._taken.append(line)
        self._size += len(line.text)
        if line.cut or self._size > MAX_LINE:
            raise _Fault(f"it is longer than {MAX_LINE:,} characters")
        return line.text


def _fitted(record: Record, width: int | None) -> Record:
    """Return the record with `width` cells; empty ones at its end may be too many."""
    cells, fault = record.cells, record.fault
    if fault or width is None:
        return record
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) == width:
        return record
    fault = (
        f"the line has {len(cells)} cells where the first line names {width}; "
        "put quotes around values that hold the separator, a quote or a line break"
    )
    return Record(record.line, cells, fault)
