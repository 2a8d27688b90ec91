"""Reads a feed: what it is, how it is encoded, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.feeds.encoding import encoding_of
from pipeline.feeds.google_xml import xml_rows
from pipeline.feeds.json_lines import json_rows
from pipeline.feeds.lines import lines_of
from pipeline.feeds.names import Column, Names, names_of
from pipeline.feeds.prices import is_currency
from pipeline.feeds.recognise import check_is_text, format_of_table, format_of_text
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed
from pipeline.feeds.shopify import shopify_names, shopify_rows
from pipeline.feeds.source import Source
from pipeline.feeds.table import Table, open_table, table_rows
from pipeline.feeds.woocommerce import woocommerce_names, woocommerce_rows

START_CHARACTERS = 1024
FEED_SUFFIXES = (".csv", ".tsv", ".txt", ".xml", ".jsonl", ".ndjson")
_FOUND_OUT = FeedOptions()


@dataclass(frozen=True, slots=True)
class Recognised:
    """How a feed is read: what was given in the options, and what was found out.

    `columns` says of each column of a table which field it is, ``custom.<name>``, or nothing if it is passed over.
    Shopify's and WooCommerce's own names (``compare_at_price``) may be among the fields.
    """

    format: Format
    encoding: str
    columns: Mapping[str, str | None]


def read(path: Path, options: FeedOptions = _FOUND_OUT, *, name: str | None = None) -> Iterator[Row]:
    """Return the rows of a feed, in the order of the file: the same file and options give the same rows.

    `name` is what messages call the file, its own name unless given. Memory is bounded whatever the file holds. Raises
    UnreadableFeed at once where the file is no feed, and from the iterator where it breaks off: then the rows that
    came are not all there are.
    """
    feed = _opened(path, options, name)
    if feed.format is Format.GOOGLE_XML:
        return xml_rows(feed.source, feed.encoding, options)
    if feed.table is None:
        return json_rows(lines_of(feed.source, feed.encoding), options)
    if feed.format is Format.SHOPIFY:
        _check_export(feed.table, feed.names, ("handle",), options)
        return shopify_rows(feed.table, options)
    if feed.format is Format.WOOCOMMERCE:
        _check_export(feed.table, feed.names, ("type", "title"), options)
        return woocommerce_rows(feed.table, options)
    return table_rows(feed.table, feed.format, options)


def recognise(path: Path, options: FeedOptions = _FOUND_OUT, *, name: str | None = None) -> Recognised:
    """Return how `read` reads a feed, to be shown to the merchant. Raises UnreadableFeed."""
    feed = _opened(path, options, name)
    names = feed.table.names if feed.table else ()
    columns = zip(names, feed.names.plan(names), strict=True)
    return Recognised(feed.format, feed.encoding, {name: _shown(column) for name, column in columns if name})


def is_feed_name(name: str) -> bool:
    """Whether a file is named like a feed, packed or not."""
    return name.lower().removesuffix(".gz").endswith(FEED_SUFFIXES)


@dataclass(frozen=True, slots=True)
class _Opened:
    source: Source
    encoding: str
    format: Format
    names: Names
    table: Table | None = None


def _opened(path: Path, options: FeedOptions, name: str | None) -> _Opened:
    source = Source(path, name or path.name, options.limit_bytes)
    if options.currency and not is_currency(options.currency):
        raise UnreadableFeed(f"the currency {options.currency!r} is no code of ISO 4217; write it like 'EUR'")
    check_is_text(source.name, source.head(START_CHARACTERS))
    encoding = encoding_of(source, options.encoding)
    format = options.format or format_of_text(source.name, _start(source, encoding))
    if format in (Format.GOOGLE_XML, Format.JSON_LINES):
        return _Opened(source, encoding, format, _names(format, options))
    known = [_names(one, options) for one in (Format.SHOPIFY, Format.WOOCOMMERCE, Format.TABLE)]
    table = open_table(source, encoding, lambda name: any(names.knows(name) for names in known))
    format = format or format_of_table(table.names)
    return _Opened(source, encoding, format, _names(format, options), table)


def _names(format: Format, options: FeedOptions) -> Names:
    if format is Format.SHOPIFY:
        return shopify_names(options)
    return woocommerce_names(options) if format is Format.WOOCOMMERCE else names_of(format, options)


def _start(source: Source, encoding: str) -> str:
    for line in lines_of(source, encoding):
        if line.text.strip("\ufeff \t\r\n"):
            return line.text[:START_CHARACTERS]
    return ""


def _check_export(table: Table, names: Names, needed: tuple[str, ...], options: FeedOptions) -> None:
    fields = {column.name for column in names.plan(table.names) if column is not None}
    for name in needed:
        if name not in fields:
            raise UnreadableFeed(
                f"{table.source.name}: the first line names no {name!r}; is it the export it is read as?"
            )
    if "price" in fields and "currency" not in fields and not options.currency:
        raise UnreadableFeed(f"{table.source.name}: this export names no currency; set the feed's currency, like 'EUR'")


def _shown(column: Column | None) -> str | None:
    if column is None:
        return None
    return f"custom.{column.name}" if column.custom else column.name
