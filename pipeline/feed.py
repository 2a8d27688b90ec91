"""Reads product tables as merchants and data sets write them: CSV, TSV or JSONL, columns mapped by name.

Names of the Google Merchant specification are understood, and the usual other spellings of them. A column that is
neither becomes a custom attribute, so nothing a merchant says is lost.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog import ProductFields

_ALIASES = {
    "id": "sku", "item_id": "sku", "product_id": "sku", "item_group_id": "group_id", "design": "group_id",
    "name": "title", "product_name": "title", "productdisplayname": "title",
    "url": "link", "product_url": "link",
    "image": "image_link", "image_url": "image_link", "file": "image_link", "filename": "image_link",
    "additional_image_links": "additional_image_link", "images": "additional_image_link",
    "colour": "color", "basecolour": "color", "base_color": "color",
    "articletype": "product_type", "category": "product_type",
}  # fmt: skip
_GENDERS = {
    "men": "male", "man": "male", "boys": "male", "m": "male",
    "women": "female", "woman": "female", "girls": "female", "f": "female", "w": "female",
}  # fmt: skip
_FIELDS = frozenset(ProductFields.model_fields) - {"custom"}
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
TABLE_SUFFIXES = (*_DELIMITERS, ".jsonl", ".ndjson")


class UnreadableFeed(ValueError):
    """A file that is no product table; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file, the SKU if it has one, and the body a `put` takes."""

    line: int
    sku: str | None
    body: dict[str, object]
    view: str | None = None  # of a table with one row per photo: which side of the product it shows


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a table, in order, in bounded memory. Raises UnreadableFeed."""
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise UnreadableFeed(f"{path.name} is not a table; give one of {', '.join(TABLE_SUFFIXES)}")
    if path.suffix.lower() in _DELIMITERS:
        return _delimited(path, _DELIMITERS[path.suffix.lower()])
    return _json_lines(path)


def row_of(line: int, record: Mapping[str, object]) -> Row:
    """Return one record with its names, words and types as the catalog wants them."""
    body: dict[str, object] = {}
    custom: dict[str, object] = {}
    sku, view = None, None
    for raw_name, value in record.items():
        name = _plain_name(raw_name)
        name = _ALIASES.get(name, name)
        if value is None or value == "" or value == []:
            continue
        if name == "sku":
            sku = str(value).strip()
        elif name == "view":
            view = str(value)
        elif name == "custom" and isinstance(value, Mapping):
            custom.update(value)
        elif name in _FIELDS:
            body.setdefault(name, _value(name, value))
        else:
            custom[re.sub(r"\W", "_", name.removeprefix("custom_"), flags=re.ASCII)[:64]] = value
    if custom:
        body["custom"] = custom
    if body.get("gender") not in ("male", "female", "unisex", None):
        custom["gender"] = body.pop("gender")
        body["custom"] = custom
    sku = sku or _made_sku(body)
    body.setdefault("title", _made_title(body, sku))
    return Row(line, sku, body, view)


def _delimited(path: Path, delimiter: str) -> Iterator[Row]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file, delimiter=delimiter, restkey="_rest")
        named = {_ALIASES.get(_plain_name(name), _plain_name(name)) for name in reader.fieldnames or ()}
        if not named & {"sku", "image_link"}:
            raise UnreadableFeed(f"{path.name}: the first line names neither an 'id' nor an 'image_link' column")
        for record in reader:
            record.pop("_rest", None)
            yield row_of(reader.line_num, record)


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            yield row_of(number, record) if isinstance(record, dict) else Row(number, None, {"title": "?"})


def _plain_name(name: str) -> str:
    plain = name.strip().lower().removeprefix("g:")
    return re.sub(r"[\s-]+", "_", plain)


def _value(name: str, value: object) -> object:
    if name == "additional_image_link" and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if name == "gender" and isinstance(value, str):
        return _GENDERS.get(value.strip().lower(), value.strip().lower())
    if name in ("price", "sale_price") or isinstance(value, (list, Mapping)):
        return value
    return str(value)


def _made_sku(body: Mapping[str, object]) -> str | None:
    """Return the SKU of a table with one row per photo: the design and its colour."""
    parts = [str(body[name]) for name in ("group_id", "color") if name in body]
    return "-".join(parts) if "group_id" in body else None


def _made_title(body: Mapping[str, object], sku: str | None) -> str:
    parts = [str(body[name]) for name in ("color", "product_type") if name in body]
    return " ".join(parts) if "product_type" in body else (sku or "?")
