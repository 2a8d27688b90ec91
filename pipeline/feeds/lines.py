"""Lines of text of a feed, numbered from 1 and of bounded length, whatever the file is like."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.feeds.source import Source

MAX_LINE = 1024 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end of line; `cut` says that it was longer than MAX_LINE and the rest is left out."""

    number: int
    text: str
    cut: bool = False


def lines_of(source: Source, encoding: str) -> Iterator[Line]:
    """Yield all lines; characters that cannot be read are U+FFFD. Raises UnreadableFeed where the file is damaged."""
    with io.TextIOWrapper(source.open(), encoding, errors="replace", newline="") as file:
        number = 0
        while text := file.readline(MAX_LINE):
            number += 1
            cut = len(text) >= MAX_LINE and not text.endswith(("\n", "\r"))
            if cut:
                _pass_over(file)
            yield Line(number, text, cut)


def _pass_over(file: io.TextIOWrapper) -> None:
    while (text := file.readline(MAX_LINE)) and not text.endswith(("\n", "\r")):
        pass
