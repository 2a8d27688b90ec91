"""The rendered catalog: a feed the shop can import, photos and labels that belong together, and nothing half done."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from catalog.product import ProductFields
from demo.catalog import CATEGORIES, render_catalog

SKUS, SIDE = 10, 96


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_catalog(tmp_path_factory.mktemp("catalog"), skus=SKUS, scenes=2, side=SIDE)


def feed(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "catalog.jsonl").read_text().splitlines()]


def photos_of(line: dict[str, object]) -> list[str]:
    more = line["additional_image_link"]
    assert isinstance(more, list)
    return [str(line["image_link"]), *map(str, more)]


def test_every_line_of_the_feed_is_a_valid_product(folder: Path) -> None:
    lines = feed(folder)
    assert len(lines) == SKUS
    for line in lines:
        fields = {
            name: value for name, value in line.items() if name not in ("id", "image_link", "additional_image_link")
        }
        product = ProductFields.model_validate(fields)
        assert product.price is not None
        assert product.price.currency == "EUR"
        assert product.group_id
        assert str(line["id"]).startswith(product.group_id)
        assert product.custom["season"]


def test_every_photo_of_the_feed_is_there_with_its_labels(folder: Path) -> None:
    listed = [link for line in feed(folder) for link in photos_of(line)]
    assert len(listed) == len(set(listed)) == SKUS * 3
    for link in listed:
        with Image.open(folder / link) as photo:
            assert photo.height == SIDE
        rows = (folder / "labels" / f"{Path(link).stem}.txt").read_text().splitlines()
        assert rows
        for row in rows:
            number, *box = row.split()
            assert 0 <= int(number) < len(CATEGORIES)
            assert all(0 <= float(edge) <= 1 for edge in box)


def test_index_lists_a_gallery_view_of_every_product(folder: Path) -> None:
    with (folder / "index.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert set(rows[0]) == {"file", "design", "color", "view"}
    products = {(row["design"], row["color"]) for row in rows}
    assert len(products) == SKUS
    assert {(row["design"], row["color"]) for row in rows if row["view"] == "0"} == products
    assert all((folder / row["file"]).is_file() for row in rows)


def test_scenes_name_products_of_the_feed(folder: Path) -> None:
    known = {line["id"] for line in feed(folder)}
    with (folder / "scenes" / "scenes.csv").open(newline="") as table:
        scenes = list(csv.DictReader(table))
    assert len(scenes) == 2
    for scene in scenes:
        assert (folder / "scenes" / scene["file"]).is_file()
        assert set(scene["skus"].split()) <= known
        assert scene["skus"]
    with (folder / "scenes" / "boxes.csv").open(newline="") as table:
        boxes = list(csv.DictReader(table))
    assert {box["sku"] for box in boxes if box["sku"]} == {sku for scene in scenes for sku in scene["skus"].split()}


def test_finished_catalog_is_taken_as_it_is(tmp_path: Path) -> None:
    render_catalog(tmp_path, skus=2, views=1, scenes=0, side=SIDE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    render_catalog(tmp_path, skus=2, views=1, scenes=0, side=SIDE)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")} == before


def test_catalog_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    render_catalog(tmp_path, skus=3, views=1, scenes=0, side=SIDE)
    photos = sorted(tmp_path.rglob("*.jpg"))
    wanted, kept = [photo.read_bytes() for photo in photos], photos[0].stat().st_mtime_ns
    (tmp_path / "rendered.json").rename(tmp_path / "rendering.json")  # as a killed run leaves it
    photos[1].unlink()
    (tmp_path / "catalog.jsonl").unlink()
    render_catalog(tmp_path, skus=3, views=1, scenes=0, side=SIDE)
    assert [photo.read_bytes() for photo in sorted(tmp_path.rglob("*.jpg"))] == wanted
    assert photos[0].stat().st_mtime_ns == kept
    assert len(feed(tmp_path)) == 3


def test_other_parameters_replace_the_pictures(tmp_path: Path) -> None:
    render_catalog(tmp_path, skus=3, views=2, scenes=0, side=SIDE)
    render_catalog(tmp_path, skus=2, views=1, scenes=0, side=SIDE)
    assert len(list((tmp_path / "images").iterdir())) == 2
    assert len(list((tmp_path / "labels").iterdir())) == 2


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    mine = tmp_path / "images" / "holiday.jpg"
    mine.write_bytes(b"mine")
    render_catalog(tmp_path, skus=1, views=1, scenes=0, side=SIDE)
    assert mine.read_bytes() == b"mine"
