"""Reads the product export of Shopify: the rows of one Handle are the variants and photos of one product.

Both headers are understood, that of the product export ("Handle", "Variant Price") and the newer one of the template
("URL handle", "Price"). Rows of a Handle stand together, so one product is held at a time.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from pipeline.feeds.names import FIELDS, Names, custom_name
from pipeline.feeds.prices import read_price
from pipeline.feeds.product import row_of
from pipeline.feeds.records import FeedOptions, Row, broken
from pipeline.feeds.said import Said, said_of
from pipeline.feeds.table import Table
from pipeline.feeds.values import is_true

MAX_SKU = 100
MAX_ROWS = 5000  # of one Handle; Shopify allows 2,048 variants and 250 photos
MAX_CHARACTERS = 16 * 1024 * 1024  # of one Handle
_OPTIONS = (1, 2, 3)
_COLUMNS = {
    "handle": ("handle", "urlhandle"),
    "title": ("title",),
    "description": ("bodyhtml", "description"),
    "brand": ("vendor",),
    "product_type": ("type", "customproducttype", "standardproducttype"),
    "google_product_category": ("googleshoppinggoogleproductcategory", "productcategory", "standardizedproducttype"),
    "gender": ("googleshoppinggender",),
    "age_group": ("googleshoppingagegroup",),
    "tags": ("tags",),
    "published": ("published", "publishedononlinestore"),
    "status": ("status",),
    "sku": ("variantsku", "sku"),
    "gtin": ("variantbarcode", "barcode", "variantbarcodes"),
    "price": ("variantprice", "price"),
    "compare_at_price": ("variantcompareatprice", "compareatprice"),
    "quantity": ("variantinventoryqty", "inventoryquantity"),
    "oversell": ("variantinventorypolicy", "continuesellingwhenoutofstock"),
    "tracker": ("variantinventorytracker", "inventorytracker"),
    "photo": ("imagesrc", "productimageurl"),
    "position": ("imageposition",),
    "variant_photo": ("variantimage", "variantimageurl"),
} | {f"option_{part}_{number}": (f"option{number}{part}",) for number in _OPTIONS for part in ("name", "value")}
_PASSED_OVER = re.compile(
    r"option\dlinkedto|(variant)?(grams|weightunit|weightvalue\w*|fulfillmentservice|requiresshipping|taxable|taxcode)"
    r"|weightunitfordisplay|chargetax|unitprice\w*|imagealttext|giftcard|seotitle|seodescription|costperitem"
    r"|googleshoppingcustomproduct|googleshopping(adwords|ad|ads)(grouping|groupname|labels)|(included|price"
    r"|compareatprice)\w+"
)
_OF_THE_VARIANT = ("sku", "price", "quantity")  # never taken over from the first row of the product
_OPTION_FIELDS = {
    "color": "color colour farbe couleur colore kleur kolor",
    "size": "size grösse groesse größe taille talla taglia maat rozmiar",
    "material": "material stoff matière matiere tessuto",
    "pattern": "pattern muster motif",
}
_FIELD_OF_OPTION = {word: field for field, words in _OPTION_FIELDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    said: Said
    fault: str = ""
    size: int = 0  # characters

    def cell(self, name: str) -> str:
        return str(self.said.fields.get(name, ""))


def shopify_names(options: FeedOptions) -> Names:
    """Return the names of Shopify's columns."""
    return Names(options, _COLUMNS, _PASSED_OVER.fullmatch)


def shopify_rows(table: Table, options: FeedOptions) -> Iterator[Row]:
    """Yield a row per variant, in the order of the file."""
    for handle, group in groupby(_lines(table, options), key=lambda one: one[0]):
        lines: list[_Line] = []
        room = MAX_CHARACTERS
        for _, line in group:
            room -= line.size
            if line.fault:
                yield broken(line.number, line.fault)
            elif len(lines) < MAX_ROWS and room > 0:
                lines.append(line)
            else:
                yield broken(line.number, f"Handle {handle[:100]!r} has too many rows; give each product its own")
        if lines:
            yield from _variants(handle, lines, options)


def _lines(table: Table, options: FeedOptions) -> Iterator[tuple[str, _Line]]:
    plan = shopify_names(options).plan(table.names)
    handle = ""
    for record in table.records():
        if record.fault:
            yield handle, _Line(record.line, Said(), record.fault)
            continue
        line = _Line(record.line, said_of(plan, record.cells), size=sum(map(len, record.cells)))
        if line.cell("handle"):
            handle = line.cell("handle")
        elif line.cell("title"):
            line = _Line(record.line, Said(), "Handle: is missing; every product of a Shopify export has one")
        yield handle, line


def _variants(handle: str, lines: list[_Line], options: FeedOptions) -> Iterator[Row]:
    base = lines[0]
    variants = [line for line in lines if any(map(line.cell, ("sku", "price", "option_value_1")))] or lines[:1]
    photos = _photos(lines)
    theirs = {line.cell("variant_photo") for line in variants}
    seen: set[str] = set()
    for line in variants:
        said = _said(handle, base, line, len(variants) > 1, options)
        own = line.cell("variant_photo")
        shown = [*([own] if own else []), *(photo for photo in photos if photo not in theirs)]
        if shown or photos:
            said.fields["additional_image_link"] = shown or photos
        row = row_of(line.number, said, options)
        if row.sku in seen:
            row = broken(line.number, f"another variant of {handle!r} has this SKU too", sku=row.sku, field="sku")
        seen.add(row.sku or "")
        yield row


def _said(handle: str, base: _Line, line: _Line, several: bool, options: FeedOptions) -> Said:
    cells = {**base.said.fields, **line.said.fields}
    chosen = [(name.casefold(), value) for name, value in _chosen(base, line)]
    fields: dict[str, object] = {
        "sku": line.cell("sku").lstrip("'") or _made_sku(handle, [value for _, value in chosen], several),
        "availability": _availability(base, line),
        "group_id": handle,
        **_prices(line, options),
        **{_FIELD_OF_OPTION[name]: value for name, value in chosen if name in _FIELD_OF_OPTION},
    }
    if options.shop_url:
        fields["link"] = f"{options.shop_url.rstrip('/')}/products/{handle}"
    fields |= {name: value for name, value in cells.items() if name in FIELDS and name not in _OF_THE_VARIANT}
    custom = {**base.said.custom, **line.said.custom}
    custom |= {custom_name(name): value for name, value in chosen if name not in _FIELD_OF_OPTION}
    custom |= {name: str(cells[name]).lstrip("'") for name in ("tags", "gtin") if name in cells}
    return Said(fields, custom, base.said.asked | line.said.asked)


def _chosen(base: _Line, line: _Line) -> Iterator[tuple[str, str]]:
    """Yield name and value of the variant's options; their names stand on the product's first row only."""
    for number in _OPTIONS:
        name = line.cell(f"option_name_{number}") or base.cell(f"option_name_{number}")
        value = line.cell(f"option_value_{number}")
        if name and value and (name, value) != ("Title", "Default Title"):
            yield name, value


def _made_sku(handle: str, chosen: list[str], several: bool) -> str:
    """Return the SKU of a variant that has none: its Handle and, if there are others, its options."""
    parts = [re.sub(r"[\W_]+", "-", value.casefold()).strip("-") for value in chosen] if several else []
    made = "-".join([handle, *filter(None, parts)])
    return made if len(made) <= MAX_SKU else f"{made[: MAX_SKU - 9]}-{zlib.crc32(made.encode()):08x}"


def _availability(base: _Line, line: _Line) -> str:
    """Return what can be had of a variant. What the shop does not show is out of stock here, so no answer shows it."""
    status = base.cell("status").casefold()
    if is_true(base.cell("published")) is False or status not in ("", "active"):
        return "out_of_stock"
    counted = line.cell("tracker") and re.fullmatch(r"-?\d+(\.0+)?", line.cell("quantity"))
    if not counted or float(line.cell("quantity")) > 0:
        return "in_stock"
    oversold = line.cell("oversell").casefold() == "continue" or is_true(line.cell("oversell"))
    return "backorder" if oversold else "out_of_stock"


def _prices(line: _Line, options: FeedOptions) -> dict[str, object]:
    """Return price and sale price. The higher "compare at" price is what a product cost before."""
    price, before = line.cell("price"), line.cell("compare_at_price")
    if price and before and _amount(before, options) > _amount(price, options):
        return {"price": before, "sale_price": price}
    return {"price": price} if price else {}


def _amount(price: str, options: FeedOptions) -> Decimal:
    try:
        return Decimal(str(read_price(price, options.currency)).split()[0])
    except ValueError:
        return Decimal(0)


def _photos(lines: Iterable[_Line]) -> list[str]:
    """Return the photos of a product, each once, by their positions."""
    numbered = [(_position(line), line.cell("photo")) for line in lines if line.cell("photo")]
    return list(dict.fromkeys(photo for _, photo in sorted(numbered, key=lambda one: one[0])))


def _position(line: _Line) -> int:
    position = line.cell("position")
    return int(position) if re.fullmatch(r"\d{1,6}", position) else 0
