"""What is known of addresses that photos were fetched from."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
