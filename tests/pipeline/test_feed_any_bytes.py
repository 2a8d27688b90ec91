"""Whatever bytes come as a feed: rows, rows at fault, or one clear error. Never anything else."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feeds import FeedOptions, Format, Row, UnreadableFeed, read
from pipeline.sync import InvalidProduct, checked, checked_sku
from tests.pipeline.test_feed_google import RSS
from tests.pipeline.test_feed_shopify import TEE
from tests.pipeline.test_feed_shopify import export as shopify_export
from tests.pipeline.test_feed_woocommerce import CAP, RED, SHIRT
from tests.pipeline.test_feed_woocommerce import export as woocommerce_export

JSON = '{"id": "A", "title": "Dress", "price": 5, "custom": {"x": [1, {"y": null}]}}\n{"id": 2, "title": ["a"]}\n'
FEEDS = {
    "google.xml": RSS,
    "shopify.csv": shopify_export(*TEE),
    "woocommerce.csv": woocommerce_export(SHIRT, CAP, RED),
    "feed.jsonl": JSON,
    "feed.tsv": "id\ttitle\tlink\tprice\n" + 'A\t"Two\nlines"\thttps://shop.example\t5 EUR\n' * 5,
}
NAMES = [
    "id",
    "title",
    "image link",
    "price",
    "availability",
    "Handle",
    "Variant Price",
    "Type",
    "SKU",
    "x",
    "",
    "view",
]
formats = st.none() | st.sampled_from(Format)


def read_any(data: bytes, format: Format | None = None, currency: str | None = "EUR") -> list[Row] | None:
    """Return the rows, None for a feed that is refused. Checks that what can be taken is taken or refused clearly."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            rows = list(read(Path(file.name), FeedOptions(format=format, currency=currency), name="feed"))
        except UnreadableFeed as error:
            assert str(error)
            return None
    for row in rows:
        assert row.line > 0
        if not row.problems:
            try:
                checked(checked_sku(row.sku or ""), row.body)
            except InvalidProduct as error:
                assert error.problems
    return rows


@given(st.binary(max_size=400), formats)
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes, format: Format | None) -> None:
    read_any(data, format)


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"]), formats)
@settings(max_examples=300, deadline=None)
def test_any_text(text: str, encoding: str, format: Format | None) -> None:
    read_any(text.encode(encoding, "replace"), format)


@given(
    st.lists(st.sampled_from(NAMES) | st.text(max_size=8), min_size=1, max_size=8),
    st.lists(st.lists(st.text(max_size=12) | st.sampled_from(["5", "A", "1,5 €", '"']), max_size=9), max_size=8),
    st.sampled_from(",;\t|"),
    st.booleans(),
    formats,
)
@settings(max_examples=300, deadline=None)
def test_any_table(names: list[str], rows: list[list[str]], delimiter: str, plain: bool, format: Format | None) -> None:
    text = io.StringIO()
    if plain:
        text.write("\n".join(delimiter.join(cells) for cells in [names, *rows]))
    else:
        csv.writer(text, delimiter=delimiter).writerows([names, *rows])
    read_any(text.getvalue().encode("utf-8", "replace"), format)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-5, 2**63) | st.text(max_size=9),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=3), some, max_size=3), max_leaves=6,
), max_size=6), max_size=4))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_json(records: list[dict[str, object]]) -> None:
    rows = read_any("\n".join(map(json.dumps, records)).encode() + b"\n", Format.JSON_LINES)
    assert rows is not None
    assert len(rows) == len(records)


@pytest.mark.parametrize("name", FEEDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_feed_with_a_part_cut_out_or_changed(name: str, data: st.DataObject) -> None:
    whole = FEEDS[name].encode()
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 40) | st.integers(0, len(whole)))
    read_any(whole[:start] + data.draw(st.binary(max_size=6)) + whole[start + length :])


@pytest.mark.parametrize("name", FEEDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_packed_feed_that_is_cut_off_or_damaged(name: str, data: st.DataObject) -> None:
    packed = gzip.compress(FEEDS[name].encode())
    at = data.draw(st.integers(3, len(packed) - 1))
    assert read_any(packed[:at]) is None
    read_any(packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :])


@pytest.mark.parametrize("name", FEEDS)
def test_whole_feed_is_read(name: str) -> None:
    assert read_any(FEEDS[name].encode())
