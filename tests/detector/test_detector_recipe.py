"""The recipe of the shipped weights: what it trains on, and that what it writes is what was trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import CATEGORIES, Photo, YoloDetector
from training.backgrounds import cut_out, fields
from training.close_ups import close_ups
from training.crowds import crowds
from training.detector import export
from training.garment_photos import CLASSES, FLAT_LAY_CLASS, Mixture, flat_lay_photos, held_out, prepare


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """Twelve photos of a person on the right in boxes, and forty flat-lay photos of twenty senders."""
    boxes, flat_lay = tmp_path / "boxes", tmp_path / "flat-lay"
    for split in ("train", "valid"):
        (boxes / split / "images").mkdir(parents=True)
        (boxes / split / "labels").mkdir()
        for number in range(6):
            photo = np.zeros((240, 160, 3), np.uint8)
            photo[:, 80:] = 255
            Image.fromarray(photo).save(boxes / split / "images" / f"{split}{number}.png")
            (boxes / split / "labels" / f"{split}{number}.txt").write_text("5 0.75 0.5 0.5 1.0\n")
    (flat_lay / "images").mkdir(parents=True)
    rows = ["image,sender_id,label,kids"]
    for number in range(40):
        Image.new("RGB", (30, 40), "red").save(flat_lay / "images" / f"photo{number}.jpg")
        rows.append(f"photo{number},{number // 2},{('T-Shirt', 'Dress', 'Not sure', 'Hat')[number % 4]},False")
    (flat_lay / "images.csv").write_text("\n".join(rows))
    return boxes, flat_lay


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
    prepare(boxes, flat_lay, tmp_path / "work", Mixture(100))
    trained = {path.stem for path in (tmp_path / "work" / "train" / "images").iterdir()}
    senders = {path.stem: sender for path, _, sender in flat_lay_photos(flat_lay)}
    assert {name for name, sender in senders.items() if not held_out(sender)} == trained - {
        f"train{n}" for n in range(6)
    }
    assert {sender for sender in senders.values() if held_out(sender)}


def test_a_prepared_set_has_boxes_frames_and_backgrounds(sources: tuple[Path, Path], tmp_path: Path) -> None:
    work = tmp_path / "work"
    prepare(*sources, work, Mixture(3, close_ups=4, backgrounds=8, crowds=5))
    labels = {path.stem: path.read_text() for path in (work / "train" / "labels").iterdir()}
    assert labels["train0"] == "5 0.75 0.5 0.5 1.0\n"
    assert sum(text.startswith("1 0.5 0.5 0.94") for text in labels.values()) == 3
    assert [text for name, text in labels.items() if name.startswith("background")] == [""] * 8
    assert len([text for name, text in labels.items() if name.startswith("close-up") and text.startswith("5 ")]) == 4
    assert len([text for name, text in labels.items() if name.startswith("crowd") and text.startswith("5 ")]) == 5
    assert {path.stem for path in (work / "train" / "images").iterdir()} == set(labels)


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
    before = YoloDetector(own_checkpoint, min_confidence=0.1).detect([people])[0]
    after = YoloDetector(target, min_confidence=0.1).detect([people])[0]
    assert before
    assert {region.category for region in after} == {region.category for region in before}
    assert np.allclose([region.box for region in after[:3]], [region.box for region in before[:3]], atol=0.01)
    assert json.loads((tmp_path / "weights" / "tried.safetensors.json").read_text()) == card
    assert YoloDetector(target).name == f"tried@{card['sha256'][:12]}"
