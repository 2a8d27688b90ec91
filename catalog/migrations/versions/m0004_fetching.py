"""What is known of addresses that photos were fetched from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.moment import Moment
from catalog.tables import plain_text
from catalog.tasks import host_of

revision = "0004"
down_revision = "0003"

BATCH = 1000
_TASKS = sa.table("tasks", *(sa.column(name) for name in ("store", "sku", "position", "link", "host")))
_KEY = ("store", "sku", "position")


def upgrade() -> None:
    """Apply."""
    _tasks()
    op.create_index("ix_store_images_image_id", "store_images", ["image_id"])
    op.create_index("ix_links_image_id", "links", ["image_id"])
    for name in ("url", "etag", "last_modified"):
        op.add_column("links", sa.Column(name, sa.Text()))
    op.add_column("links", sa.Column("checked_at", Moment()))
    op.create_index("ix_links_checked_at", "links", ["checked_at"])
    op.create_table(
        "unlisted",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("image_id", plain_text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("store", "image_id", name="pk_unlisted"),
    )
    op.create_index("ix_unlisted_since", "unlisted", ["since"])
    op.execute(
        "INSERT INTO unlisted (store, image_id, since) SELECT store_images.store, images.id, images.created_at "
        "FROM store_images JOIN images ON images.id = store_images.image_id"
    )  # any of them may be one that nothing lists: to be looked at
    op.create_table(
        "allowed_hosts",
        sa.Column("store", plain_text(), nullable=False),
        sa.Column("host", plain_text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "host", name="pk_allowed_hosts"),
        sa.ForeignKeyConstraint(["store"], ["stores.id"], name="fk_allowed_hosts_store"),
    )


def _tasks() -> None:
    op.add_column("tasks", sa.Column("host", plain_text(), nullable=False, server_default=""))
    op.add_column("tasks", sa.Column("permanent", sa.Boolean(), nullable=False, server_default=sa.false()))
    _name_hosts(op.get_bind())
    op.drop_index("ix_tasks_due", "tasks")
    op.create_index(
        "ix_tasks_due", "tasks", ["additional", "host", "due_at"],
        postgresql_where=sa.text("failed = false"), sqlite_where=sa.text("failed = 0"),
    )  # fmt: skip
    op.create_index(
        "ix_tasks_failed", "tasks", ["store", "sku", "position"],
        postgresql_where=sa.text("failed"), sqlite_where=sa.text("failed = 1"),
    )  # fmt: skip


def _name_hosts(connection: sa.Connection) -> None:
    """Fill in the host of every photo that waits, some at a time."""
    columns = _TASKS.c
    key = sa.tuple_(columns.store, columns.sku, columns.position)
    page = sa.select(columns.store, columns.sku, columns.position, columns.link).order_by(*(columns[n] for n in _KEY))
    after: tuple[str, str, int] = ("", "", -1)
    same = sa.and_(*(columns[name] == sa.bindparam(f"of_{name}") for name in _KEY))
    fill = sa.update(_TASKS).where(same).values(host=sa.bindparam("named"))
    while rows := connection.execute(page.where(key > sa.tuple_(*after)).limit(BATCH)).all():
        connection.execute(
            fill,
            [
                {"of_store": row.store, "of_sku": row.sku, "of_position": row.position, "named": host_of(row.link)}
                for row in rows
            ],
        )
        after = (rows[-1].store, rows[-1].sku, rows[-1].position)


def downgrade() -> None:
    """Undo."""
    op.drop_table("allowed_hosts")
    op.drop_table("unlisted")
    op.drop_index("ix_links_checked_at", "links")
    for name in ("checked_at", "last_modified", "etag", "url"):
        op.drop_column("links", name)
    op.drop_index("ix_links_image_id", "links")
    op.drop_index("ix_store_images_image_id", "store_images")
    op.drop_index("ix_tasks_failed", "tasks")
    op.drop_index("ix_tasks_due", "tasks")
    op.drop_column("tasks", "permanent")
    op.drop_column("tasks", "host")
    op.create_index(
        "ix_tasks_due", "tasks", ["additional", "due_at"],
        postgresql_where=sa.text("failed = false"), sqlite_where=sa.text("failed = 0"),
    )  # fmt: skip
