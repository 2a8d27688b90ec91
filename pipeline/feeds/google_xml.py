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
from xml.parsers.expat import errors

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from pipeline.feeds.names import names_of
from pipeline.feeds.product import row_of
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed, broken
from pipeline.feeds.said import said_of
from pipeline.feeds.source import Source

CHUNK = 64 * 1024  # characters
MAX_TEXT = 128 * 1024  # characters of one field
MAX_FIELDS = 1000  # of one item
MAX_DEPTH = 64
MAX_TAG = 1024 * 1024  # bytes
MAX_NAMES = 1024 * 1024  # characters of all names of tags and attributes, each once: the parser keeps them
_GOOGLE = "{http://base.google.com/ns/1.0}"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CUT_OFF = "the file may be cut off; upload it again"
_HINTS = {
    errors.codes[errors.XML_ERROR_INVALID_TOKEN]: "write & as &amp; and < as &lt; in texts and addresses",
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "write characters as they are, or as numbers: &#160; for &nbsp;",
    errors.codes[errors.XML_ERROR_UNBOUND_PREFIX]: f'declare the names, like xmlns:g="{_GOOGLE[1:-1]}" in <rss>',
    errors.codes[errors.XML_ERROR_NO_ELEMENTS]: _CUT_OFF,
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN]: _CUT_OFF,
    errors.codes[errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: _CUT_OFF,
}
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
        hint = _HINTS.get(error.code, "mend the export")
        message = f"the XML is broken here ({error}) and nothing after it was read; {hint}"
        raise UnreadableFeed(_at(source, items, message)) from None
    except _Beyond as error:
        raise UnreadableFeed(_at(source, items, str(error))) from None


def _at(source: Source, items: _Items, message: str) -> str:
    return f"{source.name}, line {items.expat.CurrentLineNumber}: {message}"


class _Beyond(Exception):
    """More than a feed can need."""


class _Items:
    """Collects the fields of one item after the other. Called by the parser."""

    def __init__(self) -> None:
        self.expat: Any
        self._done: list[_Item] = []
        self._names: set[str] = set()
        self._names_length = 0
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
            raise _Beyond(f"tags stand in more than {MAX_DEPTH} others")
        self._name(tag, *attributes)
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

    def _name(self, *names: str) -> None:
        for name in names:
            if name not in self._names:
                self._names.add(name)
                self._names_length += len(name)
        if self._names_length > MAX_NAMES:
            raise _Beyond("there is no end of different tags; it is no Google Merchant feed")

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
