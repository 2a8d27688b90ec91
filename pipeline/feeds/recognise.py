"""Recognises how a feed is written, from its first bytes and the names of its columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from pipeline.feeds.names import key
from pipeline.feeds.records import Format, UnreadableFeed

_ARCHIVES = {b"PK": "a ZIP archive or an Excel workbook", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an Excel workbook"}
_SHOPIFY = frozenset(
    ("option1name", "variantprice", "variantsku", "publishedononlinestore", "compareatprice", "bodyhtml")
)
_WOOCOMMERCE = frozenset(("regularprice", "instock", "visibilityincatalog", "attribute1name", "parent"))
_GOOGLE = frozenset(("title", "description", "link", "imagelink", "price", "availability"))


def check_is_text(name: str, head: bytes) -> None:
    """Raise UnreadableFeed for files that are something else by their first bytes."""
    for start, what in _ARCHIVES.items():
        if head.startswith(start):
            raise UnreadableFeed(f"{name} is {what}; save it as CSV and upload that")
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise UnreadableFeed(f"{name} is a web page and no feed; check the address, and whether it asks for a login")


def format_of_text(name: str, start: str) -> Format | None:
    """Return the format of a file that is no table, None for a table. `start` is the start of its text."""
    first = start.lstrip("\ufeff \t\r\n")[:1]
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    if first == "<":
        return Format.GOOGLE_XML
    if first == "[" and not {".jsonl", ".ndjson"} & set(suffixes):
        raise UnreadableFeed(f"{name} is one JSON array; write one object per line instead (JSON lines)")
    return Format.JSON_LINES if first == "{" or {".jsonl", ".ndjson"} & set(suffixes) else None


def format_of_table(names: Iterable[str]) -> Format:
    """Return whose table it is, by the names of its columns."""
    keys = set(map(key, names))
    if keys & {"handle", "urlhandle"} and keys & _SHOPIFY:
        return Format.SHOPIFY
    if {"type", "sku"} <= keys and len(keys & _WOOCOMMERCE) > 1:
        return Format.WOOCOMMERCE
    if "id" in keys and "title" in keys and len(keys & _GOOGLE) > 2:
        return Format.GOOGLE_TEXT
    return Format.TABLE
