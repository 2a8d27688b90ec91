"""Product tables as merchants and data sets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.feeds import FeedOptions, Row, UnreadableFeed
from pipeline.feeds import read as read_feed
from pipeline.importer import locate, products


def read(folder: Path, name: str, text: str) -> list[Row]:
    path = folder / name
    path.write_text(text, encoding="utf-8-sig")
    return list(read_feed(path))


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


def test_broken_json_line_is_a_row_without_sku(tmp_path: Path) -> None:
    found = read(tmp_path, "feed.jsonl", '{"id": "A", "title": "T"}\nnot json\n\n[1]\n')
    assert [(row.line, row.sku) for row in found] == [(1, "A"), (2, None), (4, None)]


@pytest.mark.parametrize(("name", "text"), [("a.csv", "x,y\n1,2\n"), ("a.csv", ""), ("a.xlsx", "?")])
def test_file_that_is_no_product_table_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UnreadableFeed, match=name):
        read(tmp_path, name, text)


def test_folder_is_searched_for_its_table_and_photos(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFeed, match="holds no product table"):
        locate(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "index.csv").write_text("file,design,color,view\n")
    assert locate(tmp_path) == (tmp_path / "index.csv", tmp_path / "images")
