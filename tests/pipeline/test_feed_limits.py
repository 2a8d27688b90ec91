"""Feeds that are large, packed, cut off or made to do harm: bounded memory, and a clear end."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.feeds import FeedOptions, UnreadableFeed, read
from pipeline.feeds.cells import MAX_LINE
from tests.pipeline.feed_files import faults, read_bytes, read_text, taken

ROWS = 200_000
MAX_GROWTH_KIB = 24 * 1024
ROOT = Path(__file__).parents[2]
PEAK = """
import re, sys
from itertools import islice
from pathlib import Path
from pipeline.feeds import FeedOptions, read

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

rows = read(Path(sys.argv[1]), FeedOptions(currency="EUR"))
warm = sum(not row.problems for row in islice(rows, 2000))
before = peak()
print(warm + sum(not row.problems for row in rows), peak() - before)
"""
WOO = 'ID,Type,SKU,Name,Published,"Regular price",Parent,"Attribute 1 name","Attribute 1 value(s)"\n'


def google_text() -> Iterator[str]:
    yield "id\ttitle\tlink\tprice\tdescription\n"
    yield from (f"A{n}\tDress {n}\thttps://shop.example/{n}\t1.00 EUR\t{'Nice. ' * 10}\n" for n in range(ROWS))


def google_xml() -> Iterator[str]:
    yield "<rss><channel>"
    yield from (f"<item><id>A{n}</id><title>{'Dress ' * 10}</title><price>1 EUR</price></item>\n" for n in range(ROWS))
    yield "</channel></rss>"


def shopify() -> Iterator[str]:
    yield "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Body (HTML)\n"
    for n in range(ROWS // 4):
        yield f"h{n},Dress {n},Size,S,A{n}-0,5.00,{'Nice. ' * 20}\n"
        yield from (f"h{n},,,{size},A{n}-{size},5.00,\n" for size in "MLX")


def woocommerce() -> Iterator[str]:
    yield WOO
    yield from (f'{n},variable,P{n},Dress {n},1,,,Size,"S, M"\n' for n in range(ROWS // 10))
    yield from (f"9{n},variation,V{n},Dress {n},1,5,P{n % (ROWS // 10)},Size,S\n" for n in range(ROWS))


def json_lines() -> Iterator[str]:
    yield from (f'{{"id": "A{n}", "title": "Dress {n}", "description": "{"Nice. " * 10}"}}\n' for n in range(ROWS))


@pytest.mark.parametrize("feed", [google_text, google_xml, shopify, woocommerce, json_lines])
def test_long_feed_is_read_in_bounded_memory(tmp_path: Path, feed: Callable[[], Iterator[str]]) -> None:
    path = tmp_path / "feed"
    with path.open("w") as file:
        file.writelines(feed())
    assert path.stat().st_size > 6 * 1024 * 1024
    done = subprocess.run(  # a process of its own: its peak is that of the reader
        [sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    count, growth_kib = map(int, done.stdout.split())
    assert count == ROWS
    assert growth_kib < MAX_GROWTH_KIB


def test_packed_feed_is_known_by_its_bytes(tmp_path: Path) -> None:
    data = gzip.compress(b"id,title\nA,Dress\n") + gzip.compress(b"B,Scarf\n")
    assert list(taken(read_bytes(tmp_path, "feed.csv", data))) == ["A", "B"]


def test_bomb_stops_at_the_limit_before_any_row_is_used(tmp_path: Path) -> None:
    data = gzip.compress(b"id,title\n" + b"A,Dress\n" * 4_000_000)
    assert len(data) < 200_000
    with pytest.raises(UnreadableFeed, match=r"feed\.csv\.gz unpacks to more than 1,000,000 bytes"):
        read_bytes(tmp_path, "feed.csv.gz", data, limit_bytes=1_000_000)


@pytest.mark.parametrize("size", [5, 30, -10, -1])
def test_packed_feed_that_is_cut_off_is_refused_before_any_row_is_used(tmp_path: Path, size: int) -> None:
    path = tmp_path / "feed.csv.gz"
    path.write_bytes(gzip.compress(b"id,title\n" + b"".join(b"A%d,Dress\n" % n for n in range(1000)))[:size])
    with pytest.raises(UnreadableFeed, match="damaged or cut off"):
        read(path)


def test_line_without_end_is_at_fault_and_the_next_is_read(tmp_path: Path) -> None:
    text = "id,title\nA," + "x" * (3 * MAX_LINE) + "\nB,Scarf\n"
    rows = read_text(tmp_path, "feed.csv", text)
    assert list(taken(rows)) == ["B"]
    assert "longer than" in faults(rows)[2][""]


def test_cell_that_is_too_long_is_at_fault_and_the_next_line_is_read(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.csv", f'id,title\nA,"{"x" * 200_000}"\nB,Scarf\n')
    assert (list(taken(rows)), list(faults(rows))) == (["B"], [2])


def test_open_quote_swallows_no_row_but_its_own(tmp_path: Path) -> None:
    lines = "".join(f"A{n},Dress,red\n" for n in range(20_000))
    rows = read_text(tmp_path, "feed.csv", f'id,title,color\nX,"open,red\n{lines}')
    assert (len(taken(rows)), list(faults(rows))) == (20_000, [2])


def test_quotes_that_close_only_to_open_again_come_to_an_end(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("id,title\n" + 'a",""b,"\n' * 300_000)
    with pytest.raises(UnreadableFeed, match="too many quotes"):
        list(read(path))


def test_same_file_gives_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(WOO + 'x,"\n' + "1,simple,A,B,1,5,,,\n2,simple,C,D,1,ask,,,\n")
    options = FeedOptions(currency="EUR")
    assert list(read(path, options)) == list(read(path, options))
