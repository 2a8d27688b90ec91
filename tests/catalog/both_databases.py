"""A plugin of pytest: the `catalog` fixture, once over SQLite and once over PostgreSQL, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog import Catalog
from tests.catalog.wares import HeldClock

pytest_plugins = ("tests.postgres",)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def catalog(catalog_url: str, tmp_path: Path, clock: HeldClock) -> Iterator[Catalog]:
    """A catalog with two empty stores, `shop` and `other`."""
    with Catalog.open(catalog_url, tmp_path / "images", clock=clock) as opened:
        opened.migrate()
        opened.stores.create("shop", "Shop")
        opened.stores.create("other", "Other")
        yield opened
