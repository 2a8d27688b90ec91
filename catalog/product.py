"""The product as merchants already describe it: the names of the Google Merchant product data specification.

`ProductFields` is the one definition of what a product may say; REST bodies, feeds and imports are all read by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from catalog.errors import BadSku

SKU_PATTERN = r"^[^\s/\x00-\x1f][^/\x00-\x1f]{0,99}$"  # for documents and schemas; `is_sku` is the rule
Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]
Gender = Literal["male", "female", "unisex"]
AgeGroup = Literal["newborn", "infant", "toddler", "kids", "adult"]
BUYABLE: tuple[Availability, ...] = ("in_stock", "preorder", "backorder")
MAX_IMAGES = 11  # image_link and ten additional ones, as in merchant feeds

_SKU = re.compile(r"[^\s/\x00-\x1f\ud800-\udfff][^/\x00-\x1f\ud800-\udfff]{0,99}")
_PRICE = re.compile(r"^\s*(?:(?P<before>[A-Z]{3})\s*)?(?P<amount>\d{1,12}(?:\.\d{1,4})?)\s*(?P<after>[A-Z]{3})?\s*$")


class Money(BaseModel):
    """An amount and its currency: ``{"amount": "19.90", "currency": "EUR"}``, or the feed form ``"19.90 EUR"``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Decimal = Field(ge=0, max_digits=16, decimal_places=4, description="Decimal amount, a dot as separator")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")


def read_money(value: object) -> object:
    """Turn the feed form ``"19.90 EUR"`` into the parts of a `Money`; leave everything else to validation."""
    if not isinstance(value, str):
        return value
    found = _PRICE.match(value)
    currency = found and (found["before"] or found["after"])
    if not found or not currency:
        raise ValueError(f"{value[:40]!r} is not a price; write an amount and a currency, like '19.90 EUR'")
    try:
        return {"amount": Decimal(found["amount"]), "currency": currency}
    except InvalidOperation:
        raise ValueError(f"{value[:40]!r} is not a price") from None


def _lower_words(value: object) -> object:
    """Read feed spellings of fixed words: ``In Stock`` and ``in stock`` both mean ``in_stock``."""
    return value.strip().lower().replace(" ", "_") if isinstance(value, str) else value


def _image_link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+|image:[0-9a-f]{64}", value):
        raise ValueError(f"{value[:80]!r} is neither an http(s) address nor 'image:' and the id of an uploaded image")
    return value


def _page_link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", value):
        raise ValueError(f"{value[:80]!r} is not an http(s) address")
    return value


def _by_name(values: dict[str, CustomValue]) -> dict[str, CustomValue]:
    """Put custom attributes in order, so that the same product is written the same way."""
    return dict(sorted(values.items()))


Price = Annotated[Money, BeforeValidator(read_money, json_schema_input_type=Money | str)]
ImageLink = Annotated[str, Field(max_length=2000), AfterValidator(_image_link)]
Text = Annotated[str, Field(max_length=200)]
CustomValue = Annotated[str, Field(max_length=500)] | Annotated[float, Field(allow_inf_nan=False)] | bool
CustomName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]


class ProductFields(BaseModel):
    """Everything a merchant says of a product except its SKU."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=300)
    description: str | None = Field(default=None, max_length=10_000)
    link: Annotated[str, Field(max_length=2000), AfterValidator(_page_link)] | None = Field(
        default=None, description="The product's page in the shop"
    )
    image_link: ImageLink | None = Field(
        default=None, description="Main photo: an http(s) address, or image:<id> of an uploaded one"
    )
    additional_image_link: tuple[ImageLink, ...] = Field(default=(), max_length=MAX_IMAGES - 1)
    price: Price | None = None
    sale_price: Price | None = None
    availability: Annotated[Availability, BeforeValidator(_lower_words)] = "in_stock"
    brand: Text | None = None
    color: Text | None = None
    size: Text | None = None
    material: Text | None = None
    pattern: Text | None = None
    gender: Annotated[Gender, BeforeValidator(_lower_words)] | None = None
    age_group: Annotated[AgeGroup, BeforeValidator(_lower_words)] | None = None
    group_id: str | None = Field(
        default=None,
        max_length=100,
        alias="item_group_id",
        description="Ties colour and size variants together; `item_group_id` in merchant feeds",
    )
    google_product_category: str | None = Field(default=None, max_length=750)
    product_type: str | None = Field(default=None, max_length=750)
    custom: Annotated[dict[CustomName, CustomValue], AfterValidator(_by_name)] = Field(
        default_factory=dict, max_length=50, description="The store's own attributes; filter on them as custom.<name>"
    )

    @property
    def image_links(self) -> tuple[str, ...]:
        """All photos, main one first, each once."""
        first = (self.image_link,) if self.image_link else ()
        return tuple(dict.fromkeys(first + self.additional_image_link))

    def document(self) -> dict[str, Any]:
        """The fields as a JSON document; what is unset is left out."""
        return self.model_dump(mode="json", exclude_defaults=True, by_alias=False)

    def written(self) -> str:
        """The same document as text; products that say the same have the same text."""
        return self.model_dump_json(exclude_defaults=True, by_alias=False)


@dataclass(frozen=True)
class Product:
    """A product as the catalog holds it. `version` counts its changes; `seq` is the receipt of the last one.

    `document` are its fields as JSON, what is unset left out: quick to read for those who look at thousands.
    """

    store: str
    sku: str
    document: Mapping[str, Any]
    version: int
    seq: int
    updated_at: datetime

    @cached_property
    def fields(self) -> ProductFields:
        """The fields, with their types."""
        return ProductFields.model_validate(self.document)


def is_sku(text: str) -> bool:
    """Whether `text` can be a SKU: 1 to 100 characters, no slash, no control character, no space first."""
    return _SKU.fullmatch(text) is not None


def check_sku(text: str) -> str:
    """Return `text` as it is. Raises BadSku if it cannot be a SKU."""
    if not is_sku(text):
        shown = text[:100]
        raise BadSku(f"{shown!r} cannot be a SKU: 1 to 100 characters, no slash or control character, no space first")
    return text


def image_links(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The photos in a product's JSON document, main one first, each once: what `ProductFields.image_links` says."""
    main = document.get("image_link")
    additional: list[str] = document.get("additional_image_link", [])
    return tuple(dict.fromkeys([main, *additional] if main else additional))
