"""Run by Alembic: applies migrations on the connection, and in the transaction, that `catalog.upgrade` gives it."""

from __future__ import annotations

from alembic import context

from catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
)
context.run_migrations()
