"""What clients send, and answers about searches and errors: the models behind the OpenAPI document.

Requests are validated by these models. Answers are made by `api.present`; the tests hold them against these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Json, model_validator

from catalog import SKU_PATTERN, Availability, ProductFields
from detector import CATEGORIES
from pipeline.answers import MAX_LIMIT, Query

IMAGE_ID_PATTERN = r"^[0-9a-f]{64}$"
SOURCES = ("image_url", "image_base64", "image_id", "sku")
Category = Literal["bag", "dress", "hat", "jacket", "pants", "shirt", "shoe", "shorts", "skirt", "sunglasses"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Box = tuple[Fraction, Fraction, Fraction, Fraction]

FILTERS_TEXT = (
    "Conditions that must all hold: `{field: value}` or `{field: {operator: value}}` with the operators `eq`, `in`, "
    "`gte`, `lte`, `not`. Fields: `price`, `availability`, `brand`, `color`, `size`, `gender`, `age_group`, "
    "`material`, `pattern`, `category`, `currency`, `group_id`, `product_type`, `google_product_category`, `sku` and "
    "`custom.<name>`. Text is compared without regard to case. `price` is what the shopper pays. Products that cannot "
    "be bought are left out unless a filter speaks of `availability`."
)


def _numbers(value: object) -> object:
    """Read ``"0.1,0.2,0.5,0.9"`` as form fields carry it; leave everything else to validation."""
    return [part.strip() for part in value.strip("[] ").split(",")] if isinstance(value, str) else value


class Options(BaseModel):
    """What may be asked besides the picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Category | None = Field(
        default=None, description="Only products of this category, whatever was detected", examples=["dress"]
    )
    filters: dict[str, Any] = Field(
        default_factory=dict,
        description=FILTERS_TEXT,
        examples=[{"brand": "Acme", "price": {"gte": 10, "lte": 50}, "color": {"in": ["red", "blue"]}}],
    )
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description="Hits per region, at most")
    min_score: float = Field(default=0.0, ge=-1, le=1, description="Leave out hits that look less alike than this")
    cursor: str | None = Field(
        default=None, max_length=2000, description="Next page of one region, from its `cursor`; send all else again"
    )
    min_seq: int | None = Field(
        default=None, ge=0, description="Receipt `seq` that the answer must know of; waits shortly, else says `behind`"
    )

    def query(self) -> Query:
        """Return the options as the search takes them."""
        return Query(**self.model_dump(include=set(Query.__dataclass_fields__)))


class PhotoOptions(Options):
    """What may be asked of a photo, besides the photo."""

    region: Annotated[Box, BeforeValidator(_numbers)] | None = Field(
        default=None,
        description="Search this box only: [x0, y0, x1, y1] in 0..1 of width and height",
        examples=[[0.1, 0.2, 0.6, 0.9]],
    )
    point: Annotated[tuple[Fraction, Fraction], BeforeValidator(_numbers)] | None = Field(
        default=None, description="Search the garment at this point: [x, y] in 0..1", examples=[[0.4, 0.5]]
    )


class SearchRequest(PhotoOptions):
    """A search by exactly one of `image_url`, `image_base64`, `image_id`, `sku`."""

    image_url: str | None = Field(default=None, max_length=4000, examples=["https://example.com/street.jpg"])
    image_base64: str | None = Field(default=None, description="The photo's bytes, or a `data:` address of them")
    image_id: str | None = Field(
        default=None, pattern=IMAGE_ID_PATTERN, description="An image that this store listed or uploaded"
    )
    sku: str | None = Field(default=None, max_length=100, description="A product of this store; it is left out itself")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} came together" if given else "none came"
            raise ValueError(f"send exactly one of {', '.join(SOURCES)}, or a photo as a file: {told}")
        return self


class SearchForm(BaseModel):
    """A search by an uploaded photo. The options come as JSON in `options`, or each as a field of its own."""

    photo: bytes = Field(description="JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF")
    options: Json[PhotoOptions] | None = None
    region: str | None = Field(default=None, description="x0,y0,x1,y1 in 0..1", examples=["0.1,0.2,0.6,0.9"])
    point: str | None = Field(default=None, description="x,y in 0..1", examples=["0.4,0.5"])
    category: Category | None = None
    filters: str | None = Field(default=None, description="JSON object; see `SearchRequest.filters`")
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    min_score: float = Field(default=0.0, ge=-1, le=1)
    cursor: str | None = None
    min_seq: int | None = None


class UploadForm(BaseModel):
    """A photo as a form."""

    photo: bytes = Field(description="JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF")


class SkuPath(BaseModel):
    """A product of the key's store."""

    sku: str = Field(pattern=SKU_PATTERN, description="The merchant's id of the product")


class SimilarQuery(BaseModel):
    """Options of a search for similar products."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description="Hits, at most")
    category: Category | None = Field(default=None, description="Only products of this category")
    filters: str | None = Field(default=None, description="JSON object. " + FILTERS_TEXT)
    min_score: float = Field(default=0.0, ge=-1, le=1)
    cursor: str | None = Field(default=None, max_length=2000)
    min_seq: int | None = Field(default=None, ge=0)


class ChangesQuery(BaseModel):
    """Where to go on."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, lt=2**63, description="Receipt or `after` of the last answer; 0 is the start")
    limit: int = Field(default=1000, ge=1, le=10_000)


class VerifyQuery(BaseModel):
    """What to do about differences."""

    model_config = ConfigDict(extra="forbid")

    repair: bool = Field(default=False, description="Bring what differs into the index anew")


class WriteQuery(BaseModel):
    """What a write may say of itself."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = Field(
        default=None, ge=0, lt=2**63,
        description="Your own number of this state of the product, growing with time (a counter, a time stamp). A "
        "write whose revision is not above the last one taken came late or twice: nothing changes, and it is told 409",
    )  # fmt: skip


class WriteHeaders(BaseModel):
    """What a write may be bound to."""

    if_match: str | None = Field(
        default=None, alias="If-Match", pattern=r'^\s*"?\d{1,18}"?\s*$',
        description="The `version` (or `ETag`) the product must have; 0 for one that must not be there. Else 412",
    )  # fmt: skip
    idempotency_key: str | None = Field(
        default=None, alias="Idempotency-Key", min_length=1, max_length=255,
        description="Sent again with the same key within a day, the write is answered as before and not done again",
    )  # fmt: skip

    @property
    def version(self) -> int | None:
        """The version that is asked for."""
        return int(self.if_match.strip().strip('"')) if self.if_match else None


class PageQuery(BaseModel):
    """Which page of the catalog."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=800, description="`cursor` of the page before")
    limit: int = Field(default=100, ge=1, le=1000, description="Products per page")


class ImagePath(BaseModel):
    """An image by the SHA-256 of its bytes."""

    image_id: str = Field(description="SHA-256 of the photo's bytes, 64 hexadecimal digits")


class ImageQuery(BaseModel):
    """How the image is wanted."""

    size: Literal["original", "160", "320", "640"] = Field(
        default="original", description="The photo as it came, or a JPEG that fits a square of this many pixels"
    )
    token: str | None = Field(default=None, max_length=400, description="From an answer's address; replaces the key")


class FoundRegion(BaseModel):
    """A garment in a photo."""

    box: Box = Field(description="[x0, y0, x1, y1] in 0..1 of width and height")
    category: str | None = Field(description=f"One of {', '.join(CATEGORIES)}")


class ImageLink(BaseModel):
    """An image, with addresses that a browser can load without a key."""

    id: str
    url: str
    thumbnail_url: str


class ShownProduct(ProductFields):
    """A product as answers show it; what the merchant left unset is left out.

    Hits carry neither `description` nor `additional_image_link`.
    """

    sku: str
    availability: Availability
    group_id: str | None = None


class Hit(BaseModel):
    """A product that looks like the region."""

    score: float = Field(description="Cosine similarity, -1..1")
    product: ShownProduct
    image: ImageLink = Field(description="The image of the product that matched best")
    region: FoundRegion = Field(description="The region of that image which matched")


class Colour(BaseModel):
    """A colour of a palette."""

    lab: tuple[float, float, float] = Field(description="CIE Lab; in CSS: `lab(L a b)`", examples=[[53.2, 80.1, 67.2]])
    weight: float = Field(description="Share of the region, 0..1")


class RegionHits(FoundRegion):
    """One garment of the photo and the products that look like it."""

    confidence: float
    whole_photo: bool = Field(description="No garment was found (or it was asked for): the frame was searched")
    primary: bool = Field(description="The garment the photo is most likely about")
    palette: list[Colour] = Field(description="Up to six colours, most weight first")
    hits: list[Hit]
    cursor: str | None = Field(description="Asks for the next page of this region; null where it ends")


class SearchAnswer(BaseModel):
    """Products that look like the garments of a photo."""

    regions: list[RegionHits]
    index_seq: int = Field(description="The last catalog change this answer knows of")
    behind: bool = Field(description="`min_seq` was not reached in time")
    space: str = Field(description="Name and version of the model that compared")
    timings_ms: dict[str, float] = Field(description="Milliseconds per stage")
    request_id: str


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["price.currency"])
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details: every error has this form."""

    type: str = Field(description="Stable name of the kind of problem", examples=["urn:vitrine:problem:bad-filter"])
    title: str
    status: int
    detail: str = Field(description="What is wrong here, and what to do")
    instance: str = Field(description="The path that was asked for")
    request_id: str = Field(description="Under which the request is logged")
    errors: list[FieldError] | None = Field(default=None, description="Which fields are wrong")
