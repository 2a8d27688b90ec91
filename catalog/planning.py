"""Decides what a put does to each product: what is new, what stays, which photos need work. No SQL in here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from catalog.product import ProductFields, check_sku, image_links
from catalog.records import ChangeKind, Receipt

UPLOADED = "image:"
NAMING_FIELDS = ("title", "product_type", "google_product_category")  # they tell which garment of a photo is for sale
EMPTY = "{}"
NO_PHOTOS = "[]"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product as a put wants it: its JSON document, its photo links, and the words that name it."""

    document: str
    links: tuple[str, ...]
    words: tuple[str | None, ...]


@dataclass(frozen=True)
class Held:
    """A product as the database has it; `photos` is the JSON array of image ids beside the document's links."""

    version: int
    seq: int
    live: bool
    document: str
    photos: str

    @cached_property
    def parsed(self) -> dict[str, Any]:
        """The document, read once."""
        return dict(json.loads(self.document))

    @cached_property
    def links(self) -> tuple[str, ...]:
        """The photo links, main one first."""
        return image_links(self.parsed)

    def images(self) -> dict[str, str | None]:
        """Return the image id of each photo link, None where there is none yet."""
        return dict(zip(self.links, json.loads(self.photos), strict=True))

    def image_ids(self) -> set[str]:
        """Return the ids of the images it shows."""
        return {image for image in json.loads(self.photos) if image}


@dataclass(frozen=True, slots=True)
class Write:
    """A product to be written."""

    sku: str
    kind: ChangeKind
    version: int
    document: str
    photos: str
    created: bool = False


@dataclass(slots=True)
class Plan:
    """What one put does. `listed` has, per SKU whose photos changed, all its (link, image id); `again` are not new."""

    writes: list[Write] = field(default_factory=list)
    unchanged: list[Receipt] = field(default_factory=list)
    listed: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)


def wanted_of(items: Iterable[tuple[str, ProductFields]]) -> dict[str, Wanted]:
    """Return what is wanted by SKU; of a SKU given twice the last. Raises BadSku."""
    return {
        check_sku(sku): Wanted(fields.written(), fields.image_links, _words(fields.__dict__)) for sku, fields in items
    }


def new_links(wanted: Mapping[str, Wanted], held: Mapping[str, Held]) -> set[str]:
    """Return the links that their product does not list yet."""
    found: set[str] = set()
    for sku, want in wanted.items():
        have = held.get(sku)
        if have is None or not have.live:
            found.update(want.links)
        elif have.document != want.document:
            found.update(set(want.links).difference(have.links))
    return found


def plan(wanted: Mapping[str, Wanted], held: Mapping[str, Held], taken_over: Mapping[str, str]) -> Plan:
    """Return what to write. `taken_over` has the image id of each new link that needs no work."""
    result = Plan()
    for sku, want in wanted.items():
        have = held.get(sku)
        if have is None or not have.live:
            images = {link: taken_over.get(link) for link in want.links}
            version = have.version + 1 if have else 1
            _list(result, sku, want, images, version, created=True)
        elif have.document == want.document:
            result.unchanged.append(Receipt(sku, have.version, have.seq))
        else:
            _replace(result, sku, want, have, taken_over)
    return result


def _replace(result: Plan, sku: str, want: Wanted, have: Held, taken_over: Mapping[str, str]) -> None:
    if have.links == want.links:
        kind = ChangeKind.ATTRIBUTES if _words(have.parsed) == want.words else ChangeKind.LISTED
        result.writes.append(Write(sku, kind, have.version + 1, want.document, have.photos))
        return
    images = have.images()
    kept = {link: images[link] if link in images else taken_over.get(link) for link in want.links}
    _list(result, sku, want, kept, have.version + 1, created=False)


def _list(
    result: Plan, sku: str, want: Wanted, images: Mapping[str, str | None], version: int, *, created: bool
) -> None:
    photos = photos_text(list(images.values()))
    result.writes.append(Write(sku, ChangeKind.LISTED, version, want.document, photos, created))
    result.listed[sku] = list(images.items())
    if not created:
        result.again.append(sku)


def _words(document: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple([document.get(name) for name in NAMING_FIELDS])


def links_in(document: str) -> tuple[str, ...]:
    """Return the photo links of a JSON document, main one first, each once."""
    return image_links(json.loads(document))


def photos_text(image_ids: Sequence[str | None]) -> str:
    """Return the JSON array of image ids."""
    return json.dumps(image_ids) if image_ids else NO_PHOTOS


def link_key(link: str) -> str:
    """Return what stands for an address in the table of links: short, whatever its length."""
    return hashlib.blake2b(link.encode(), digest_size=16).hexdigest()


def uploaded_id(link: str) -> str | None:
    """Return the image id of an ``image:<id>`` link, None of an address."""
    return link.removeprefix(UPLOADED) if link.startswith(UPLOADED) else None
