"""Decides what edits do to products, one after another: what is new, what stays, which photos need work. No SQL."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from catalog.edits import Condition, Edit, Patch, Put
from catalog.errors import CatalogError, UnknownProduct
from catalog.merge_patch import merged
from catalog.product import ProductFields, check_sku, image_links, is_sku
from catalog.records import ChangeKind

UPLOADED = "image:"
NAMING_FIELDS = ("title", "product_type", "google_product_category")  # they tell which garment of a photo is for sale
EMPTY = "{}"
NO_PHOTOS = "[]"

Links = tuple[tuple[str, str | None], ...]  # photo links with the image id of each, None where there is none yet


@dataclass(frozen=True, slots=True)
class State:
    """A product as it is, or as a write leaves it; `photos` is the JSON array of image ids beside the document's links.

    `seq` is None where it is yet to be given out. `revision` is the merchant's own number, if there was one.
    """

    version: int
    seq: int | None
    live: bool
    document: str
    photos: str
    revision: int | None = None

    def links(self) -> Links:
        """Return the photo links with their image ids, main one first."""
        return tuple(zip(links_in(self.document), orjson.loads(self.photos), strict=True))

    def image_ids(self) -> set[str]:
        """Return the ids of the images it shows."""
        return {image for image in orjson.loads(self.photos) if image}


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered change of a product, and what it is afterwards."""

    sku: str
    kind: ChangeKind
    state: State
    created: bool = False


Outcome = Step | State | CatalogError | ValidationError  # a change; nothing to change; why it cannot be


@dataclass(slots=True)
class Plan:
    """What a batch does. `listed` are the products whose photos changed, `again` those of them that were there before,
    with the links that they lost on the way; `gone` were deleted, if only for a moment.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    listed: dict[str, Links] = field(default_factory=dict)
    again: dict[str, set[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


class Planner:
    """Takes edits one by one. `held` are the products as they are, `taken_over` the images of links known already."""

    def __init__(self, held: dict[str, State], taken_over: Mapping[str, str]) -> None:
        self._held = held
        self._taken_over = taken_over
        self.plan = Plan()

    def take(self, edit: Edit) -> None:
        """Plan one edit after those taken before."""
        have = self._held.get(edit.sku)
        try:
            outcome = self._outcome(edit, have)
        except (CatalogError, ValidationError) as error:
            self.plan.outcomes.append(error)
            return
        if isinstance(outcome, Step):
            self._held[edit.sku] = outcome.state
        self.plan.outcomes.append(outcome)

    def _outcome(self, edit: Edit, have: State | None) -> Step | State:
        live = have if have is not None and have.live else None
        revision = have.revision if have else None
        edit.condition.check(edit.sku, live_version=live.version if live else 0, revision=revision)
        if isinstance(edit, Put):
            return self._put(edit.sku, edit.fields, edit.condition, have)
        if live is None:
            raise UnknownProduct(f"no product {edit.sku[:100]!r} in this store")
        if isinstance(edit, Patch):
            fields = ProductFields.model_validate(merged(orjson.loads(live.document), edit.changes))
            return self._put(edit.sku, fields, edit.condition, live)
        return self._delete(edit.sku, edit.condition, live)

    def _put(self, sku: str, fields: ProductFields, condition: Condition, have: State | None) -> Step | State:
        if have is None:
            check_sku(sku)
        document, links = fields.written(), fields.image_links
        version = have.version + 1 if have else 1
        revision = _newer(condition, have)
        if have is None or not have.live:
            photos = tuple([(link, self._taken_over.get(link)) for link in links])
            return self._list(sku, State(version, None, True, document, _text(photos), revision), photos, created=True)
        if have.document == document:
            return have if revision == have.revision else _renumbered(sku, have, revision)
        before = orjson.loads(have.document)
        if image_links(before) == links:
            kind = ChangeKind.ATTRIBUTES if _words(before) == _words(fields.__dict__) else ChangeKind.LISTED
            return Step(sku, kind, State(version, None, True, document, have.photos, revision))
        known = dict(have.links())
        photos = tuple([(link, known[link] if link in known else self._taken_over.get(link)) for link in links])
        if sku not in self.plan.gone:
            self.plan.again.setdefault(sku, set()).update(known.keys() - set(links))
        return self._list(sku, State(version, None, True, document, _text(photos), revision), photos, created=False)

    def _list(self, sku: str, state: State, photos: Links, *, created: bool) -> Step:
        self.plan.listed[sku] = photos
        return Step(sku, ChangeKind.LISTED, state, created)

    def _delete(self, sku: str, condition: Condition, have: State) -> Step:
        self.plan.listed.pop(sku, None)
        self.plan.again.pop(sku, None)
        self.plan.gone.add(sku)
        return Step(
            sku, ChangeKind.DELETED, State(have.version + 1, None, False, EMPTY, NO_PHOTOS, _newer(condition, have))
        )


def links_to_look_up(edits: Sequence[Edit], held: Mapping[str, State]) -> set[str]:
    """Return the photo links that these edits may bring to products that do not list them at that moment."""
    found: set[str] = set()
    times = Counter(edit.sku for edit in edits)
    for edit in edits:
        if isinstance(edit, Patch):
            found.update(_texts(edit.changes.get("image_link")), _texts(edit.changes.get("additional_image_link")))
        elif isinstance(edit, Put):
            have = held.get(edit.sku)
            stays = links_in(have.document) if have and have.live and times[edit.sku] == 1 else ()
            found.update(link for link in edit.fields.image_links if link not in stays)
    return found


def skus_of(edits: Sequence[Edit]) -> list[str]:
    """Return the SKUs that the edits speak of, each once; what cannot be a SKU is left out."""
    return [sku for sku in dict.fromkeys(edit.sku for edit in edits) if is_sku(sku)]


def _renumbered(sku: str, have: State, revision: int | None) -> Step:
    """The same product under a newer revision: remembered, so that what is older than it stays out."""
    return Step(sku, ChangeKind.ATTRIBUTES, State(have.version + 1, None, True, have.document, have.photos, revision))


def _newer(condition: Condition, have: State | None) -> int | None:
    return condition.revision if condition.revision is not None or have is None else have.revision


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [one.strip() for one in values if isinstance(one, str) and one.strip().isprintable()]


def _words(document: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple([document.get(name) for name in NAMING_FIELDS])


def links_in(document: str) -> tuple[str, ...]:
    """Return the photo links of a JSON document, main one first, each once."""
    return image_links(orjson.loads(document))


def photos_text(image_ids: Sequence[str | None]) -> str:
    """Return the JSON array of image ids."""
    return orjson.dumps(image_ids).decode() if image_ids else NO_PHOTOS


def _text(photos: Links) -> str:
    return photos_text([image for _, image in photos])


def link_key(link: str) -> str:
    """Return what stands for an address in the table of links: short, whatever its length."""
    return hashlib.blake2b(link.encode(), digest_size=16).hexdigest()


def uploaded_id(link: str) -> str | None:
    """Return the image id of an ``image:<id>`` link, None of an address."""
    return link.removeprefix(UPLOADED) if link.startswith(UPLOADED) else None
