"""What can be asked of a product: put, patch or delete it; and when a late or repeated request is to change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.errors import OutdatedWrite, VersionMismatch
from catalog.product import ProductFields


@dataclass(frozen=True, slots=True)
class Condition:
    """When a write counts. Without one it always does.

    `revision` is the merchant's own number of the product's state, growing with time (a counter, a time stamp): a write
    whose revision is not above the last one taken came late or twice and changes nothing, not even after a delete.
    `version` is ours: the write counts if the product is at this version still; 0 stands for "not there".
    """

    revision: int | None = None
    version: int | None = None

    def check(self, sku: str, *, live_version: int, revision: int | None) -> None:
        """Hold a write against the product as it is. Raises OutdatedWrite or VersionMismatch."""
        if self.revision is not None and revision is not None and self.revision <= revision:
            raise OutdatedWrite(
                f"product {sku!r} already has revision {revision}; revision {self.revision} changed nothing"
            )
        if self.version is not None and self.version != live_version:
            there = f"is at version {live_version}" if live_version else "is not there"
            raise VersionMismatch(f"product {sku!r} {there}, not at version {self.version}; read it and try again")


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Put:
    """Create or replace a product."""

    sku: str
    fields: ProductFields
    condition: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Patch:
    """Change some fields of a product by JSON merge patch (RFC 7396)."""

    sku: str
    changes: Mapping[str, object]
    condition: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a product."""

    sku: str
    condition: Condition = ALWAYS


Edit = Put | Patch | Delete
