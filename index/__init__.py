"""Vector search with filters: the protocol, its words, and its implementations."""

from index.protocol import (
    Candidate,
    Entry,
    IndexedRegion,
    UnusableSnapshot,
    VectorIndex,
    VectorIndexError,
    Vectors,
    WrongAttributes,
    WrongVectors,
)
from index.where import EVERYTHING, Attributes, AttributeValue, Between, Condition, Not, OneOf, Where

__all__ = [
    "EVERYTHING",
    "AttributeValue",
    "Attributes",
    "Between",
    "Candidate",
    "Condition",
    "Entry",
    "IndexedRegion",
    "Not",
    "OneOf",
    "UnusableSnapshot",
    "VectorIndex",
    "VectorIndexError",
    "Vectors",
    "Where",
    "WrongAttributes",
    "WrongVectors",
]
