"""Feeds, their jobs and webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.moment import Moment
from catalog.tables import plain_text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    _feeds()
    _jobs()
    _of_jobs()
    _webhooks()


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("name", plain_text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("next_run_at", Moment()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("content_sha256", plain_text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_feeds_store"),
        sa.UniqueConstraint("store", "name", name="uq_feeds_store_name"),
    )
    op.create_index("ix_feeds_next_run_at", "feeds", ["next_run_at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("feed_id", plain_text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("format", sa.Text()),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("encoding", sa.Text()),
        sa.Column("shop_url", sa.Text()),
        sa.Column("max_missing_share", sa.Float(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("state", plain_text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("file", sa.Text()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("content_sha256", plain_text()),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("rows", "created", "changed", "unchanged")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("deleted", "rejected", "errors")),
        sa.Column("missing", sa.BigInteger()),
        sa.Column("all_read", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("base_seq", sa.BigInteger(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger()),
        sa.Column("lease", plain_text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_jobs_store"),
    )
    op.create_index("ix_jobs_state_due_at", "jobs", ["state", "due_at"])
    op.create_index("ix_jobs_store_id", "jobs", ["store", "id"])


def _of_jobs() -> None:
    op.create_table(
        "job_errors",
        sa.Column("job_id", plain_text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("line", sa.BigInteger()),
        sa.Column("sku", sa.Text()),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_errors"),
    )
    op.create_table(
        "job_skus",
        sa.Column("job_id", plain_text(), nullable=False),
        sa.Column("sku", plain_text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "sku", name="pk_job_skus"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text()),
        sa.Column("previous_until", Moment()),
        sa.Column("disabled_reason", sa.Text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_webhooks_store"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", plain_text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_answer", sa.Text()),
        sa.Column("last_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_deliveries_store"),
    )
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_store_id", "deliveries", ["store", "id"])
