"""Google Merchant feeds: tables, RSS and Atom, with the broken rows they come with."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.feeds import UnreadableFeed, read
from tests.pipeline.feed_files import faults, price, read_text, sale_price, taken

HEADER = (
    "id\ttitle\tdescription\tlink\timage link\tadditional image link\tprice\tsale price\tavailability\tbrand\tcolor"
    "\tsize\tgender\tage group\titem group id\tgoogle product category\tcustom label 0\tshipping(price)\n"
)
ROWS = [
    (
        "D1-S\tRed dress\tA <b>light</b> dress &amp; belt\thttps://shop.example/d1\t"
        "https://cdn.example/w_300,h_400/d1.jpg\thttps://cdn.example/d1-b.jpg,https://cdn.example/d1-c.jpg\t"
        "49.90 EUR\t39.90 EUR\tin_stock\tAcme\tred\tS\tfemale\t"
        "adult\tD1\tApparel & Accessories > Clothing > Dresses\tsummer\t5 EUR\n"
    ),
    (
        'D1-M\t"Red ""midi"" dress"\t"Two\nlines"\thttps://shop.example/d1\t//cdn.example/d 1.jpg\t\tEUR 49.90\t\t'
        "out of stock\tAcme\tred\tM\tWomen\tadults\tD1\t\t\t\n"
    ),
    "\n",
    '5INCH\t5" heel\tA shoe\thttps://shop.example/5\thttps://cdn.example/5.jpg\t\t59.90 EUR\t\tpreorder'
    + "\t" * 9
    + "\n",
    '"OPEN\tQuote\tnever closed\thttps://shop.example/o\thttps://cdn.example/o.jpg\t\t1.00 EUR\t\tin stock'
    + "\t" * 9
    + "\n",
    "SHORT\tCut row\tThe rest is missing\n",
    "NOPRICE\tDress\t\thttps://shop.example/n\thttps://cdn.example/n.jpg\t\tcall us\t\tin stock" + "\t" * 9 + "\n",
    "NOCURR\tDress\t\thttps://shop.example/n\thttps://cdn.example/n.jpg\t\t19.90\t\tin stock" + "\t" * 9 + "\n",
    "MAYBE\tDress\t\thttps://shop.example/n\thttps://cdn.example/n.jpg\t\t19.90 EUR\t\tperhaps" + "\t" * 9 + "\n",
    "\tNo id\t\thttps://shop.example/n\thttps://cdn.example/n.jpg\t\t19.90 EUR\t\tin stock" + "\t" * 9 + "\n",
    "NOTITLE\t\t\thttps://shop.example/n\thttps://cdn.example/n.jpg\t\t19.90 EUR\t\tin stock" + "\t" * 9 + "\n",
    "LAST\tLast dress\t\thttps://shop.example/l\thttps://cdn.example/l.jpg\t\t€19,90\t\tpre-order" + "\t" * 9 + "\n",
]


def test_table_of_google_merchant_is_read_with_its_broken_rows(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.txt", HEADER + "".join(ROWS))
    products = taken(rows)
    assert list(products) == ["D1-S", "D1-M", "5INCH", "LAST"]
    first = products["D1-S"]
    assert first.description == "A light dress & belt"
    assert first.image_links == (
        "https://cdn.example/w_300,h_400/d1.jpg",
        "https://cdn.example/d1-b.jpg",
        "https://cdn.example/d1-c.jpg",
    )
    assert (price(first), sale_price(first), first.group_id) == ("49.90 EUR", "39.90 EUR", "D1")
    assert first.custom == {"label_0": "summer", "shipping_price": "5 EUR"}
    second = products["D1-M"]
    assert (second.title, second.description) == ('Red "midi" dress', "Two\nlines")
    assert (second.gender, second.age_group, second.availability) == ("female", "adult", "out_of_stock")
    assert second.image_link == "https://cdn.example/d%201.jpg"
    assert (products["5INCH"].title, products["5INCH"].availability) == ('5" heel', "preorder")
    assert (price(products["LAST"]), products["LAST"].availability) == ("19.90 EUR", "preorder")


def test_broken_rows_of_a_table_say_line_field_and_what_to_do(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.txt", HEADER + "".join(ROWS))
    found = faults(rows)
    assert {line: list(fields) for line, fields in found.items()} == {
        7: [""],
        8: [""],
        9: ["price"],
        10: ["price"],
        11: ["availability"],
        12: ["sku"],
        13: ["title"],
    }
    assert "a quote is opened and never closed" in found[7][""]
    assert "has 3 cells where the first line names 18" in found[8][""]
    assert "like '19.90 EUR'" in found[9]["price"]
    assert "set the feed's currency" in found[10]["price"]
    assert "in_stock, out_of_stock, preorder or backorder" in found[11]["availability"]


def test_currency_of_the_store_is_for_prices_that_name_none(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.txt", HEADER + ROWS[7] + ROWS[0], currency="CHF")
    assert [price(product) for product in taken(rows).values()] == ["19.90 CHF", "49.90 EUR"]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_separator_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [
        ["id", "title", "link", "price"],
        ["A", '"Dress, red; size|M"', "https://shop.example/a", '"1.299,00 EUR"'],
    ]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    product = taken(read_text(tmp_path, "feed.csv", text))["A"]
    assert (product.title, price(product)) == ("Dress, red; size|M", "1299.00 EUR")


RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>Shop</title><link>https://shop.example</link><description>All we sell</description>
<item>
  <title>Red dress (short)</title>
  <g:id>D1</g:id>
  <g:title>Red dress</g:title>
  <description><![CDATA[<p>Light</p><p>Cotton &amp; silk</p>]]></description>
  <link>https://shop.example/d1</link>
  <g:image_link>https://cdn.example/d1.jpg</g:image_link>
  <g:additional_image_link>https://cdn.example/d1-b.jpg</g:additional_image_link>
  <g:additional_image_link>https://cdn.example/d1-c.jpg</g:additional_image_link>
  <g:price>49.90 EUR</g:price>
  <g:shipping><g:country>DE</g:country><g:service>Standard</g:service><g:price>4.95 EUR</g:price></g:shipping>
  <g:availability>in stock</g:availability>
  <g:product_type>Home &gt; Dresses</g:product_type>
</item>
<item><g:id>D2</g:id><title>No price</title><g:price>free</g:price></item>
<item><title>No id</title></item>
<item/>
<item><g:id>D3</g:id><title>Bell \x07</title></item>
<item><g:id>D4</g:id><title>Last</title><g:price>5 EUR</g:price></item>
</channel>
</rss>"""


def test_rss_is_read_item_by_item(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "feed.xml", RSS)
    products = taken(rows)
    assert list(products) == ["D1", "D4"]
    first = products["D1"]
    assert (first.title, first.description, price(first)) == ("Red dress", "Light\nCotton & silk", "49.90 EUR")
    assert len(first.image_links) == 3
    assert first.product_type == "Home > Dresses"
    assert first.custom == {"shipping": "DE:Standard:4.95 EUR"}
    assert {line: list(fields) for line, fields in faults(rows).items()} == {
        19: ["price"],
        20: ["sku"],
        21: ["sku", "title"],
        22: ["title"],
    }


def test_atom_is_read_entry_by_entry(tmp_path: Path) -> None:
    text = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
    <entry><id>tag:shop.example,1</id><g:id>A1</g:id><title>Scarf</title><summary>Warm</summary>
    <link rel="self" href="https://shop.example/api/1"/><link href="https://shop.example/a1"/>
    <g:price>9.00 GBP</g:price></entry></feed>"""
    product = taken(read_text(tmp_path, "feed", text))["A1"]
    assert (product.title, product.description, product.link) == ("Scarf", "Warm", "https://shop.example/a1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "ha">]><rss><channel><item/></channel></rss>', "document type"),
        ('<?xml version="1.0"?><!DOCTYPE rss SYSTEM "https://evil.example/x.dtd"><rss/>', "document type"),
        ("<rss><channel><item><id>A</id><title>B & C</title></item></channel></rss>", "write & as &amp;"),
        ("<rss><channel><item><title>A&nbsp;B</title></item></channel></rss>", "&#160; for &nbsp;"),
        ("<rss><channel><item><g:id>A</g:id></item></channel></rss>", "xmlns:g="),
        ("<rss><channel><item><id>A</id>", "may be cut off"),
        ("<rss><channel><item><title>A</item></channel></rss>", "line 1: the XML is broken"),
        ("<rss><channel><title>Nothing</title></channel></rss>", "has no <item>"),
        ("<!doctype html><html><body>Login</body></html>", "web page"),
        ("<a>" * 70, "tags stand in more than 64"),
        ("<rss><channel><item><a b='" + "x" * 3_000_000, "one tag is larger"),
    ],
)
def test_xml_that_is_no_feed_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UnreadableFeed, match=message):
        read_text(tmp_path, "feed.xml", text)


def test_xml_that_is_cut_off_gives_the_items_before_and_then_an_error(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS[: RSS.index("<item><g:id>D2")])
    rows = read(path)
    assert next(rows).sku == "D1"
    with pytest.raises(UnreadableFeed, match="nothing after it was read; the file may be cut off"):
        next(rows)


def test_field_of_an_item_that_is_far_too_long_harms_the_item_only(tmp_path: Path) -> None:
    long = f"<item><g:id>L</g:id><description>{'x ' * 200_000}</description></item>"
    rows = read_text(tmp_path, "feed.xml", RSS.replace("<item/>", long))
    assert "longer than" in faults(rows)[21][""]
    assert list(taken(rows)) == ["D1", "D4"]
