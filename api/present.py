"""Records of ours as the JSON that clients read. `api.schemas` says the same to the OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import g

from api.image_links import ImageLinks
from catalog import Change, Failure, ListedImage, Product, Receipt, StoredImage, StoreStats
from detector import Region
from pipeline.answers import Answer, Hit, RegionAnswer
from pipeline.changeover import Progress
from pipeline.follow import Follower
from pipeline.sync import LineResult
from pipeline.verify import Difference

Json = dict[str, Any]
SHOWN_DIFFERENCES = 100
_NOT_IN_HITS = ("description", "additional_image_link")  # long, and of no use in a page of hits


def answer(found: Answer, links: ImageLinks) -> Json:
    """A search's answer."""
    return {
        "regions": [region_answer(one, links) for one in found.regions],
        "index_seq": found.index_seq,
        "behind": found.behind,
        "space": found.space,
        "timings_ms": found.timings_ms,
        "request_id": request_id(),
    }


def region_answer(found: RegionAnswer, links: ImageLinks) -> Json:
    """One garment of the photo, with its hits."""
    return {
        **region(found.region),
        "primary": found.primary,
        "palette": [
            {"lab": [_rounded(one) for one in lab], "weight": _rounded(weight)} for *lab, weight in found.palette
        ],
        "hits": [hit(one, links) for one in found.hits],
        "cursor": found.cursor,
    }


def region(found: Region) -> Json:
    """A region: where it is and what it is."""
    return {
        "box": [_rounded(side) for side in found.box],
        "category": found.category,
        "confidence": _rounded(found.confidence),
        "whole_photo": found.whole_photo,
    }


def hit(found: Hit, links: ImageLinks) -> Json:
    """A product that looks like the region, and the image and region of it that matched."""
    return {
        "score": _rounded(found.score),
        "product": {name: value for name, value in product(found.product).items() if name not in _NOT_IN_HITS},
        "image": links.of(found.product.store, found.image_id),
        "region": {"box": [_rounded(side) for side in found.box], "category": found.category},
    }


def product(found: Product) -> Json:
    """What the merchant says of a product, under its SKU."""
    return {"sku": found.sku, "availability": found.fields.availability, **found.fields.document()}


def listed_product(found: Product) -> Json:
    """A product with its version and the receipt of its last change."""
    return {
        **product(found),
        "version": found.version,
        "seq": found.seq,
        "updated_at": found.updated_at.isoformat(),
    }


def kept_product(found: Product, images: list[ListedImage], links: ImageLinks) -> Json:
    """A product as the catalog keeps it, with how far each photo is."""
    return {
        **listed_product(found),
        "images": [listed_image(found.store, one, links) for one in images],
    }


def listed_image(store: str, found: ListedImage, links: ImageLinks) -> Json:
    """One photo of a product: its link, how far it is, and, if it failed or waits to be tried again, why."""
    return {
        "link": found.link,
        "status": found.status,
        "reason": found.reason,
        "next_try_at": found.next_try_at.isoformat() if found.next_try_at else None,
        "image": links.of(store, found.image_id) if found.image_id else None,
    }


def receipt(found: Receipt) -> Json:
    """The receipt of a write."""
    return {"sku": found.sku, "version": found.version, "seq": found.seq, "created": found.created}


def line(found: LineResult) -> Json:
    """What became of one line of a batch."""
    told: Json = {"line": found.line, "sku": found.sku, "status": found.status}
    if found.receipt:
        return told | {"version": found.receipt.version, "seq": found.receipt.seq, "created": found.receipt.created}
    errors = [{"field": one.field or "line", "message": one.message} for one in found.problems]
    return told | {"error": found.error, "errors": errors}


def batch(found: list[LineResult]) -> Json:
    """What became of a batch: counts, the last receipt, every line."""
    seqs = [one.receipt.seq for one in found if one.receipt]
    return {
        "accepted": len(seqs),
        "rejected": len(found) - len(seqs),
        "seq": max(seqs, default=None),
        "lines": [line(one) for one in found],
    }


def changes(found: list[Change], after: int, head: int) -> Json:
    """A page of the log."""
    shown = [
        {"seq": one.seq, "sku": one.sku, "kind": one.kind, "version": one.version, "at": one.at.isoformat()}
        for one in found
    ]
    return {"changes": shown, "after": after, "head": head}


def verified(found: list[Difference], count: int, *, repaired: bool) -> Json:
    """What an index has otherwise than the catalog."""
    shown = [
        {"sku": one.sku, "what": one.what, "version": one.version, "index_version": one.index_version}
        for one in found[:SHOWN_DIFFERENCES]
    ]
    return {"products": count, "differences": len(found), "repaired": repaired, "first": shown}


def stats(found: StoreStats, head: int, follower: Follower, space: str) -> Json:
    """Counts of a store, and how far the index is."""
    images = {str(status.value): count for status, count in found.images.items()}
    return {
        "products": found.products,
        "searchable": found.searchable,
        "images": images,
        "seq": head,
        "index_seq": follower.checkpoint,
        "lag_seconds": round(follower.lag_seconds(), 3),
        "space": space,
    }


def spaces(found: list[Progress], answering: str) -> Json:
    """Every space, how far it is, and the one that answers here."""
    shown = [
        {
            "id": one.space.id,
            "state": one.space.state,
            "share": _rounded(one.share),
            "photos": one.space.photos,
            "failed": one.space.failed,
            "behind": one.behind,
            "created_at": one.space.created_at.isoformat(),
            "changed_at": one.space.changed_at.isoformat(),
        }
        for one in found
    ]
    return {"spaces": shown, "answering": answering}


def failure(found: Failure) -> Json:
    """A photo that is not tried any more, and why."""
    return {
        "sku": found.sku,
        "position": found.position,
        "link": found.link,
        "reason": found.reason,
        "attempts": found.attempts,
        "failed_at": found.failed_at.isoformat(),
        "permanent": found.permanent,
    }


def uploaded(store: str, image: StoredImage, links: ImageLinks) -> Json:
    """A photo that was taken in."""
    return {
        "image": links.of(store, image.image_id),
        "image_link": f"image:{image.image_id}",
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
    }


def request_id() -> str:
    """The id under which this request is logged."""
    found: str = g.request_id
    return found


def _rounded(value: float) -> float:
    return round(float(value), 4)
