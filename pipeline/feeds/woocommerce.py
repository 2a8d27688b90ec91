"""Reads the product export of WooCommerce: simple products, and variations that say what differs from their parent.

The export is ordered by id, so a variation may stand far from its parent, before it or after it. The file is read
twice: first for the parents, which wait on disk, then for the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.feeds.names import FIELDS, Names, custom_name
from pipeline.feeds.parents import MAX_PARENTS, Parents
from pipeline.feeds.product import row_of
from pipeline.feeds.records import FeedOptions, Row, broken
from pipeline.feeds.said import Said, said_of
from pipeline.feeds.table import Table
from pipeline.feeds.values import is_true

_NUMBERS = range(1, 51)  # of attributes
_ATTRIBUTES = tuple((f"attribute_name_{number}", f"attribute_value_{number}") for number in _NUMBERS)
_COLUMNS = {
    "id": ("id",),
    "type": ("type",),
    "sku": ("sku",),
    "gtin": ("gtinupceanorisbn",),
    "title": ("name",),
    "published": ("published",),
    "visibility": ("visibilityincatalog",),
    "short_description": ("shortdescription",),
    "description": ("description",),
    "availability": ("instock",),
    "quantity": ("stock",),
    "price": ("regularprice",),
    "sale_price": ("saleprice",),
    "categories": ("categories",),
    "tags": ("tags",),
    "additional_image_link": ("images",),
    "parent": ("parent",),
    "link": ("externalurl",),
    "brand": ("brands", "brand"),
} | {f"attribute_{part}_{number}": (f"attribute{number}{part}", f"attribute{number}{part}s")
     for number in _NUMBERS for part in ("name", "value")}  # fmt: skip
_PASSED_OVER = re.compile(
    r"attribute\d+(visible|global|default|variation)|download\w*|isfeatured|datesaleprice\w+|taxstatus|taxclass"
    r"|lowstockamount|backordersallowed|soldindividually|(weight|length|width|height)\w*|allowcustomerreviews"
    r"|purchasenote|shippingclass|groupedproducts|upsells|crosssells|buttontext|position|costofgoods|meta\w*"
)
_FIELD_OF_ATTRIBUTE = {
    "color": "color", "colour": "color", "farbe": "color", "couleur": "color", "colore": "color", "kleur": "color",
    "size": "size", "größe": "size", "grösse": "size", "groesse": "size", "taille": "size", "talla": "size",
    "taglia": "size", "maat": "size", "material": "material", "pattern": "pattern", "brand": "brand",
    "marke": "brand", "gender": "gender",
}  # fmt: skip
_FROM_PARENT = ("title", "description", "short_description", "categories", "tags", "brand", "additional_image_link")


def woocommerce_names(options: FeedOptions) -> Names:
    """Return the names of WooCommerce's columns."""
    return Names(options, _COLUMNS, _PASSED_OVER.fullmatch)


def woocommerce_rows(table: Table, options: FeedOptions) -> Iterator[Row]:
    """Yield a row per simple product and variation, in the order of the file; a product of variations is no row."""
    with Parents() as parents:
        for one in _lines(table, options):
            if isinstance(one, Row):
                continue
            _, said = one
            if _types(said) & {"variable", "variable-subscription"}:
                parents.keep((_text(said, "sku"), _id(said)), said)
            if parent := _text(said, "parent"):
                parents.name(parent)
        for one in _lines(table, options):
            if isinstance(one, Row):
                yield one
            elif not _is_parent(one[1], parents):
                yield _row(*one, parents, options)


def _lines(table: Table, options: FeedOptions) -> Iterator[Row | tuple[int, Said]]:
    plan = woocommerce_names(options).plan(table.names)
    for record in table.records():
        if record.fault:
            yield broken(record.line, record.fault)
        else:
            yield record.line, said_of(plan, record.cells)


def _is_parent(said: Said, parents: Parents) -> bool:
    """Whether variations in the file are sold instead. A product of variations that has none here stands for itself."""
    return bool(_types(said) & {"variable", "variable-subscription"}) and (
        parents.named(_text(said, "sku")) or parents.named(_id(said))
    )


def _row(line: int, said: Said, parents: Parents, options: FeedOptions) -> Row:
    parent = _text(said, "parent") if _types(said) & {"variation", "subscription_variation"} else ""
    family = parents.get(parent) if parent else None
    if parent and family is None:
        message = (
            f"the file has no variable product {parent!r}, or more than {MAX_PARENTS:,} of them; "
            "export variable products and their variations together"
        )
        return broken(line, message, sku=_text(said, "sku") or _id(said), field="Parent")
    return row_of(line, _product(said, family, parent, options), options)


def _product(said: Said, family: Said | None, parent: str, options: FeedOptions) -> Said:
    cells = dict(said.fields)
    custom = {**(family.custom if family else {}), **said.custom}
    for name in _FROM_PARENT if family else ():
        if family and name in family.fields:
            cells.setdefault(name, family.fields[name])
    fields = {name: value for name, value in cells.items() if name in FIELDS}
    fields.setdefault("sku", _id(said))
    if parent:
        fields.setdefault("group_id", parent)
    if description := str(cells.get("description", cells.get("short_description", ""))):
        fields["description"] = description.replace("\\n", "\n")  # as the export writes line breaks
    if categories := str(cells.get("categories", "")):
        fields.setdefault("product_type", re.split(r"(?<!\\),", categories)[0].replace("\\,", ","))
    for name, value in _attributes(said, family):
        field = _FIELD_OF_ATTRIBUTE.get(name.casefold())
        if field:
            fields.setdefault(field, value)
        else:
            custom.setdefault(custom_name(name), value)
    custom |= {name: cells[name] for name in ("tags", "gtin") if name in cells}
    if not _is_shown(said) or (family is not None and not _is_shown(family)):
        fields["availability"] = "out_of_stock"
    if options.shop_url:
        number = (_text(family, "id") if family else "") or _text(said, "id")
        fields.setdefault("link", f"{options.shop_url.rstrip('/')}/?post_type=product&p={number}")
    return replace(said, fields=fields, custom=custom)


def _attributes(said: Said, family: Said | None) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a product; of its parent those that the parent has one value of, or all it has."""
    own = dict(_listed(said))
    yield from ((name, value) for name, value in own.items() if value)
    if family is not None:
        yield from ((name, value) for name, value in _listed(family) if name not in own and value)


def _listed(said: Said) -> Iterator[tuple[str, str]]:
    for name, value in _ATTRIBUTES:
        if name in said.fields:
            yield _text(said, name).removeprefix("pa_"), _text(said, value).replace("\\,", ",")


def _is_shown(said: Said) -> bool:
    """Whether the shop shows a product: published (1), and not hidden from catalog and search."""
    published = _text(said, "published")
    return (not published or is_true(published) is True) and _text(said, "visibility").casefold() != "hidden"


def _types(said: Said) -> set[str]:
    return {part.strip().casefold() for part in _text(said, "type").split(",")}


def _id(said: Said) -> str:
    """Return how the export names a product that has no SKU."""
    number = _text(said, "id")
    return f"id:{number}" if number else ""


def _text(said: Said, name: str) -> str:
    return str(said.fields.get(name, ""))
