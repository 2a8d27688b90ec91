"""Feeds written for tests, read through the public face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog import ProductFields
from pipeline.feeds import FeedOptions, Row, read
from pipeline.sync import checked, checked_sku


def read_text(folder: Path, name: str, text: str, encoding: str = "utf-8", **options: Any) -> list[Row]:
    return read_bytes(folder, name, text.encode(encoding), **options)


def read_bytes(folder: Path, name: str, data: bytes, **options: Any) -> list[Row]:
    path = folder / name
    path.write_bytes(data)
    return list(read(path, FeedOptions(**options)))


def taken(rows: list[Row]) -> dict[str, ProductFields]:
    """Return the products of the rows that can be taken, as the catalog would take them."""
    return {checked_sku(row.sku or ""): checked(row.sku or "", row.body) for row in rows if not row.problems}


def faults(rows: list[Row]) -> dict[int, dict[str, str]]:
    """Return message by field, by line, of the rows that cannot be taken."""
    return {row.line: {one.field: one.message for one in row.problems} for row in rows if row.problems}


def price(product: ProductFields) -> str | None:
    return None if product.price is None else f"{product.price.amount} {product.price.currency}"


def sale_price(product: ProductFields) -> str | None:
    return None if product.sale_price is None else f"{product.sale_price.amount} {product.sale_price.currency}"
