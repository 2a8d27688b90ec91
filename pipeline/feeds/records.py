"""What goes in and out of a feed reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.sync import FieldProblem

DEFAULT_LIMIT_BYTES = 8 * 1024**3  # of a feed once it is unpacked: a million lines of 8 KiB


class UnreadableFeed(ValueError):
    """A file that cannot be read as a feed, or not to its end; the message says what is missing or where it broke."""


class Format(StrEnum):
    """How a feed is written."""

    GOOGLE_TEXT = "google_text"  # Google Merchant, as a table of any separator
    GOOGLE_XML = "google_xml"  # Google Merchant, RSS 2.0 or Atom
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    JSON_LINES = "json_lines"
    TABLE = "table"  # any other table: data sets, exports of other shops


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How to read a store's feed; what is not given is found out from the file.

    `mapping` names our field for a merchant's column, and wins over the column's own name: a field of a product,
    ``sku``, ``currency``, ``quantity`` or ``custom.<name>``; nothing ("" or None) passes the column over. `currency`
    (ISO 4217) is for prices that name none. `shop_url` makes the links that the exports of Shopify and WooCommerce
    lack. `limit_bytes` is the most that a feed may unpack to.
    """

    format: Format | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    currency: str | None = None
    encoding: str | None = None
    shop_url: str | None = None
    limit_bytes: int = DEFAULT_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Row:
    """One product of a feed: the line it starts on, its SKU if it has one, and the body that `Sync.put` takes.

    A row with problems cannot be taken as it is.
    """

    line: int
    sku: str | None
    body: dict[str, object]
    problems: tuple[FieldProblem, ...] = ()
    view: str | None = None  # of a table with one row per photo: which side of the product it shows


def broken(line: int, message: str, *, sku: str | None = None, field: str = "") -> Row:
    """Return a row that cannot be taken, for a part of a feed that could not be read."""
    return Row(line, sku, {}, (FieldProblem(field, message),))
