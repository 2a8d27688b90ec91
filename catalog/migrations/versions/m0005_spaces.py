"""Which space searches use, and the one that is filled or kept beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.moment import Moment
from catalog.tables import plain_text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "spaces",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("walked_store", plain_text()),
        sa.Column("walked_sku", plain_text()),
        sa.Column("seq", sa.BigInteger()),
        sa.Column("products", sa.BigInteger(), nullable=False),
        sa.Column("photos", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("held_by", sa.Text()),
        sa.Column("held_until", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("spaces")
