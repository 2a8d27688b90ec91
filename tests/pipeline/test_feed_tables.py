"""Product tables as merchants and data sets write them, JSON lines, and columns mapped by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.feeds import FeedOptions, Format, Row, UnreadableFeed, recognise
from pipeline.importer import locate, products
from tests.pipeline.feed_files import faults, price, read_bytes, read_text, sale_price, taken


def read(folder: Path, name: str, text: str) -> list[Row]:
    return read_text(folder, name, text, "utf-8-sig")


def test_google_merchant_names_are_understood(tmp_path: Path) -> None:
    text = (
        "id\ttitle\tg:price\timage link\tadditional image link\titem group id\tshelf\n"
        "A1\tRed dress\t19.90 EUR\thttps://x.example/a.jpg\thttps://x.example/b.jpg,https://x.example/c.jpg\tA\tN4\n"
    )
    row = read(tmp_path, "feed.tsv", text)[0]
    assert (row.line, row.sku) == (2, "A1")
    assert row.body == {
        "title": "Red dress",
        "price": "19.90 EUR",
        "image_link": "https://x.example/a.jpg",
        "additional_image_link": ["https://x.example/b.jpg", "https://x.example/c.jpg"],
        "group_id": "A",
        "custom": {"shelf": "N4"},
    }


def test_table_of_a_data_set_becomes_products_with_titles(tmp_path: Path) -> None:
    row = read(tmp_path, "styles.csv", "id,gender,articleType,baseColour,year\n10000,Women,Skirts,White,2011\n")[0]
    assert row.sku == "10000"
    assert row.body == {
        "gender": "female",
        "product_type": "Skirts",
        "color": "White",
        "custom": {"year": "2011"},
        "title": "White Skirts",
    }


def test_table_with_a_row_per_photo_is_joined_main_view_first(tmp_path: Path) -> None:
    text = "file,design,color,view\nx-back.jpg,x,blue,back\nx-main.jpg,x,blue,main\ny-0.jpg,y,red,0\n"
    joined = list(products(read(tmp_path, "index.csv", text)))
    assert [row.sku for row in joined] == ["x-blue", "y-red"]
    assert joined[0].body["image_link"] == "x-main.jpg"
    assert joined[0].body["additional_image_link"] == ["x-back.jpg"]
    assert joined[0].body["group_id"] == "x"


EXPORT = """\
sep=;
Artikelnr;Bezeichnung;Farbe;Farbe;Preis;Streichpreis;Bestand;Bild;Bild;Notiz;Lieferant
1001;Kleid;rot;;19,90;29,90;3;https://cdn.example/1.jpg;https://cdn.example/2.jpg;intern;Nord
1002;"Hose; lang";;blau;39;;0;https://cdn.example/3.jpg;;;Nord

1003;Rock;rot;;9,90;;viele;https://cdn.example/4.jpg;;;Süd
;;;;;;;;;;
1004;Rock;rot;;9,90;;2;https://cdn.example/4.jpg;;;Süd;;;
1.00E+12;Rock;rot;;9,90;;2;https://cdn.example/4.jpg;;;Süd
"""
MAPPING = {
    "artikelnr": "sku",
    "Bezeichnung": "title",
    "Farbe": "color",
    "Preis": "sale_price",
    "Streichpreis": "price",
    "BESTAND": "quantity",
    "Bild": "additional_image_link",
    "Notiz": None,
    "Lieferant": "custom.supplier",
}


def test_mapping_says_which_column_is_which_field(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "artikel.csv", EXPORT, "cp1252", mapping=MAPPING, currency="EUR")
    dress, trousers, skirt = taken(rows).values()
    assert (dress.title, dress.color, dress.custom) == ("Kleid", "rot", {"supplier": "Nord"})
    assert (price(dress), sale_price(dress), dress.availability) == ("29.90 EUR", "19.90 EUR", "in_stock")
    assert dress.image_links == ("https://cdn.example/1.jpg", "https://cdn.example/2.jpg")
    assert (trousers.title, trousers.color, trousers.availability) == ("Hose; lang", "blau", "out_of_stock")
    assert skirt.custom == {"supplier": "Süd"}
    assert {line: list(fields) for line, fields in faults(rows).items()} == {6: ["availability"], 9: ["sku"]}
    assert "rounded" in faults(rows)[9]["sku"]


def test_mapping_to_a_field_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="'colour' is no field"):
        read_text(tmp_path, "a.csv", "id,x\n1,2\n", mapping={"x": "colour"})


def test_how_a_feed_is_read_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "artikel.csv"
    path.write_bytes(EXPORT.encode("cp1252"))
    found = recognise(path, FeedOptions(mapping=MAPPING))
    assert (found.format, found.encoding) == (Format.TABLE, "cp1252")
    assert found.columns["Artikelnr"] == "sku"
    assert found.columns["Notiz"] is None
    assert found.columns["Lieferant"] == "custom.supplier"


def test_column_of_a_less_usual_name_stands_in_where_the_usual_one_is_empty(tmp_path: Path) -> None:
    text = "id,sku,name,title\n1,A,Name,\n2,,Name,Title\n"
    rows = taken(read_text(tmp_path, "a.csv", text))
    assert {sku: (one.title, one.custom) for sku, one in rows.items()} == {
        "A": ("Name", {"id": "1"}),
        "2": ("Title", {"name": "Name"}),
    }


def test_unknown_columns_become_custom_attributes_with_plain_names(tmp_path: Path) -> None:
    text = "id,title,Größe (EU),Größe (EU),色,,Text\nA,T,36,38,red,x," + "long " * 200 + "\n"
    custom = taken(read_text(tmp_path, "a.csv", text))["A"].custom
    assert custom["grosse_eu"] == "36, 38"
    assert sorted(custom.values(), key=str) == ["36, 38", "red"]


def test_what_a_product_costs_the_shop_is_told_to_nobody_unless_mapped(tmp_path: Path) -> None:
    text = "id,title,cost_of_goods_sold,Cost\nA,T,4.10 EUR,5\n"
    assert taken(read_text(tmp_path, "a.csv", text))["A"].custom == {}
    mapped = read_text(tmp_path, "a.csv", text, mapping={"cost": "custom.cost"})
    assert taken(mapped)["A"].custom == {"cost": "5"}


def test_prices_take_the_currency_of_their_row(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "a.csv", "id,title,price,currency\nA,T,5,sek\nB,T,5,\nC,T,5,euros\n", currency="EUR")
    assert [price(one) for one in taken(rows).values()] == ["5 SEK", "5 EUR"]
    assert "three letters" in faults(rows)[4]["currency"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("in stock", "in_stock"), ("In_Stock", "in_stock"), ("available", "in_stock"), ("1", "in_stock"),
        ("yes", "in_stock"), ("12", "in_stock"), ("http://schema.org/InStock", "in_stock"), ("TRUE", "in_stock"),
        ("out of stock", "out_of_stock"), ("OutOfStock", "out_of_stock"), ("0", "out_of_stock"), ("-1", "out_of_stock"),
        ("no", "out_of_stock"), ("sold out", "out_of_stock"), ("false", "out_of_stock"),
        ("preorder", "preorder"), ("pre-order", "preorder"), ("backorder", "backorder"), ("on backorder", "backorder"),
    ],
)  # fmt: skip
def test_spellings_of_availability_are_understood(tmp_path: Path, said: str, meant: str) -> None:
    rows = taken(read_text(tmp_path, "a.csv", f"id,title,availability\nA,T,{said}\n"))
    assert rows["A"].availability == meant


def test_ragged_rows_are_at_fault_and_say_so(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "a.csv", "id,title,color\nA,T\nB,T,red,,\nC,T,red,more\nD,T,red\n")
    assert list(taken(rows)) == ["B", "D"]
    assert [row.sku for row in rows] == ["A", "B", "C", "D"]
    assert "2 cells where the first line names 3" in faults(rows)[2][""]
    assert "4 cells where the first line names 3" in faults(rows)[4][""]


JSON = """\
{"id": "A", "title": "T", "price": 19.9, "imageLink": "https://x.example/a.jpg", "size": 38, "sale": true}

{"id": 2, "title": "T", "price": {"amount": "5", "currency": "SEK"}, "additional_image_link": ["https://x.example/b"]}
not json
[1]
{"id": "C", "title": "T", "tags": ["a", "b"], "custom": {"fit": "slim", "rank": 3}, "nested": {"x": 1}}
{"id": "D", "title": "T", "price": NaN}
{"id": "E", "title": "cut
"""


def test_json_lines_are_read_object_by_object(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.jsonl", JSON, currency="EUR")
    first, second, third = taken(rows).values()
    assert (price(first), first.size, first.custom) == ("19.9 EUR", "38", {"sale": True})
    assert (price(second), second.image_link) == ("5 SEK", "https://x.example/b")
    assert third.custom == {"tags": "a, b", "fit": "slim", "rank": 3.0, "nested": '{"x": 1}'}
    assert list(faults(rows)) == [4, 5, 7, 8]
    assert [row.sku for row in rows if row.problems] == [None] * 4


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "x,y\n1,2\n", "a.csv: the first line names neither"),
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", " \n\n", "a.csv is empty"),
        ("a.csv", '[{"id": 1}]', "one object per line"),
    ],
)
def test_file_that_is_no_product_table_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(UnreadableFeed, match=message):
        read(tmp_path, name, text)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"PK\x03\x04 sheet", "Excel workbook"), (b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n\0\0\0\rIHDR\0\0", "no text file")],
)
def test_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFeed, match=message):
        read_bytes(tmp_path, "feed.xlsx", data)


def test_folder_is_searched_for_its_table_and_photos(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="holds no product table"):
        locate(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "index.csv").write_text("file,design,color,view\n")
    assert locate(tmp_path) == (tmp_path / "index.csv", tmp_path / "images")
