"""The benchmark of the detector measures what Ultralytics would, on any data set, and leaves the data alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks.detector import THRESHOLDS, covers, matches, measure_boxes, measure_flat_lay
from benchmarks.shop_photos import catalog_photos, measure
from benchmarks.yolo_data import Labelled, UnusableData, labelled_photos
from detector import CATEGORIES, Photo, Region
from training.garment_photos import held_out

NAMES = "[bag, dress, hat, jacket, pants, shirt, shoe, shorts, skirt, sunglass]"
LABELS = ("5 0.5 0.5 0.5 0.5\n9 0.2 0.2 0.1 0.1\n", "1 0.5 0.5 0.8 0.8\n", "")


class Told:
    """A detector that answers what it was told, photo by photo, told apart by their height."""

    name = "told@1"

    def __init__(self, answers: dict[int, list[Region]]) -> None:
        self._answers = answers

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [self._answers.get(photo.shape[0], []) for photo in photos]


def region(category: str, box: tuple[float, float, float, float], confidence: float = 0.9) -> Region:
    return Region(box, category, confidence)


RIGHT = {
    10: [region("shirt", (0.25, 0.25, 0.75, 0.75)), region("sunglasses", (0.15, 0.15, 0.25, 0.25))],
    11: [region("dress", (0.1, 0.1, 0.9, 0.9))],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three photos, 10, 11 and 12 pixels high, the last of them of nothing."""
    for folder in ("images", "labels"):
        (tmp_path / "set" / "valid" / folder).mkdir(parents=True)
    for number, label in enumerate(LABELS):
        Image.new("RGB", (20, 10 + number)).save(tmp_path / "set" / "valid" / "images" / f"{number}.jpg")
        (tmp_path / "set" / "valid" / "labels" / f"{number}.txt").write_text(label)
    (tmp_path / "set" / "data.yaml").write_text(f"path: .\ntrain: train/images\nval: valid/images\nnames: {NAMES}\n")
    return tmp_path / "set" / "data.yaml"


def test_a_perfect_detector_reaches_one(data: Path) -> None:
    figures = measure_boxes(Told(RIGHT), labelled_photos(data))
    assert figures["map50"] == pytest.approx(0.995, abs=0.005)
    assert figures["map50_95"] == pytest.approx(0.995, abs=0.005)
    assert set(figures["classes"]) == {"shirt", "sunglasses", "dress"}
    assert set(figures["classes"]["dress"]) == {"map50", "map50_95"}
    assert figures["images"] == 3


def test_boxes_a_little_off_count_at_low_overlap_only(data: Path) -> None:
    loose = RIGHT | {11: [region("dress", (0.1, 0.1, 0.9, 0.7))]}  # IoU .75
    dress = measure_boxes(Told(loose), labelled_photos(data))["classes"]["dress"]
    assert dress["map50"] > 0.99
    assert 0.45 < dress["map50_95"] < 0.65


def test_a_wrong_category_and_a_silent_detector_score_nothing(data: Path) -> None:
    assert measure_boxes(Told({11: [region("skirt", (0.1, 0.1, 0.9, 0.9))]}), labelled_photos(data))["map50"] == 0
    assert measure_boxes(Told({}), labelled_photos(data))["map50"] == 0


def test_matching_is_that_of_ultralytics() -> None:
    import torch
    from ultralytics.engine.validator import BaseValidator
    from ultralytics.utils.metrics import box_iou

    random = np.random.default_rng(0)
    corners = np.sort(random.uniform(0, 1, (200, 2, 2)), 1).reshape(-1, 4)
    labelled = Labelled(Path(), corners[:40], random.integers(0, 3, 40))
    near = np.clip(corners[random.integers(0, 40, 120)] + random.normal(0, 0.03, (120, 4)), 0, 1)
    regions = [
        Region((float(a), float(b), float(c), float(d)), CATEGORIES[int(random.integers(0, 3))], 1 - place / 200)
        for place, (a, b, c, d) in enumerate(near)
        if c > a and d > b
    ]
    boxes = torch.tensor([one.box for one in regions])
    guessed = torch.tensor([CATEGORIES.index(one.category or "") for one in regions])
    theirs = BaseValidator.match_predictions(
        SimpleNamespace(iouv=torch.tensor(THRESHOLDS)),
        guessed,
        torch.tensor(labelled.classes),
        box_iou(torch.tensor(labelled.boxes), boxes),
    )
    ours = matches(regions, labelled)
    assert ours.any()
    assert np.array_equal(ours, theirs.numpy())


def test_the_data_folder_is_left_as_it_was(data: Path) -> None:
    before = sorted(data.parent.rglob("*"))
    measure_boxes(Told(RIGHT), labelled_photos(data))
    assert sorted(data.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "text",
    [
        f"train: ../train/images\nval: ../valid/images\nnames: {NAMES}\n",
        f"path: /nowhere/at/all\nval: valid/images\nnames: {NAMES}\n",
        f"val: [valid/images]\nnames: {NAMES}\n",
        f"val: valid/list.txt\nnames: {NAMES}\n",
        f"val: valid\nnames: {dict(enumerate(CATEGORIES))}\n",
    ],
    ids=["exported elsewhere", "foreign path", "list of folders", "list of photos", "names by number"],
)
def test_data_descriptions_of_all_common_kinds_are_read(data: Path, text: str) -> None:
    (data.parent / "valid" / "list.txt").write_text("images/0.jpg\nimages/1.jpg\nimages/2.jpg\n")
    data.write_text(text)
    assert [one.classes.tolist() for one in labelled_photos(data)] == [[5, 9], [1], []]


def test_labels_may_lie_beside_the_photos_and_may_be_outlines(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "one.png")
    (tmp_path / "one.txt").write_text("3 0.1 0.2 0.5 0.2 0.5 0.9 0.1 0.9\n")
    (tmp_path / "data.yaml").write_text(f"val: .\nnames: {NAMES}\n")
    (labelled,) = labelled_photos(tmp_path / "data.yaml")
    assert labelled.boxes.tolist() == [[0.1, 0.2, 0.5, 0.9]]
    assert labelled.classes.tolist() == [3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"names: {NAMES}\n", "no split 'val'"),
        (f"val: elsewhere\nnames: {NAMES}\n", "elsewhere"),
        ("val: valid/images\nnames: [shirt, person]\n", "person"),
    ],
)
def test_data_that_cannot_be_measured_on_is_explained(data: Path, text: str, says: str) -> None:
    data.write_text(text)
    with pytest.raises(UnusableData, match=says):
        list(labelled_photos(data))


def test_flat_lay_is_measured_on_held_out_senders_by_the_first_region(tmp_path: Path) -> None:
    kept = [sender for sender in map(str, range(200)) if held_out(sender)][:4]
    labels = ("T-Shirt", "T-Shirt", "Pants", "Dress")
    (tmp_path / "images").mkdir()
    rows = [
        "image,sender_id,label,kids",
        f"left-out,{next(s for s in map(str, range(9)) if not held_out(s))},Hat,False",
    ]
    for height, (sender, label) in enumerate(zip(kept, labels, strict=True), start=10):
        Image.new("RGB", (20, height)).save(tmp_path / "images" / f"p{height}.jpg")
        rows.append(f"p{height},{sender},{label},False")
    Image.new("RGB", (20, 9)).save(tmp_path / "images" / "left-out.jpg")
    (tmp_path / "images.csv").write_text("\n".join(rows))
    frame = (0.05, 0.05, 0.95, 0.95)
    told = Told({10: [region("shirt", frame)], 11: [region("jacket", frame)], 12: [region("shoe", frame)]})
    assert measure_flat_lay(told, tmp_path) == {
        "flat_lay_covered": 0.5,
        "flat_lay_category": 0.25,
        "flat_lay_found": 0.75,
        "flat_lay_photos": 4,
    }


def test_covering_takes_most_of_the_frame_and_the_right_family() -> None:
    frame = (0.1, 0.1, 0.9, 0.9)
    assert covers(region("shorts", frame), "pants")
    assert not covers(region("shirt", frame), "pants")
    assert not covers(region("pants", (0.1, 0.1, 0.9, 0.7)), "pants")


def test_shop_photos_count_for_the_category_of_their_first_region() -> None:
    frame = (0.05, 0.05, 0.95, 0.95)
    told = Told({10: [region("shirt", frame), region("bag", frame)], 11: [region("bag", frame)], 12: []})
    photos = [
        (np.zeros((height, 20, 3), np.uint8), name) for height, name in ((10, "shirt"), (11, "shirt"), (12, "bag"))
    ]
    assert measure(lambda photo: told.detect([photo])[0], photos) == {"mean": 0.25, "bag": 0.0, "shirt": 0.5}


def test_a_catalog_is_asked_for_articles_that_have_a_category(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    rows = ["id,articleType"]
    for number, article in enumerate(("Jeans", "Watches", "Caps", "Handbags", "Caps")):
        Image.new("RGB", (20, 10 + number)).save(tmp_path / "images" / f"{number}.jpg")
        rows.append(f"{number},{article}")
    (tmp_path / "styles.csv").write_text("\n".join([*rows, "9,Caps"]))
    asked = sorted((photo.shape[0], category) for photo, category in catalog_photos(tmp_path))
    assert asked == [(10, "pants"), (12, "hat"), (13, "bag"), (14, "hat")]
