"""Requests with a key of their own, the merchant's own order of writes, and the log by store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.moment import Moment
from catalog.tables import plain_text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.add_column("products", sa.Column("revision", sa.BigInteger()))
    op.create_table(
        "requests",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("key", plain_text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", "key", name="pk_requests"),
    )
    op.create_index("ix_requests_at", "requests", ["at"])
    op.create_index("ix_changes_store_seq", "changes", ["store", "seq"])
