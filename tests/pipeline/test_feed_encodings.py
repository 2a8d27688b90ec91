"""Encodings as found in the wild."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.feeds import UnreadableFeed
from tests.pipeline.feed_files import faults, read_bytes, read_text, taken

GERMAN = "Kleid für Mädchen, größer – „schön“"
POLISH = "Sukienka żółta w kwiaty, łódź"
CZECH = "Dámské šaty modré, příliš žluťoučký kůň"
TURKISH = "Kırmızı elbise, şık gömlek, çok güzel"
RUSSIAN = "Платье красное летнее из хлопка"
JAPANESE = "赤いドレス サイズ"
CHINESE = "红色连衣裙 夏季 棉质"
KOREAN = "빨간 드레스 여름"


def table(title: str, rows: int = 20) -> str:
    return "id\ttitle\tcolor\n" + "".join(f"A{number}\t{title}\tblau\n" for number in range(rows))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("title", [GERMAN, POLISH, RUSSIAN, CHINESE, "Dress"])
def test_unicode_is_read_with_and_without_its_mark(tmp_path: Path, encoding: str, title: str) -> None:
    if encoding in ("utf-16-le", "utf-16-be"):
        title = "Dress, " * 4 + title  # without a mark, it is known by its Latin letters
    products = taken(read_text(tmp_path, "feed.txt", table(title), encoding))
    assert products["A3"].title == title
    assert len(products) == 20


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp1252", GERMAN),
        ("cp1252", "Robe d’été à fleurs – 19 €"),
        ("latin-1", "Kleid für Mädchen, größer"),
        ("iso8859_15", "Robe d'été cœur à 19 €"),
        ("cp1250", POLISH),
        ("iso8859_2", POLISH),
        ("cp1250", CZECH),
        ("cp1254", TURKISH),
        ("mac_roman", "Kleid für Mädchen, größer"),
        ("cp1251", RUSSIAN),
        ("shift_jis", JAPANESE),
        ("gb18030", CHINESE),
        ("euc_kr", KOREAN),
    ],
)
def test_older_encodings_are_recognised(tmp_path: Path, encoding: str, title: str) -> None:
    products = taken(read_text(tmp_path, "feed.txt", table(title), encoding))
    assert products["A3"].title == title


def test_first_accent_may_stand_far_from_the_start(tmp_path: Path) -> None:
    data = table("Dress" * 20, 20_000).encode() + "Z\tKleid für Mädchen\tgrün\n".encode("cp1252")
    assert taken(read_bytes(tmp_path, "feed.txt", data))["Z"].title == "Kleid für Mädchen"


def test_damaged_line_of_a_file_in_utf8_is_at_fault_and_not_the_file(tmp_path: Path) -> None:
    data = table(GERMAN, 5).encode() + b"BAD\tGr\xfcn\tx\n" + b"ODD\tNul\0\tx\n" + "Z\tGrün\tx\n".encode()
    rows = read_bytes(tmp_path, "feed.txt", data)
    assert {line: list(fields) for line, fields in faults(rows).items()} == {7: ["title"], 8: ["title"]}
    assert "save the feed as UTF-8" in faults(rows)[7]["title"]
    assert taken(rows)["Z"].title == "Grün"


def test_characters_that_an_encoding_lacks_are_faults_and_never_replaced_in_silence(tmp_path: Path) -> None:
    data = table("Kleid für Mädchen").encode("cp1252") + b"BAD\tGr\x81n\tx\n"
    rows = read_bytes(tmp_path, "feed.txt", data)
    assert len(taken(rows)) == 20
    assert list(faults(rows)) == [22]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("ISO-8859-1", "utf-8"),
        ("windows-1250", "cp1250"),
        ("no-such", "utf-8"),
    ],
)
def test_xml_is_read_whatever_it_declares(tmp_path: Path, declared: str, encoding: str) -> None:
    title = CZECH if encoding == "cp1250" else GERMAN
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><item><id>A</id><title>{title}</title></item></rss>'
    assert taken(read_text(tmp_path, "feed.xml", text, encoding))["A"].title == title


def test_merchant_may_name_the_encoding(tmp_path: Path) -> None:
    greek = "Κόκκινο φόρεμα"
    assert taken(read_bytes(tmp_path, "f.txt", table(greek).encode("cp1253"), encoding="cp1253"))["A1"].title == greek
    with pytest.raises(UnreadableFeed, match="no known encoding"):
        read_bytes(tmp_path, "f.txt", table(greek).encode(), encoding="klingon")
