"""A catalog with photos in it, from before hosts and unlisted photos were known, is brought up to date and back."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from catalog import Catalog
from catalog.database import Database
from tests.catalog.wares import photo

pytest_plugins = ("tests.catalog.both_databases",)

OLD = photo("old")


def migrate(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.attributes["connection"] = connection
    (command.downgrade if to < "0004" else command.upgrade)(config, to)


def test_photos_that_wait_and_photos_that_are_there_are_taken_over(catalog: Catalog, catalog_url: str) -> None:
    catalog.images.store("shop", OLD.data, OLD.image)
    database = Database(catalog_url)
    with database.write() as connection:
        migrate(connection, "0003")
        task = "INSERT INTO tasks (store, sku, position, link, additional, failed, attempts, due_at) VALUES "
        at = "'2026-01-01T00:00:00Z'" if not database.is_sqlite else "0"
        for number in range(1200):
            link = "image:x" if number % 2 else "https://IMG.example:443/a.jpg"
            connection.execute(text(f"{task} ('shop', 'p{number}', 0, '{link}', false, false, 0, {at})"))
    with database.write() as connection:
        migrate(connection, "0004")
    database.close()
    hosts = [task.host for task in catalog.images.claim(5000, 60.0)]
    assert (len(hosts), hosts.count("img.example"), hosts.count("")) == (1200, 600, 600)
    assert catalog.images.forget(-1e6, 10) == 1, "what was there may be unlisted, and is looked at"
    assert catalog.images.get(OLD.id) is None
