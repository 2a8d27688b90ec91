"""Reads Google Merchant feeds in XML: RSS 2.0 and Atom, their fields in the namespace of Google.

The parser calls `_Items` as it goes and nothing of the document is kept. A document type or an entity of its own is
refused: no feed needs one, and both are how a small file becomes a large one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from pipeline.feeds.names import names_of
from pipeline.feeds.product import row_of, said_of
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed, broken
from pipeline.feeds.source import Source

CHUNK = 64 * 1024  # characters
MAX_TEXT = 128 * 1024  # characters of one field
MAX_FIELDS = 1000  # of one item
MAX_DEPTH = 64
MAX_TAG = 1024 * 1024  # bytes
_GOOGLE = "{http://base.google.com/ns/1.0}"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ITEMS = ("item", "entry")


def xml_rows(source: Source, encoding: str, options: FeedOptions) -> Iterator[Row]:
    """Yield a row per item or entry. Raises UnreadableFeed where the file stops being XML."""
    names = names_of(Format.GOOGLE_XML, options)
    some = False
    for line, pairs, fault in _items(source, encoding):
        some = True
        if fault:
            yield broken(line, fault)
        else:
            plan = names.plan(tuple(name for name, _ in pairs))
            yield row_of(line, said_of(plan, (value for _, value in pairs)), options)
    if not some:
        raise UnreadableFeed(f"{source.name} has no <item> and no <entry>; it is no Google Merchant feed")


_Item = tuple[int, list[tuple[str, str]], str]


def _items(source: Source, encoding: str) -> Iterator[_Item]:
    items = _Items()
    parser = DefusedXMLParser(target=items, encoding="utf-8", forbid_dtd=True)
    items.expat = parser.parser
    read = 0
    try:
        with io.TextIOWrapper(source.open(), encoding, errors="replace", newline="") as file:
            while text := file.read(CHUNK):
                data = _NOT_XML.sub("\ufffd", text.removeprefix("\ufeff") if not read else text).encode()
                read += len(data)
                parser.feed(data)
                yield from items.take()
                if read - items.expat.CurrentByteIndex > MAX_TAG + CHUNK:
                    raise UnreadableFeed(_at(source, items, f"one tag is larger than {MAX_TAG:,} bytes"))
        parser.close()
        yield from items.take()
    except DefusedXmlException:
        raise UnreadableFeed(
            _at(source, items, "the file declares a document type (<!DOCTYPE>) or entities; write it without")
        ) from None
    except ParseError as error:
        message = f"the XML is broken here ({error}); nothing after it was read. Mend the export, and escape & as &amp;"
        raise UnreadableFeed(_at(source, items, message)) from None
    except _TooDeep:
        raise UnreadableFeed(_at(source, items, f"tags stand in more than {MAX_DEPTH} others")) from None


def _at(source: Source, items: _Items, message: str) -> str:
    return f"{source.name}, line {items.expat.CurrentLineNumber}: {message}"


class _TooDeep(Exception):
    pass


class _Items:
    """Collects the fields of one item after the other. Called by the parser."""

    def __init__(self) -> None:
        self.expat: Any
        self._done: list[_Item] = []
        self._depth = 0
        self._item_depth = 0  # 0: outside of items
        self._line = 0
        self._fields: list[tuple[str, str]] = []
        self._texts: list[list[str]] = []  # of the open tags of an item, the outermost first
        self._size = 0
        self._link = ""
        self._fault = ""

    def take(self) -> list[_Item]:
        """Return the items that are complete, and forget them."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        if self._item_depth:
            self._texts.append([])
            self._size = 0
            if _plain(tag) == "link" and attributes.get("rel", "alternate") == "alternate":
                self._link = attributes.get("href", "")
        elif _plain(tag) in _ITEMS:
            self._item_depth = self._depth
            self._line = self.expat.CurrentLineNumber
            self._fields, self._texts, self._fault = [], [], ""

    def data(self, text: str) -> None:
        if self._texts:
            self._size += len(text)
            if self._size <= MAX_TEXT:
                self._texts[-1].append(text)
            else:
                self._fault = f"a field is longer than {MAX_TEXT:,} characters"

    def end(self, tag: str) -> None:
        if self._item_depth == self._depth:
            self._done.append((self._line, self._ordered(), self._fault))
            self._item_depth = 0
        elif self._item_depth:
            self._end_field(tag)
        self._depth -= 1

    def close(self) -> None:
        """Nothing is left to do."""

    def _end_field(self, tag: str) -> None:
        text = "".join(self._texts.pop()).strip()
        if self._depth > self._item_depth + 1:  # a part of a field, like the price of <g:shipping>
            outer = self._texts[-1]
            outer.append(f":{text}" if "".join(outer).strip() else text)
            return
        if _plain(tag) == "link":
            text = text or self._link
        self._link = ""
        if len(self._fields) >= MAX_FIELDS:
            self._fault = f"the item has more than {MAX_FIELDS:,} fields"
        else:
            self._fields.append((tag, text))

    def _ordered(self) -> list[tuple[str, str]]:
        """Return the fields by their plain names, those of Google first: they win over those of RSS and Atom."""
        google = [(_plain(tag), text) for tag, text in self._fields if tag.startswith(_GOOGLE)]
        return google + [(_plain(tag), text) for tag, text in self._fields if not tag.startswith(_GOOGLE)]


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
