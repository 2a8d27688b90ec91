"""Product exports of Shopify: variants, photos, stock and prices of one Handle."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.feeds import FeedOptions, Format, UnreadableFeed, read
from tests.pipeline.feed_files import faults, price, read_text, sale_price, taken

COLUMNS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"
    "Option1 Linked To,Option2 Name,Option2 Value,Option2 Linked To,Option3 Name,Option3 Value,Option3 Linked To,"
    "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Fulfillment Service,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,"
    "Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,"
    "Google Shopping / Google Product Category,Google Shopping / Gender,Google Shopping / Age Group,"
    "Google Shopping / MPN,Google Shopping / Condition,Fit (product.metafields.custom.fit),Variant Image,"
    "Variant Weight Unit,Variant Tax Code,Cost per item,Included / India,Price / India,Compare At Price / India,"
    "Status"
)
HEADER = next(csv.reader([COLUMNS]))
CDN = "https://cdn.shopify.com/s/files/1/"


def line(handle: str, **cells: str) -> str:
    """Return a line of the export; names of cells as in the header, spaces and signs as underscores."""
    by_name = {name.replace(" (HTML)", "").replace(" ", "_").lower(): name for name in HEADER}
    said = {"Handle": handle} | {by_name[name]: value for name, value in cells.items()}
    return ",".join('"' + said.get(name, "").replace('"', '""') + '"' for name in HEADER)


def export(*lines: str) -> str:
    return "\n".join([COLUMNS, *lines]) + "\n"


TEE = (
    line(
        "tee",
        title="Linen tee",
        body='<p>Soft &amp; light.</p>\n<ul><li>100% linen</li></ul><script>alert("x")</script>',
        vendor="Acme",
        product_category="Apparel & Accessories > Clothing > Clothing Tops > T-Shirts",
        type="T-Shirts",
        tags="summer, linen",
        published="true",
        option1_name="Color",
        option1_value="Red",
        option2_name="Size",
        option2_value="S",
        variant_sku="'100234",
        variant_inventory_tracker="shopify",
        variant_inventory_qty="3",
        variant_inventory_policy="deny",
        variant_price="19.90",
        variant_compare_at_price="29.90",
        variant_barcode="'4006381333931",
        image_src=CDN + "tee-red.jpg",
        image_position="1",
        variant_image=CDN + "tee-red.jpg",
        cost_per_item="4.10",
        status="active",
    ),
    line(
        "tee",
        option1_value="Red",
        option2_value="M",
        variant_inventory_tracker="shopify",
        variant_inventory_qty="0",
        variant_inventory_policy="deny",
        variant_price="19.90",
        variant_compare_at_price="0.00",
        image_src=CDN + "tee-back.jpg",
        image_position="3",
        variant_image=CDN + "tee-red.jpg",
    ),
    line(
        "tee",
        option1_value="Blue",
        option2_value="S",
        variant_sku="TEE-B-S",
        variant_inventory_tracker="shopify",
        variant_inventory_qty="-2",
        variant_inventory_policy="continue",
        variant_price="1299.00",
        image_src=CDN + "tee-blue.jpg",
        image_position="2",
        variant_image=CDN + "tee-blue.jpg",
    ),
    line("tee", image_src=CDN + "tee-detail.jpg", image_position="4"),
)


def test_every_variant_is_a_product_of_the_group_of_its_handle(tmp_path: Path) -> None:
    products = taken(read_text(tmp_path, "products_export.csv", export(*TEE), currency="EUR"))
    assert list(products) == ["100234", "tee-red-m", "TEE-B-S"]
    assert {product.group_id for product in products.values()} == {"tee"}
    red, medium, blue = products.values()
    assert (red.title, red.brand, red.product_type) == ("Linen tee", "Acme", "T-Shirts")
    assert red.google_product_category == "Apparel & Accessories > Clothing > Clothing Tops > T-Shirts"
    assert blue.description == "Soft & light.\n100% linen"
    assert [(one.color, one.size) for one in products.values()] == [("Red", "S"), ("Red", "M"), ("Blue", "S")]
    assert [one.availability for one in products.values()] == ["in_stock", "out_of_stock", "backorder"]
    assert (price(red), sale_price(red)) == ("29.90 EUR", "19.90 EUR")
    assert (price(medium), sale_price(medium), price(blue)) == ("19.90 EUR", None, "1299.00 EUR")
    assert red.custom == {"tags": "summer, linen", "gtin": "4006381333931"}


def test_photo_of_the_variant_comes_first_and_those_of_other_variants_not_at_all(tmp_path: Path) -> None:
    products = taken(read_text(tmp_path, "products_export.csv", export(*TEE), currency="EUR"))
    assert products["TEE-B-S"].image_links == tuple(
        CDN + name for name in ("tee-blue.jpg", "tee-back.jpg", "tee-detail.jpg")
    )
    assert products["100234"].image_link == CDN + "tee-red.jpg"


def test_cost_and_housekeeping_columns_are_told_to_nobody(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "products_export.csv", export(*TEE), currency="EUR")
    assert "4.10" not in str(rows)
    assert not any(name.startswith(("variant", "cost", "included", "seo")) for row in rows for name in row.body)


def test_single_variant_has_the_handle_as_sku_and_no_options(tmp_path: Path) -> None:
    text = export(
        line(
            "scarf",
            title="Scarf",
            option1_name="Title",
            option1_value="Default Title",
            variant_price="9.00",
            image_src=CDN + "a.jpg",
        ),
        line("scarf", image_src=CDN + "b.jpg"),
    )
    products = taken(read_text(tmp_path, "p.csv", text, currency="EUR", shop_url="https://shop.example/"))
    scarf = products["scarf"]
    assert (scarf.image_links, scarf.custom) == ((CDN + "a.jpg", CDN + "b.jpg"), {})
    assert scarf.link == "https://shop.example/products/scarf"


@pytest.mark.parametrize("cells", [{"status": "draft"}, {"status": "archived"}, {"published": "FALSE"}])
def test_what_the_shop_does_not_show_is_out_of_stock(tmp_path: Path, cells: dict[str, str]) -> None:
    text = export(line("a", title="A", variant_price="5", **cells), line("a", variant_price="5", variant_sku="A2"))
    products = taken(read_text(tmp_path, "p.csv", text, currency="EUR"))
    assert {product.availability for product in products.values()} == {"out_of_stock"}


def test_broken_lines_of_an_export_harm_their_variants_only(tmp_path: Path) -> None:
    text = export(
        line("a", title="A", option1_name="Size", option1_value="S", variant_sku="A-S", variant_price="5"),
        "a,cut off",
        line("a", option1_value="M", variant_sku="A-S", variant_price="5"),
        line("a", option1_value="L", variant_sku="A-L", variant_price="cheap"),
        line("", title="No handle", variant_price="5"),
        line("untitled", variant_sku="U", variant_price="5"),
        line("b", title="B", variant_sku="B", variant_price="5"),
    )
    rows = read_text(tmp_path, "p.csv", text, currency="EUR")
    found = faults(rows)
    assert list(taken(rows)) == ["A-S", "B"]
    assert {number: list(fields) for number, fields in found.items()} == {
        3: [""],
        4: ["sku"],
        5: ["price"],
        6: [""],
        7: ["title"],
    }
    assert "another variant of 'a'" in found[4]["sku"]
    assert "Handle" in found[6][""]


NEW_TEMPLATE = """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,\
Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Cost per item,Charge tax,\
Inventory tracker,Inventory quantity,Continue selling when out of stock,Weight value (grams),\
Product image URL,Image position,Variant image URL,SEO title,Google Shopping / Gender,\
Google Shopping / Condition
Bag,bag,<p>Big</p>,Acme,,Bags,,TRUE,Active,BAG-1,,Colour,Black,,"49.00",59.00,10,TRUE,shopify,0,DENY,500,\
https://cdn.example/bag.jpg,1,,Bag,Female,new
,bag,,,,,,,,BAG-2,,,Brown,,49.00,,10,TRUE,shopify,5,DENY,500,,,https://cdn.example/brown.jpg,,,
"""


def test_newer_template_is_read_alike(tmp_path: Path) -> None:
    products = taken(read_text(tmp_path, "template.csv", NEW_TEMPLATE, currency="USD"))
    black, brown = products.values()
    assert (black.availability, brown.availability) == ("out_of_stock", "in_stock")
    assert (price(black), sale_price(black), black.gender, black.color) == ("59.00 USD", "49.00 USD", "female", "Black")
    assert (brown.title, brown.color, brown.gender) == ("Bag", "Brown", "female")
    assert brown.image_links == ("https://cdn.example/brown.jpg", "https://cdn.example/bag.jpg")


def test_export_without_a_currency_is_refused_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="set the feed's currency"):
        read_text(tmp_path, "p.csv", export(*TEE))


def test_file_that_is_no_such_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="names no 'handle'"):
        read_text(tmp_path, "p.csv", "id,title\nA,T\n", format=Format.SHOPIFY)


def test_mapping_wins_over_the_columns_of_the_export(tmp_path: Path) -> None:
    mapping = {
        "Fit (product.metafields.custom.fit)": "material",
        "Vendor": "custom.supplier",
        "Tags": None,
        "Variant Compare At Price": "",
    }
    text = export(
        line(
            "a",
            title="A",
            vendor="Acme",
            tags="x",
            variant_price="5",
            variant_compare_at_price="9",
            **{"fit_(product.metafields.custom.fit)": "wool"},
        )
    )
    product = taken(read_text(tmp_path, "p.csv", text, currency="EUR", mapping=mapping))["a"]
    assert (product.material, product.brand, product.custom) == ("wool", None, {"supplier": "Acme"})
    assert (price(product), sale_price(product)) == ("5 EUR", None)


def test_rows_of_a_handle_beyond_all_measure_are_faults_and_not_memory(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    with path.open("w") as file:
        file.write("Handle,Title,Variant SKU,Variant Price,Option1 Name\n")
        file.writelines(f"a,A,S{number},5,\n" for number in range(6000))
    rows = list(read(path, FeedOptions(currency="EUR", format=Format.SHOPIFY)))
    assert len(rows) == 6000
    assert sum(bool(row.problems) for row in rows) == 1000
