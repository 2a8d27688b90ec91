"""The gate, the last look at the catalog before an answer; and the order of what passes it.

The index follows the catalog and may lag behind it by a moment. What it offers is held against the catalog as it
stands now, in one read: a product that is deleted, no longer lists the photo, or no longer passes the filters is
dropped, whatever the index still believes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog import Catalog, LiveProduct, Product
from detector import CATEGORIES
from index import Candidate, Not, OneOf, Where
from pipeline.categories import are_kin, category_of
from pipeline.filters import KIND, attributes_of, field_of
from telemetry import metrics

OTHER_KIND = 0.2  # taken from the score of a product that is another kind of garment than the region


@dataclass(frozen=True, slots=True)
class Passed:
    """A candidate that passed the gate, with its product as the catalog has it now, and the score it ranks by."""

    candidate: Candidate
    product: Product
    score: float


class Gate:
    """Lets through what is live."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def check(
        self, store: str, found: Sequence[Sequence[Candidate]], where: Where, min_score: float
    ) -> list[list[Passed]]:
        """Return the candidates that may be shown, per query in the order given; one catalog read for all queries."""
        wanted = [[one for one in candidates if one.score >= min_score] for candidates in found]
        live = self._catalog.products.live(store, sorted({one.sku for candidates in wanted for one in candidates}))
        rest = _without_category(where)
        passed = [
            [
                Passed(one, live[one.sku].product, one.score)
                for one in candidates
                if _may_show(one, live.get(one.sku), rest)
            ]
            for candidates in wanted
        ]
        metrics.GATE_DROPS.inc(sum(map(len, wanted)) - sum(map(len, passed)))
        return passed


def ranked(passed: Sequence[Passed], category: str | None, min_score: float) -> list[Passed]:
    """Return what passed in the order of the answer, best first, then by SKU; what scores too low is left out.

    A pair of black pants resembles a black jacket in all but what it is: products whose own words say that they are
    another kind of garment than `category` stand back. Where either is unknown, likeness alone counts.
    """
    scored = [replace(one, score=one.score - _other_kind(one.product, category)) for one in passed]
    return sorted((one for one in scored if one.score >= min_score), key=lambda one: (-one.score, one.product.sku))


def of_kind(where: Where, category: str | None) -> Where:
    """Narrow a filter down to the products that do not stand back where a region is of this category."""
    others = tuple(one for one in CATEGORIES if not are_kin(one, category))
    return Where((*where.conditions, Not(OneOf(KIND, others)))) if others else where


def _other_kind(product: Product, category: str | None) -> float:
    return 0.0 if are_kin(category_of(product.document), category) else OTHER_KIND


def _may_show(candidate: Candidate, live: LiveProduct | None, where: Where) -> bool:
    if live is None or candidate.image_id not in live.image_ids:
        return False
    if live.product.version == candidate.version:
        return True
    return where.matches(attributes_of(candidate.sku, live.product.document))


def _without_category(where: Where) -> Where:
    """Leave out the category: it may be the detector's word, which the product's own fields do not hold."""
    return Where(tuple(condition for condition in where.conditions if field_of(condition) != "category"))
