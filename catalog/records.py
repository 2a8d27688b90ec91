"""What goes in and out of the catalog: frozen records, free of SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog.product import Product

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Store:
    """A merchant's tenant."""

    id: str
    name: str
    created_at: datetime


class Scope(StrEnum):
    """What a key may do."""

    SEARCH = "search"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, bound to one store. Its secret is not here: it is shown once, when the key is made."""

    id: str
    store: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None


class ChangeKind(StrEnum):
    """What happened to a product."""

    LISTED = "listed"  # new, or its photos changed, or the words that tell which garment of them is for sale
    ATTRIBUTES = "attributes"  # other fields changed: neither photos nor vectors are touched
    DESCRIBED = "described"  # one of its photos became searchable
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the ordered log. `version` is the product's version after it; `at` is in UTC."""

    seq: int
    store: str
    sku: str
    kind: ChangeKind
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a write returns: the product's new version, the `seq` to search for, whether the product was new."""

    sku: str
    version: int
    seq: int
    created: bool = False


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One photo by the SHA-256 of its bytes; `width` and `height` in pixels after EXIF rotation."""

    image_id: str
    media_type: str
    width: int
    height: int
    size_bytes: int


class DescribedRegion(NamedTuple):
    """A region as stored: where it is, what it is, its palette as (L, a, b, weight) rows, most weight first."""

    box: Box
    category: str | None
    confidence: float
    whole_photo: bool
    palette: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """All that one space says of one image. `vectors` is (len(regions), D) float32, L2-normalised.

    The last region is always the whole photo, so an image in which nothing was found has exactly one region.
    """

    image_id: str
    space: str
    detector: str
    fingerprint: int
    regions: tuple[DescribedRegion, ...]
    vectors: NDArray[np.float32]


class ImageStatus(StrEnum):
    """How far one photo of one product is."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One photo of a product: its link, and how far it is.

    `reason` tells a merchant why it failed, or why it waits; then `next_try_at` says until when.
    """

    position: int
    link: str
    status: ImageStatus
    image_id: str | None = None
    reason: str | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImageTask:
    """Work to do: fetch and describe one photo of one product. `attempts` counts those made before.

    `image_id` is set where the photo is here already and only lacks a description in the space of today. `host` is
    whom the photo is fetched from, "" where it is here.
    """

    store: str
    sku: str
    position: int
    link: str
    attempts: int
    image_id: str | None = None
    host: str = ""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a host said of a photo, to be asked again later whether it has changed; None where it said nothing."""

    etag: str | None = None
    last_modified: str | None = None


NOTHING_SAID = Validators()


@dataclass(frozen=True, slots=True)
class ReadyPhoto:
    """A photo that one link gave, described, with the tasks of the products that wait for it.

    `data` None says that the bytes are kept already, `description` None that the image is described already, `known`
    that the store had it from this link before, and `fetched` that its host was asked for it now.
    """

    tasks: tuple[ImageTask, ...]
    image: StoredImage
    data: bytes | None = None
    description: Description | None = None
    validators: Validators = NOTHING_SAID
    known: bool = False
    fetched: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that is not tried any more, and why. `permanent`: it would fail again as it is."""

    sku: str
    position: int
    link: str
    reason: str
    attempts: int
    failed_at: datetime
    permanent: bool


@dataclass(frozen=True, slots=True)
class LinkToCheck:
    """An address that gave `image_id` a while ago; `link_key` stands for it, `validators` are what its host said."""

    store: str
    link_key: str
    url: str
    image_id: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class Listing:
    """A live product with the descriptions of its photos that are ready in one space, main photo first."""

    product: Product
    descriptions: tuple[Description, ...]


@dataclass(frozen=True, slots=True)
class LiveProduct:
    """What the gate needs: the product as it stands, and the ids of the photos it lists now, main one first."""

    product: Product
    image_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreStats:
    """Counts of one store. `images` maps each status to its number of listed photos."""

    products: int
    searchable: int
    images: dict[ImageStatus, int] = field(default_factory=dict)
