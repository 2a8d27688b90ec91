"""The same-product benchmark runs on any folder with its table, and says what is wrong with one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from benchmarks import same_product

DYES = {"red": (200, 30, 40), "green": (30, 130, 60), "blue": (40, 60, 170)}
Table = Callable[..., Path]


def draw(path: Path, dye: tuple[int, int, int], turned: bool) -> None:
    picture = Image.new("RGB", (120, 160), "white")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(20, 20), (100, 20), (118, 60), (96, 70), (96, 145), (24, 145), (24, 70), (2, 60)], fill=dye)
    path.parent.mkdir(parents=True, exist_ok=True)
    (picture.rotate(6, fillcolor="white") if turned else picture).save(path)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A shop of three designs, in several kinds of files and one subfolder; a fourth has no main view."""

    def write(columns: tuple[str, ...] = ("file", "design", "color", "view")) -> Path:
        rows = []
        views = {"main": "png", "0": "webp", "a": "avif"}
        for number, (color, dye) in enumerate(DYES.items()):
            view, kind = list(views.items())[number]
            for name, of in ((f"{color}.{kind}", view), (f"backs/{color}_back.jpg", "back")):
                draw(tmp_path / name, dye, turned=of == "back")
                rows.append((name, f"d{number}", color, of))
        rows.append(("red.png", "lonely", "red", "side"))
        with (tmp_path / "index.csv").open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        return tmp_path / "index.csv"

    return write


def run(table: Path, *more: str) -> dict[str, object]:
    out = table.parent / "out" / "figures.json"
    same_product.main(["--images", str(table.parent), "--index", str(table), "--json", str(out), *more])
    figures: dict[str, object] = json.loads(out.read_text())
    return figures


def test_figures_are_written_and_unanswerable_queries_counted(table: Table) -> None:
    figures = run(table())
    assert {name: figures[name] for name in ("queries", "gallery", "skipped")} == {
        "queries": 3, "gallery": 3, "skipped": 1,
    }  # fmt: skip
    assert (figures["r1"], figures["r5"], figures["sku_r1"]) == (1.0, 1.0, 1.0)


def test_queries_can_be_kept_to_some_designs(table: Table) -> None:
    figures = run(table(), "--only-design-prefix", "d1")
    assert (figures["queries"], figures["gallery"], figures["skipped"]) == (1, 3, 0)


def test_file_in_a_subfolder_is_found_by_its_name(table: Table, tmp_path: Path) -> None:
    index = table()
    (tmp_path / "deep").mkdir()
    (tmp_path / "green.webp").rename(tmp_path / "deep" / "green.webp")
    views = same_product.read_views(index, tmp_path)
    assert tmp_path / "deep" / "green.webp" in [view.path for view in views]


def test_missing_photo_is_named(table: Table, tmp_path: Path) -> None:
    index = table()
    (tmp_path / "blue.avif").unlink()
    with pytest.raises(SystemExit, match=r"blue\.avif"):
        run(index)


def test_damaged_photo_is_named(table: Table, tmp_path: Path) -> None:
    index = table()
    (tmp_path / "red.png").write_bytes(b"no photo")
    with pytest.raises(SystemExit, match=r"red\.png"):
        run(index)


def test_missing_column_is_named(table: Table) -> None:
    with pytest.raises(SystemExit, match="no column color"):
        run(table(columns=("file", "design", "colour", "view")))


def test_table_without_queries_is_refused(table: Table) -> None:
    with pytest.raises(SystemExit, match="no query is left"):
        run(table(), "--only-design-prefix", "nothing")
