"""The database itself: its URL, its tables, and what happens when it is not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url

from catalog import Catalog, CatalogError, CatalogUnavailable
from catalog.tables import metadata
from tests.catalog.wares import put

pytest_plugins = ("tests.catalog.both_databases",)


def test_migrations_make_the_tables_that_the_code_knows(catalog: Catalog, catalog_url: str) -> None:
    engine = create_engine(make_url(catalog_url.replace("postgresql:", "postgresql+psycopg:")))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_migrating_again_changes_nothing(catalog: Catalog) -> None:
    put(catalog, "a")
    catalog.migrate()
    assert catalog.products.get("shop", "a") is not None


def test_what_was_written_is_there_when_it_is_opened_again(catalog: Catalog, catalog_url: str, tmp_path: Path) -> None:
    put(catalog, "a")
    catalog.close()
    with Catalog.open(catalog_url, tmp_path) as again:
        again.migrate()
        assert again.products.get("shop", "a") is not None
        assert put(again, "b") == (1, 2)


@pytest.mark.parametrize("url", ["", "catalog.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_url_of_no_use_is_refused_with_what_to_write(url: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="write sqlite:///file"):
        Catalog.open(url, tmp_path)


def test_database_out_of_reach_is_named_without_its_password(tmp_path: Path) -> None:
    with Catalog.open("postgresql://user:hidden@127.0.0.1:1/nowhere", tmp_path) as catalog:
        with pytest.raises(CatalogUnavailable) as refused:
            catalog.changes.head()
        assert "hidden" not in str(refused.value)


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"no database" * 1000)
    with Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path) as catalog, pytest.raises(CatalogUnavailable):
        catalog.migrate()


def test_readers_go_on_while_sqlite_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with Catalog.open(f"sqlite:///{path}", tmp_path) as catalog:
        catalog.migrate()
        catalog.stores.create("shop", "Shop")
        put(catalog, "a")
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE products SET live = 0")
        assert catalog.products.get("shop", "a") is not None
        writer.execute("COMMIT")
        writer.close()
        assert catalog.products.get("shop", "a") is None
