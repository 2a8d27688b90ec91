"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.moment import Moment
from catalog.tables import plain_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "stores",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stores"),
    )
    op.create_table(
        "keys",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", plain_text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_keys_store"),
        sa.UniqueConstraint("prefix", name="uq_keys_prefix"),
    )
    op.create_index("ix_keys_store", "keys", ["store"])
    _products()
    _images()
    _log()


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("sku", plain_text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "sku", name="pk_products"),
    )
    op.create_table(
        "tasks",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("sku", plain_text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("image_id", plain_text()),
        sa.Column("additional", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", "sku", "position", name="pk_tasks"),
    )
    op.create_index(
        "ix_tasks_due",
        "tasks",
        ["additional", "due_at"],
        postgresql_where=sa.text("failed = false"),
        sqlite_where=sa.text("failed = 0"),
    )


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("id", plain_text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
    )
    op.create_table(
        "store_images",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("image_id", plain_text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "image_id", name="pk_store_images"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_store_images_store"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_store_images_image_id"),
    )
    op.create_table(
        "links",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("link_key", plain_text(), nullable=False),
        sa.Column("image_id", plain_text(), nullable=False),
        sa.Column("fetched_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", "link_key", name="pk_links"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_links_store"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_links_image_id"),
    )
    op.create_table(
        "descriptions",
        sa.Column("image_id", plain_text(), nullable=False),
        sa.Column("space", plain_text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "space", name="pk_descriptions"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_descriptions_image_id"),
    )


def _log() -> None:
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0}])
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("sku", plain_text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("changes", "log_head", "descriptions", "links", "store_images", "images", "tasks", "products"):
        op.drop_table(table)
    op.drop_table("keys")
    op.drop_table("stores")
