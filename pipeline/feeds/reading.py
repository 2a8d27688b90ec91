"""Reads a feed: what it is, how it is encoded, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.feeds.encoding import encoding_of
from pipeline.feeds.google_xml import xml_rows
from pipeline.feeds.json_lines import json_rows
from pipeline.feeds.lines import lines_of
from pipeline.feeds.names import Names, names_of
from pipeline.feeds.recognise import check_is_text, format_of_table, format_of_text
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed
from pipeline.feeds.shopify import shopify_names, shopify_rows
from pipeline.feeds.source import Source
from pipeline.feeds.table import Table, open_table, table_rows
from pipeline.feeds.woocommerce import woocommerce_names, woocommerce_rows

START_CHARACTERS = 1024
_FOUND_OUT = FeedOptions()
FEED_SUFFIXES = (".csv", ".tsv", ".txt", ".xml", ".jsonl", ".ndjson")


def read(path: Path, options: FeedOptions = _FOUND_OUT, *, name: str | None = None) -> Iterator[Row]:
    """Return the rows of a feed, in the order of the file: the same file and options give the same rows.

    `name` is what messages call the file, its own name unless given. Memory is bounded whatever the file holds. Raises
    UnreadableFeed at once where the file is no feed, and from the iterator where it breaks off: then the rows that
    came are not all there are.
    """
    source = Source(path, name or path.name, options.limit_bytes)
    check_is_text(source.name, source.head(START_CHARACTERS))
    encoding = encoding_of(source, options.encoding)
    format = options.format or format_of_text(source.name, _start(source, encoding))
    if format is Format.GOOGLE_XML:
        return xml_rows(source, encoding, options)
    if format is Format.JSON_LINES:
        return json_rows(lines_of(source, encoding), options)
    return _table_rows(source, encoding, format, options)


def is_feed_name(name: str) -> bool:
    """Whether a file is named like a feed, packed or not."""
    return name.lower().removesuffix(".gz").endswith(FEED_SUFFIXES)


def _start(source: Source, encoding: str) -> str:
    for line in lines_of(source, encoding):
        if line.text.strip("\ufeff \t\r\n"):
            return line.text[:START_CHARACTERS]
    return ""


def _table_rows(source: Source, encoding: str, format: Format | None, options: FeedOptions) -> Iterator[Row]:
    known = [shopify_names(options), woocommerce_names(options), names_of(Format.TABLE, options)]
    table = open_table(source, encoding, lambda name: any(names.knows(name) for names in known))
    format = format or format_of_table(table.names)
    if format is Format.SHOPIFY:
        _check_currency(table, shopify_names(options), options)
        return shopify_rows(table, options)
    if format is Format.WOOCOMMERCE:
        _check_currency(table, woocommerce_names(options), options)
        return woocommerce_rows(table, options)
    return table_rows(table, format, options)


def _check_currency(table: Table, names: Names, options: FeedOptions) -> None:
    fields = {column.name for column in names.plan(table.names) if column is not None}
    if "price" in fields and "currency" not in fields and not options.currency:
        raise UnreadableFeed(f"{table.source.name}: this export names no currency; set the feed's currency, like 'EUR'")
