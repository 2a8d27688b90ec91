"""From a listing in the catalog to its entry in the index: which regions of its photos stand for the product."""

from __future__ import annotations

from collections.abc import Sequence

from catalog import DescribedRegion, Listing, Product
from index import Entry, IndexedRegion
from pipeline.categories import are_kin, category_of
from pipeline.filters import attributes_of


def entry_of(listing: Listing) -> Entry:
    """Return the entry of a listing: of every photo, the garment for sale and the whole photo.

    The entry has no regions where no photo is described yet; such a product is not searchable.
    """
    product = listing.product
    chosen = [for_sale(product, description.regions) for description in listing.descriptions]
    regions = tuple(
        [
            IndexedRegion(description.image_id, number, description.vectors[number])
            for description, numbers in zip(listing.descriptions, chosen, strict=True)
            for number in numbers
        ]
    )
    seen = listing.descriptions[0].regions[chosen[0][0]].category if chosen else None  # in the main photo
    return Entry(product.sku, product.version, attributes_of(product.sku, product.document, seen), regions)


def attributes_entry_of(product: Product, main: Sequence[DescribedRegion] = ()) -> Entry:
    """Return the entry of a product of which only attributes changed: the index keeps its vectors.

    `main` are the regions of its main photo: they tell the category where the product's own words do not.
    """
    seen = main[for_sale(product, main)[0]].category if main else None
    return Entry(product.sku, product.version, attributes_of(product.sku, product.document, seen), None)


def for_sale(product: Product, regions: Sequence[DescribedRegion]) -> tuple[int, ...]:
    """Return the numbers of the regions that show the product, the best one first and the whole photo last.

    A photo of a person shows several garments; the product's words tell which is for sale. Where they name no
    category, or none of that kind was found, it is the most prominent one.
    """
    whole = len(regions) - 1
    if not whole:
        return (0,)
    category = category_of(product.document)
    kin = [number for number in range(whole) if are_kin(regions[number].category, category)]
    same = [number for number in kin if regions[number].category == category]
    return ((same or kin or (0,))[0], whole)
