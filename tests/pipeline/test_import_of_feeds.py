"""Feeds of shops through the importer, into a catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import Catalog
from pipeline.feeds import FeedOptions, UnreadableFeed
from pipeline.importer import Importer
from pipeline.photo import PhotoLimits
from tests.pipeline.test_feed_shopify import TEE, export, line

pytest_plugins = ("tests.catalog.both_databases",)


def test_export_of_a_shop_is_imported_and_its_faults_are_reported(catalog: Catalog, tmp_path: Path) -> None:
    table = tmp_path / "products_export.csv"
    table.write_text(export(*TEE, line("bad", title="Bad", variant_sku="BAD", variant_price="cheap")))
    importer = Importer(catalog, "space", PhotoLimits())
    with pytest.raises(UnreadableFeed, match="set the feed's currency"):
        list(importer.run("shop", table, tmp_path))
    reports = list(importer.run("shop", table, tmp_path, FeedOptions(currency="EUR")))
    assert [(one.sku, one.taken) for one in reports] == [
        ("100234", True),
        ("tee-red-m", True),
        ("TEE-B-S", True),
        ("BAD", False),
    ]
    assert "like '19.90 EUR'" in reports[3].problems[0]
    product = catalog.products.get("shop", "100234")
    assert product is not None
    assert (product.fields.group_id, product.fields.color) == ("tee", "Red")
