"""What a follower makes of the snapshot it finds, and leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import Catalog
from index import Entry
from index.faiss_index import FaissIndex
from pipeline.entries import entry_of
from pipeline.follow import Follower
from pipeline.verify import Verifier
from tests.catalog.wares import SPACE, describe_waiting, put

SKU, GONE = "dress", "gone"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog of one searchable product."""
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}", tmp_path / "images")
    opened.migrate()
    opened.stores.create("shop", "Shop")
    put(opened, SKU, image_link="https://img.example/a.jpg")
    describe_waiting(opened)
    yield opened
    opened.close()


def entry(catalog: Catalog) -> Entry:
    return entry_of(catalog.products.listings([("shop", SKU)], SPACE)["shop", SKU])


def test_snapshot_of_a_later_catalog_is_thrown_away(catalog: Catalog, tmp_path: Path) -> None:
    """As after a backup was put back: the index knows versions, and products, that the catalog has lost."""
    later = FaissIndex()
    held = entry(catalog)
    later.upsert("shop", SPACE, [replace(held, version=held.version + 5), replace(held, sku=GONE)])
    later.snapshot(tmp_path / "snapshots" / SPACE, catalog.changes.head() + 100)
    index = FaissIndex()
    Follower(catalog, index, SPACE, tmp_path / "snapshots").load()
    assert dict(index.scan("shop", SPACE)) == {SKU: held.version}


def test_product_that_the_index_holds_in_a_later_version_is_mended(catalog: Catalog, tmp_path: Path) -> None:
    index, held = FaissIndex(), entry(catalog)
    follower = Follower(catalog, index, SPACE, tmp_path / "snapshots")
    follower.catch_up_fully()
    index.upsert("shop", SPACE, [replace(held, version=held.version + 5)])
    verifier = Verifier(catalog, index, follower, SPACE)
    found = verifier.differences("shop")
    assert [one.what for one in found] == ["outdated"]
    verifier.repair("shop", found)
    assert verifier.differences("shop") == []


def test_index_that_was_never_loaded_leaves_the_snapshot_alone(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = Follower(catalog, FaissIndex(), SPACE, folder)
    first.catch_up_fully()
    first.stop()
    Follower(catalog, FaissIndex(), SPACE, folder).stop()
    index = FaissIndex()
    assert index.restore(folder / SPACE) == first.checkpoint
    assert index.count("shop", SPACE) == 1
