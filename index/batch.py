"""A batch of entries, checked at the door and brought down to what it changes: one entry per SKU, none outdated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.protocol import Entry, Vectors, WrongAttributes, WrongVectors
from index.where import Attributes, AttributeValue

UNIT_TOLERANCE = 1e-3
_PLAIN = frozenset({str, float})


@dataclass(frozen=True, slots=True)
class Batch:
    """What an upsert changes. `missing` came without vectors and are not held."""

    entries: list[Entry]
    missing: list[str]


def check_entries(entries: Sequence[Entry], dimensions: int | None) -> int | None:
    """Check every vector and attribute; return the dimensions, which the first vector sets where they are None.

    Raises WrongVectors or WrongAttributes, naming the SKU.
    """
    vectors: list[Vectors] = []
    owners: list[str] = []
    for entry in entries:
        check_attributes(entry.sku, entry.attributes)
        for region in entry.regions or ():
            dimensions = _check_shape(entry.sku, region.vector, dimensions)
            vectors.append(region.vector)
            owners.append(entry.sku)
    if vectors:
        wrong = not_unit(np.stack(vectors))
        if wrong is not None:
            raise WrongVectors(f"a vector of SKU {owners[wrong]!r} is not finite and of length 1; normalise it (L2)")
    return dimensions


def check_queries(vectors: Vectors, dimensions: int | None) -> None:
    """Check the (N, D) vectors of a search. Raises WrongVectors, naming the number of the query."""
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or vectors.dtype != np.float32:
        raise WrongVectors("queries must be an (N, D) array of float32")
    if len(vectors) and dimensions is not None and vectors.shape[1] != dimensions:
        raise WrongVectors(f"queries have {vectors.shape[1]} dimensions, the space has {dimensions}")
    wrong = not_unit(vectors)
    if wrong is not None:
        raise WrongVectors(f"query {wrong} is not finite and of length 1; normalise it (L2)")


def check_attributes(sku: str, attributes: Attributes) -> None:
    """Check the types of a product's attributes. Raises WrongAttributes, naming SKU and field."""
    if _PLAIN.issuperset(map(type, attributes.values())):
        return
    for field, value in attributes.items():
        if type(value) is not str and not _is_attribute(value):
            raise WrongAttributes(f"attribute {field!r} of SKU {sku!r} is neither text, number nor a tuple of texts")


def not_unit(vectors: Vectors) -> int | None:
    """Return the number of the first vector that is not finite and of length 1; None where all are."""
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE))  # NaN compares false
    return int(wrong[0]) if len(wrong) else None


def merge(entries: Sequence[Entry], version_held: Callable[[str], int | None]) -> Batch:
    """Bring a batch down to its outcome, as if its entries were applied one after another."""
    newest: dict[str, Entry] = {}
    missing: dict[str, None] = {}
    for entry in entries:
        before = newest.get(entry.sku)
        version = before.version if before else version_held(entry.sku)
        if version is None and entry.regions is None:
            missing[entry.sku] = None
        elif version is None or entry.version >= version:
            if before and entry.regions is None:
                entry = replace(entry, regions=before.regions)
            newest[entry.sku] = entry
    return Batch(list(newest.values()), list(missing))


def _check_shape(sku: str, vector: Vectors, dimensions: int | None) -> int:
    if not isinstance(vector, np.ndarray) or vector.ndim != 1 or vector.dtype != np.float32 or not vector.size:
        raise WrongVectors(f"a vector of SKU {sku!r} is not a (D,) array of float32")
    if dimensions is not None and len(vector) != dimensions:
        raise WrongVectors(f"a vector of SKU {sku!r} has {len(vector)} dimensions, the space has {dimensions}")
    return len(vector)


def _is_attribute(value: AttributeValue) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(part, str) for part in value)
    return isinstance(value, (str, float)) or (isinstance(value, int) and abs(value) <= sys.float_info.max)
