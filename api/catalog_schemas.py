"""Answers about the catalog and the service, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import FieldError, ImageLink, ShownProduct
from catalog import ProductFields


class ReceiptAnswer(BaseModel):
    """The receipt of a write. Pass `seq` as `min_seq` to search with this write known."""

    sku: str
    version: int = Field(description="Counts the product's changes")
    seq: int = Field(description="Number of the write in the log of all changes")
    created: bool


class PhotoStatus(BaseModel):
    """How far one photo of a product is."""

    link: str
    status: Literal["pending", "ready", "failed"]
    reason: str | None = Field(description="Why it failed, or what went wrong at the last attempt")
    image: ImageLink | None = Field(description="Once it is ready")


class ListedProduct(ShownProduct):
    """A product in a page of the catalog."""

    version: int
    seq: int
    updated_at: str = Field(description="ISO 8601, UTC")


class KeptProduct(ListedProduct):
    """A product as the catalog keeps it, with how far each photo is."""

    images: list[PhotoStatus]


class ProductPage(BaseModel):
    """Products by SKU."""

    products: list[ListedProduct]
    cursor: str | None = Field(description="Asks for the next page; null at the end")


def _all_optional(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class ProductPatch(ProductFields):
    """The fields to change; null removes one."""

    model_config = ConfigDict(json_schema_extra=_all_optional)


class BatchLine(ProductFields):
    """One line of a batch: a product with its `sku`; or with `op`, a merge patch or a delete."""

    sku: str
    op: Literal["put", "patch", "delete"] = "put"
    revision: int | None = Field(default=None, ge=0, description="As the option of single writes")
    if_version: int | None = Field(default=None, ge=0, description="As `If-Match` of single writes")


class LineStatus(BaseModel):
    """What became of one line."""

    line: int = Field(description="Counted from 1")
    sku: str | None
    status: Literal["ok", "invalid", "unknown", "outdated", "mismatch"]
    version: int | None = None
    seq: int | None = None
    created: bool | None = None
    error: str | None = None
    errors: list[FieldError] | None = None


class BatchAnswer(BaseModel):
    """What became of every line."""

    accepted: int
    rejected: int
    seq: int | None = Field(description="Receipt of the last write of the batch")
    lines: list[LineStatus]


class LoggedChange(BaseModel):
    """One change of a product."""

    seq: int
    sku: str
    kind: Literal["listed", "attributes", "described", "deleted"] = Field(
        description="`listed`: new, or photos or kind changed; `attributes`: other fields; `described`: a photo "
        "became searchable; `deleted`"
    )
    version: int
    at: str = Field(description="ISO 8601, UTC")


class ChangePage(BaseModel):
    """Changes in their order."""

    changes: list[LoggedChange]
    after: int = Field(description="Pass it as `after` to go on from here")
    head: int = Field(description="The last change of the catalog")


class IndexDifference(BaseModel):
    """A product that the index has otherwise than the catalog."""

    sku: str
    what: Literal["missing", "outdated", "ghost"]
    version: int | None = Field(description="The catalog's; null if the product is not live")
    index_version: int | None


class Verified(BaseModel):
    """How the index stands against the catalog."""

    products: int = Field(description="Products in the index")
    differences: int
    repaired: bool
    first: list[IndexDifference] = Field(description="The first hundred")


class FailedPhoto(BaseModel):
    """A photo of a product that is not tried any more."""

    sku: str
    position: int = Field(description="0 for the main photo, then the additional ones in their order")
    link: str
    reason: str = Field(description="What went wrong, and what to do")
    attempts: int
    failed_at: str = Field(description="ISO 8601, UTC")
    permanent: bool = Field(description="It would fail again as it is; if not, it was only tried often enough")


class FailurePage(BaseModel):
    """Failed photos by SKU and position."""

    failures: list[FailedPhoto]
    cursor: str | None = Field(description="Asks for the next page; null at the end")


class RetryRequest(BaseModel):
    """Which failed photos to try again: those of some products, or all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skus: list[str] | None = Field(default=None, max_length=10_000, description="Left out: all of the store")


class RetryAnswer(BaseModel):
    """How many photos wait again."""

    retried: int


class UploadedImage(BaseModel):
    """A photo that was taken in. List it with a product as `image_link`."""

    image: ImageLink
    image_link: str = Field(examples=["image:9f86d081..."])
    media_type: str
    width: int = Field(description="Pixels, after EXIF rotation")
    height: int
    size_bytes: int


class Stats(BaseModel):
    """Counts of the key's store."""

    products: int
    searchable: int
    images: dict[str, int] = Field(description="Photos by status: pending, ready, failed")
    seq: int = Field(description="The last catalog change")
    index_seq: int = Field(description="The last catalog change that searches know of")
    lag_seconds: float = Field(description="Age of the oldest change that searches do not know of yet; 0 for none")
    space: str


class SpaceStatus(BaseModel):
    """A space, and how far it is filled."""

    id: str = Field(description="Name and version of the models")
    state: Literal["filling", "paused", "ready", "active", "retired", "dropping"]
    share: float = Field(description="0..1 of the products walked through")
    photos: int = Field(description="Described beside the active space so far")
    failed: int = Field(description="Photos that its models could not describe")
    behind: int = Field(description="Changes of the catalog whose photos it has not looked at")
    created_at: str = Field(description="ISO 8601, UTC")
    changed_at: str = Field(description="When it came into its state")


class Spaces(BaseModel):
    """All spaces that are kept."""

    spaces: list[SpaceStatus]
    answering: str = Field(description="The space in which this process answers")


class Health(BaseModel):
    """Said while it is so."""

    status: Literal["ok", "ready"]
