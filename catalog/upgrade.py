"""Brings the tables of a database to the newest version with Alembic, from inside the program.

Several processes may start at once: one migrates, the others wait for it and find nothing left to do.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from catalog.database import Database

_LOCK = 0x56495452  # any number of our own


def migrate(database: Database) -> None:
    """Run what is missing of the migrations, in one transaction."""
    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    if is_current(database, config):
        return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database, config: Config) -> bool:
    """Whether nothing is left to migrate."""
    with database.read() as connection:
        return _revision(connection) == ScriptDirectory.from_config(config).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
