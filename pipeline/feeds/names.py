"""Which column of a feed is which field of a product.

Columns go by name; case, spaces, underscores and a ``g:`` in front do not matter. Where several columns could be one
field, the more usual name wins; the others stand in where it is empty, and are custom attributes elsewhere, so that
nothing a merchant says is lost.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog import ProductFields
from pipeline.feeds.records import FeedOptions, Format, UnreadableFeed

READ_FIELDS = ("sku", "view", "currency", "quantity")  # what a feed says beside the fields of a product
FIELDS = frozenset(ProductFields.model_fields) - {"custom"} | set(READ_FIELDS)
CUSTOM = "custom"
_PLANS = 256  # sets of names remembered; the objects of JSON lines differ in theirs
_PLAN_LENGTH = 8192  # characters of names, beyond which a set of them is not remembered

_MERCHANT = {
    "sku": ("id", "sku", "itemid", "productid", "offerid", "articlenumber"),
    "title": ("title", "name", "productname", "producttitle"),
    "description": ("description", "longdescription", "productdescription", "summary", "content"),
    "link": ("link", "url", "producturl", "productlink"),
    "image_link": ("imagelink", "imageurl", "image", "mainimage", "picture"),
    "additional_image_link": ("additionalimagelink", "additionalimagelinks", "additionalimages", "images", "imageurls"),
    "price": ("price", "regularprice"),
    "sale_price": ("saleprice", "specialprice"),
    "availability": ("availability", "stockstatus", "instock"),
    "quantity": ("quantity", "qty", "stock", "stockquantity", "inventory", "inventoryquantity"),
    "currency": ("currency", "currencycode", "pricecurrency"),
    "color": ("color", "colour", "basecolor", "basecolour"),
    "group_id": ("itemgroupid", "groupid", "parentsku", "parentid"),
    "product_type": ("producttype", "articletype", "category", "categories", "productcategory"),
    "brand": ("brand", "vendor", "manufacturer"),
}
_DATA_SET = {
    "sku": ("sku", "id", *_MERCHANT["sku"][2:]),
    "title": (*_MERCHANT["title"], "productdisplayname"),
    "image_link": (*_MERCHANT["image_link"], "file", "filename"),
    "group_id": (*_MERCHANT["group_id"], "design"),
    "view": ("view",),
}
_COSTS = re.compile(
    r"cost(s|price|peritem|ofgoods|ofgoodssold)?|purchaseprice|wholesaleprice|cogs"
)  # no shopper's matter


@dataclass(frozen=True, slots=True)
class Column:
    """Where the values of a column go: a field, or a custom attribute. `asked` says that the mapping wants it so.

    A column with `otherwise` stands in for a better one; where that says something, it is the custom attribute named.
    """

    name: str
    custom: bool
    asked: bool = False
    otherwise: str = ""


class Names:
    """Plans for the columns of one feed. Raises UnreadableFeed for a mapping to a field that does not exist."""

    def __init__(
        self,
        options: FeedOptions,
        spellings: Mapping[str, tuple[str, ...]],
        passed_over: Callable[[str], object] = lambda key: False,
    ) -> None:
        self._asked = {key(name): _wanted(name, target) for name, target in options.mapping.items()}
        self._ranks = {
            name: (rank, field) for field, names in spellings.items() for rank, name in enumerate(names) if name
        }
        self._passed_over = passed_over
        self._remembered = lru_cache(maxsize=_PLANS)(self._plan)

    def knows(self, name: str) -> bool:
        """Whether a column of that name is something else than a custom attribute."""
        return key(name) in self._asked or key(name) in self._ranks

    def plan(self, names: tuple[str, ...]) -> tuple[Column | None, ...]:
        """Return where each column goes, None for one to pass over, in the order of `names`."""
        return self._remembered(names) if sum(map(len, names)) <= _PLAN_LENGTH else self._plan(names)

    def _plan(self, names: tuple[str, ...]) -> tuple[Column | None, ...]:
        keys = [key(name) for name in names]
        best = {wanted.name: -1 for one in keys if (wanted := self._asked.get(one)) and not wanted.custom}
        for rank, field in sorted(self._ranks[one] for one in keys if one in self._ranks and one not in self._asked):
            best.setdefault(field, rank)
        return tuple(self._column(name, one, best) for name, one in zip(names, keys, strict=True))

    def _column(self, name: str, squeezed: str, best: Mapping[str, int]) -> Column | None:
        if squeezed in self._asked:
            return self._asked[squeezed]
        if squeezed in self._ranks:
            rank, field = self._ranks[squeezed]
            if best[field] >= 0:
                return Column(field, custom=False, otherwise=custom_name(name) if rank > best[field] else "")
        if not name.strip() or self._passed_over(squeezed):
            return None
        return Column(custom_name(name), custom=True)


def names_of(format: Format, options: FeedOptions) -> Names:
    """Return the names that a format uses."""
    spellings = {field: (field.replace("_", ""),) for field in FIELDS - {"view"}} | _MERCHANT
    if format in (Format.TABLE, Format.JSON_LINES):
        spellings |= _DATA_SET
    return Names(options, spellings, _COSTS.fullmatch)


def key(name: str) -> str:
    """Return a name without what does not matter in it."""
    plain = name.strip().casefold().removeprefix("g:")
    return re.sub(r"[\W_]+", "", plain) or plain


def custom_name(name: str) -> str:
    """Return the name of a custom attribute for a column: letters and digits of ASCII, underscores between."""
    folded = name.strip().casefold().removeprefix("g:")
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    cleaned = re.sub(r"[\W_]+", "_", plain).strip("_").removeprefix("custom_")[:64]
    return cleaned or f"attribute_{zlib.crc32(folded.encode('utf-8', 'replace')):08x}"


def _wanted(name: str, target: str | None) -> Column | None:
    if not target or not target.strip():
        return None
    plain = target.strip()
    if plain.startswith("custom."):
        return Column(custom_name(plain.removeprefix("custom.")), custom=True, asked=True)
    field = {"id": "sku", "item_group_id": "group_id"}.get(plain, plain)
    if field not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise UnreadableFeed(
            f"mapping of {name!r}: {plain!r} is no field; use one of {known}, custom.<name>, or nothing"
        )
    return Column(field, custom=False, asked=True)
