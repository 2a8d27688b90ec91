"""The recipe of the shipped weights: what it trains on, and that what it writes is what was trained."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils import YAML

from detector import CATEGORIES, Photo, YoloDetector
from training.backgrounds import cut_out, fields
from training.checkpoints import as_checkpoint, blended
from training.close_ups import close_ups
from training.crowds import crowds
from training.cut_outs import cut_outs, laid
from training.detector import Stage, export, train
from training.garment_photos import CLASSES, FLAT_LAY_CLASS, Mixture, flat_lay_photos, held_out, prepare, watched
from training.outlines import box_of, outline
from training.renderings import DESIGNS, held_out_design, renderings

PEOPLE = [f"train{number}" for number in range(200)]
PEOPLE = [name for name in PEOPLE if not watched(Path(name))][:5] + [name for name in PEOPLE if watched(Path(name))][:1]


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """Six photos of a person on the right in boxes, one of them watched; forty flat-lay photos of twenty senders."""
    boxes, flat_lay = tmp_path / "boxes", tmp_path / "flat-lay"
    (boxes / "train" / "images").mkdir(parents=True)
    (boxes / "train" / "labels").mkdir()
    for name in PEOPLE:
        photo = np.zeros((240, 160, 3), np.uint8)
        photo[:, 80:] = 255
        Image.fromarray(photo).save(boxes / "train" / "images" / f"{name}.png")
        (boxes / "train" / "labels" / f"{name}.txt").write_text("5 0.75 0.5 0.5 1.0\n")
    (flat_lay / "images").mkdir(parents=True)
    rows = ["image,sender_id,label,kids"]
    for number in range(40):
        Image.new("RGB", (30, 40), "red").save(flat_lay / "images" / f"photo{number}.jpg")
        rows.append(f"photo{number},{number // 2},{('T-Shirt', 'Dress', 'Not sure', 'Hat')[number % 4]},False")
    (flat_lay / "images.csv").write_text("\n".join(rows))
    return boxes, flat_lay


@pytest.fixture
def on_a_bed() -> Photo:
    """A red garment on a grey, uneven ground: rows 60 to 240, columns 50 to 200 of 300 x 250."""
    photo = np.random.default_rng(0).integers(120, 170, (300, 250, 3), np.uint8)
    photo[60:240, 50:200] = (200, 20, 30)
    return photo


def test_about_one_sender_in_five_is_held_out_for_good() -> None:
    share = sum(held_out(str(sender)) for sender in range(2000)) / 2000
    assert 0.17 < share < 0.23
    assert [held_out(sender) for sender in ("124", "148", "20")] == [
        held_out(sender) for sender in ("124", "148", "20")
    ]


def test_classes_are_the_categories_in_their_order() -> None:
    assert CLASSES == CATEGORIES
    assert set(FLAT_LAY_CLASS.values()) <= set(CATEGORIES)


def test_no_photo_of_a_held_out_sender_is_trained_on(sources: tuple[Path, Path], tmp_path: Path) -> None:
    boxes, flat_lay = sources
    prepare(boxes, flat_lay, tmp_path / "work", Mixture(5, flat_lay=9))
    trained = {path.stem for path in (tmp_path / "work" / "train").glob("flat-lay-*/images/*")}
    senders = {path.stem: sender for path, _, sender in flat_lay_photos(flat_lay)}
    assert {name for name, sender in senders.items() if not held_out(sender)} == trained
    assert {sender for sender in senders.values() if held_out(sender)}


def test_watched_photos_are_not_trained_on(sources: tuple[Path, Path], tmp_path: Path) -> None:
    prepare(*sources, tmp_path / "work", Mixture(5, flat_lay=9, close_ups=20))
    assert {path.stem for path in (tmp_path / "work" / "train" / "people" / "images").iterdir()} == set(PEOPLE[:5])
    assert {path.stem for path in (tmp_path / "work" / "watched" / "images").iterdir()} == set(PEOPLE[5:])
    assert len(list((tmp_path / "work" / "train" / "close-ups" / "images").iterdir())) == 5


def test_a_prepared_set_has_a_folder_per_kind_and_says_how_often_to_draw_from_it(
    sources: tuple[Path, Path], tmp_path: Path
) -> None:
    mixture = Mixture(5, flat_lay=9, cut_outs=1, worn_cut_outs=2, close_ups=2, renderings=3, crowds=2, backgrounds=4)
    data = prepare(*sources, tmp_path / "work", mixture)
    labels = {path.stem: path.read_text() for path in (tmp_path / "work" / "train").glob("*/labels/*")}
    assert labels[PEOPLE[0]] == "5 0.75 0.5 0.5 1.0\n"
    assert "1 0.5000 0.5000 0.9400 0.9400\n" in labels.values()
    assert [text for name, text in labels.items() if name.startswith("backgrounds")] == [""] * (5 + 4)
    assert all(text.startswith("5 ") for name, text in labels.items() if name.startswith(("close-ups", "crowds")))
    assert {path.stem for path in (tmp_path / "work" / "train").glob("*/images/*")} == set(labels)
    draws = YAML.load(data)["draws"]
    assert {folder: (tmp_path / "work" / folder).is_dir() for folder in draws} == dict.fromkeys(draws, True)
    assert draws["train/flat-lay-hat"] == 3
    assert sum(draws.values()) == 5 + 9 + 1 + 2 + 2 + 3 + 2 + 4


def test_a_garment_is_told_from_what_it_lies_on(on_a_bed: Photo) -> None:
    mask = outline(on_a_bed)
    assert mask is not None
    assert np.allclose(box_of(mask), (50, 60, 200, 240), atol=4)


def test_no_outline_is_made_up_where_nothing_lies(on_a_bed: Photo) -> None:
    assert outline(on_a_bed[:50, :]) is None
    assert outline(np.full((300, 250, 3), 128, np.uint8)) is None


def test_garments_cut_out_lie_where_their_labels_say(on_a_bed: Photo, tmp_path: Path) -> None:
    Image.fromarray(on_a_bed).save(tmp_path / "bed.png")
    pictures = list(cut_outs(laid([(tmp_path / "bed.png", 5)]), [], 12, np.random.default_rng(0)))
    assert len(pictures) == 12
    assert max(label.count("\n") for _, label in pictures) > 1
    for picture, label in pictures:
        pixels = np.asarray(picture)
        for line in label.splitlines():
            index, x, y, width, _ = map(float, line.split())
            assert index == 5
            assert pixels[int(y * picture.height), int(x * picture.width)].tolist() == [200, 20, 30]
            left = int((x - width / 2) * picture.width) - 6
            assert left < 0 or pixels[int(y * picture.height), left].tolist() != [200, 20, 30]


def test_some_designs_of_every_category_are_not_rendered() -> None:
    kept = {design.category for design in DESIGNS if held_out_design(design)}
    assert kept == {design.category for design in DESIGNS if not held_out_design(design)} == set(CATEGORIES)


def test_renderings_are_the_same_every_time_and_labelled() -> None:
    one, other = (list(renderings(4, np.random.default_rng(1))) for _ in range(2))
    assert [image.tobytes() for image, _ in one] == [image.tobytes() for image, _ in other]
    for _, label in one:
        rows = np.array([line.split() for line in label.splitlines()], float)
        assert len(rows)
        assert rows[:, 1:].min() >= 0
        assert rows[:, 1:].max() <= 1


def test_backgrounds_are_cut_beside_the_boxes(sources: tuple[Path, Path]) -> None:
    photos = [(path, "5 0.75 0.5 0.5 1.0\n") for path in sorted((sources[0] / "train" / "images").iterdir())]
    pieces = list(cut_out(photos, 6, np.random.default_rng(0)))
    assert len(pieces) >= 4
    assert all(not np.asarray(piece).any() for piece in pieces)


def test_close_ups_show_what_their_labels_say(sources: tuple[Path, Path]) -> None:
    photos = [(path, "5 0.75 0.5 0.5 1.0\n") for path in sorted((sources[0] / "train" / "images").iterdir())]
    pieces = list(close_ups(photos, 4, np.random.default_rng(0)))
    assert len(pieces) == 4
    for piece, label in pieces:
        _, x, _, width, height = map(float, label.split())
        bright = np.asarray(piece)[..., 0].mean() / 255
        assert width * height == pytest.approx(bright, abs=0.03)
        assert x + width / 2 == pytest.approx(1, abs=0.01)


def test_the_people_of_a_street_stand_where_its_labels_say(sources: tuple[Path, Path]) -> None:
    photos = [(path, "5 0.75 0.5 0.5 1.0\n") for path in sorted((sources[0] / "train" / "images").iterdir())]
    streets = list(crowds(photos, 5, np.random.default_rng(0)))
    assert len(streets) == 5
    for street, label in streets:
        pixels = np.asarray(street)[..., 0]
        for line in label.splitlines():
            _, x, y, _, height = map(float, line.split())
            assert 0 < height < 1
            assert pixels[int(y * street.height), int(x * street.width)] > 200  # white person, black ground


def test_drawn_fields_are_the_same_every_time() -> None:
    one, other = (list(fields(16, np.random.default_rng(0))) for _ in range(2))
    assert [image.tobytes() for image in one] == [image.tobytes() for image in other]
    assert np.asarray(one[0]).max() == 0
    assert np.asarray(one[8]).min() == 255


def test_exported_weights_answer_as_the_checkpoint_does(own_checkpoint: Path, tmp_path: Path, people: Photo) -> None:
    target = tmp_path / "weights" / "tried.safetensors"
    card = export(own_checkpoint, target)
    before = YoloDetector(own_checkpoint, min_confidence=0.1, image_size=384).detect([people])[0]
    after = YoloDetector(target, min_confidence=0.1, image_size=384).detect([people])[0]
    assert before
    assert {region.category for region in after} == {region.category for region in before}
    assert np.allclose([region.box for region in after[:3]], [region.box for region in before[:3]], atol=0.01)
    assert json.loads((tmp_path / "weights" / "tried.safetensors.json").read_text()) == card
    assert YoloDetector(target).name == f"tried@{card['sha256'][:12]}"


def test_weights_go_back_into_a_checkpoint_unchanged(own_checkpoint: Path, tmp_path: Path) -> None:
    first = export(own_checkpoint, tmp_path / "first.safetensors")
    again = export(as_checkpoint(tmp_path / "first.safetensors", tmp_path), tmp_path / "again.safetensors")
    assert again["sha256"] == first["sha256"]
    assert again["classes"] == first["classes"]


def test_a_blend_lies_between_two_checkpoints(own_checkpoint: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    module, _ = load_checkpoint(own_checkpoint)
    bias = module.model[-1].cv3[0][-1].bias
    bias.data += 2
    torch.save({"model": module}, other)
    blend, _ = load_checkpoint(blended([own_checkpoint, other], [0.25, 0.75], tmp_path / "blend.pt"))
    assert torch.allclose(blend.model[-1].cv3[0][-1].bias.float(), bias.float() - 0.5, atol=0.01)
    assert torch.equal(blend.model[0].conv.weight, module.model[0].conv.weight.half().float())


def test_training_in_half_precision_lowers_the_loss(
    sources: tuple[Path, Path], own_checkpoint: Path, tmp_path: Path
) -> None:
    short = Stage("short", 4, Mixture(32, flat_lay=30), 0.002, 0.5, scale=0.2, mosaic=0, close_mosaic=0, size=64)
    branch = replace(short, name="branch", epochs=1)
    last = replace(short, name="last", epochs=1, kept=0.25)
    checkpoint = train(*sources, own_checkpoint, tmp_path / "work", [short], [branch], [last])
    assert (tmp_path / "work" / "mean.pt").exists()
    with (tmp_path / "work" / "short" / "run" / "results.csv").open(newline="") as table:
        losses = [float(row["train/cls_loss"]) for row in csv.DictReader(table)]
    assert losses[-1] < 0.8 * losses[0]
    assert YoloDetector(checkpoint).name.startswith("blended@")
