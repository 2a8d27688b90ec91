"""Idempotency, and the merchant's own order of writes."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
