"""Product exports of WooCommerce: simple products, and variations of parents that stand anywhere in the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from pipeline.feeds import UnreadableFeed
from tests.pipeline.feed_files import faults, price, read_text, sale_price, taken

HEADER = (
    'ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,"Is featured?","Visibility in catalog","Short description",'
    'Description,"Date sale price starts","Date sale price ends","Tax status","Tax class","In stock?",Stock,'
    '"Low stock amount","Backorders allowed?","Sold individually?","Weight (kg)","Length (cm)","Width (cm)",'
    '"Height (cm)","Allow customer reviews?","Purchase note","Sale price","Regular price",Categories,Tags,'
    '"Shipping class",Images,"Download limit","Download expiry days",Parent,"Grouped products",Upsells,Cross-sells,'
    '"External URL","Button text",Position,Brands,"Attribute 1 name","Attribute 1 value(s)","Attribute 1 visible",'
    '"Attribute 1 global",'
    '"Attribute 2 name","Attribute 2 value(s)","Attribute 2 visible","Attribute 2 global","Meta: _wpcom_is_markdown",'
    '"Cost of goods"\n'
)
NAMES = next(csv.reader([HEADER]))
UPLOADS = "https://shop.example/wp-content/uploads/"


def export(*products: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, restval="")
    writer.writerows({"Published": "1", "In stock?": "1", **product} for product in products)
    return HEADER + text.getvalue()


SHIRT = {
    "ID": "44",
    "Type": "variable",
    "SKU": "vneck",
    "Name": "V-neck",
    "Short description": "A shirt",
    "Description": "<p>A shirt\\nof cotton</p>",
    "Categories": "Clothing > Tshirts, Sale",
    "Images": f"{UPLOADS}vneck.jpg, {UPLOADS}vneck-back.jpg",
    "Brands": "Acme",
    "Attribute 1 name": "Color",
    "Attribute 1 value(s)": "Blue, Green, Red",
    "Attribute 2 name": "Fabric",
    "Attribute 2 value(s)": "Cotton",
}
RED = {
    "ID": "76",
    "Type": "variation",
    "SKU": "vneck-red",
    "Name": "V-neck - Red",
    "Regular price": "20",
    "Sale price": "15,50",
    "Images": f"{UPLOADS}vneck-red.jpg",
    "Parent": "vneck",
    "Attribute 1 name": "Color",
    "Attribute 1 value(s)": "Red",
}
BLUE = RED | {
    "ID": "77",
    "SKU": "",
    "Name": "V-neck - Blue",
    "Images": "",
    "Sale price": "",
    "In stock?": "0",
    "Attribute 1 value(s)": "Blue",
}
CAP = {
    "ID": "60",
    "Type": "simple",
    "SKU": "cap",
    "GTIN, UPC, EAN, or ISBN": "4006381333931",
    "Name": "Cap, yellow",
    "Stock": "7",
    "Regular price": "18",
    "Sale price": "16",
    "Categories": "Clothing > Accessories",
    "Tags": "sun, summer",
    "Images": f"{UPLOADS}cap.jpg",
    "Cost of goods": "3.33",
    "Attribute 1 name": "pa_color",
    "Attribute 1 value(s)": "Yellow",
    "Attribute 2 name": "Größe",
    "Attribute 2 value(s)": "One size",
}


def test_simple_product_and_variations_are_products(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "wc-product-export.csv", export(SHIRT, CAP, RED, BLUE), currency="EUR")
    products = taken(rows)
    assert list(products) == ["cap", "vneck-red", "id:77"]
    cap, red, blue = products.values()
    assert (cap.title, cap.color, cap.size, price(cap), sale_price(cap)) == (
        "Cap, yellow",
        "Yellow",
        "One size",
        "18 EUR",
        "16 EUR",
    )
    assert (cap.product_type, cap.custom) == (
        "Clothing > Accessories",
        {"gtin": "4006381333931", "tags": "sun, summer"},
    )
    assert "3.33" not in str(rows)
    assert (red.group_id, red.color, price(red), sale_price(red)) == ("vneck", "Red", "20 EUR", "15.50 EUR")
    assert (blue.availability, sale_price(blue)) == ("out_of_stock", None)


def test_variation_says_what_differs_from_its_parent(tmp_path: Path) -> None:
    red, blue = taken(read_text(tmp_path, "e.csv", export(SHIRT, RED, BLUE), currency="EUR")).values()
    assert red.image_links == (UPLOADS + "vneck-red.jpg",)
    assert blue.image_links == (UPLOADS + "vneck.jpg", UPLOADS + "vneck-back.jpg")
    assert (red.title, red.brand, red.product_type) == ("V-neck - Red", "Acme", "Clothing > Tshirts")
    assert red.custom == {"fabric": "Cotton"}
    assert red.description == "A shirt of cotton"


@pytest.mark.parametrize("parent", ["vneck", "id:44"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parent_is_found_before_and_after_by_sku_and_by_id(tmp_path: Path, parent: str, order: tuple[int, int]) -> None:
    two = (SHIRT, RED | {"Parent": parent})
    between = [CAP | {"SKU": f"cap{number}"} for number in range(300)]
    text = export(two[order[0]], *between, two[order[1]])
    products = taken(read_text(tmp_path, "e.csv", text, currency="EUR"))
    assert len(products) == 301
    assert products["vneck-red"].brand == "Acme"


def test_variable_product_without_variations_in_the_file_stands_for_itself(tmp_path: Path) -> None:
    assert list(taken(read_text(tmp_path, "e.csv", export(SHIRT, CAP), currency="EUR"))) == ["vneck", "cap"]


def test_variation_without_its_parent_is_at_fault(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "e.csv", export(CAP, RED), currency="EUR")
    assert "export variable products and their variations together" in faults(rows)[3]["Parent"]
    assert rows[1].sku == "vneck-red"


@pytest.mark.parametrize("cells", [{"Published": "0"}, {"Published": "-1"}, {"Visibility in catalog": "hidden"}])
def test_what_the_shop_does_not_show_is_out_of_stock(tmp_path: Path, cells: dict[str, str]) -> None:
    products = taken(read_text(tmp_path, "e.csv", export(SHIRT | cells, CAP | cells, RED), currency="EUR"))
    assert [product.availability for product in products.values()] == ["out_of_stock", "out_of_stock"]


def test_words_of_stock_are_understood(tmp_path: Path) -> None:
    several = [
        CAP | {"SKU": f"cap{number}", "In stock?": said, "Stock": stock}
        for number, (said, stock) in enumerate([("1", ""), ("0", ""), ("backorder", ""), ("", "3"), ("", "0")])
    ]
    products = taken(read_text(tmp_path, "e.csv", export(*several), currency="EUR"))
    assert [product.availability for product in products.values()] == [
        "in_stock",
        "out_of_stock",
        "backorder",
        "in_stock",
        "out_of_stock",
    ]


def test_broken_lines_of_an_export_harm_themselves_only(tmp_path: Path) -> None:
    text = (
        export(CAP, CAP | {"SKU": "x", "Regular price": "ask"}, CAP | {"SKU": "y", "Name": ""})
        + "99,simple,cut\n\n,,\n"
    )
    rows = read_text(tmp_path, "e.csv", text, currency="EUR")
    assert list(taken(rows)) == ["cap"]
    assert {line: list(fields) for line, fields in faults(rows).items()} == {3: ["price"], 4: ["title"], 5: [""]}


def test_links_are_made_from_the_address_of_the_shop(tmp_path: Path) -> None:
    products = taken(
        read_text(tmp_path, "e.csv", export(SHIRT, CAP, RED), currency="EUR", shop_url="https://shop.example")
    )
    assert [product.link for product in products.values()] == [
        "https://shop.example/?post_type=product&p=60",
        "https://shop.example/?post_type=product&p=44",
    ]


def test_export_without_a_currency_is_refused_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="set the feed's currency"):
        read_text(tmp_path, "e.csv", export(CAP))
