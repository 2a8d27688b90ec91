"""The shipped YOLO detector on a photo of people, and what it does with weights that are not right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector import CATEGORIES, Photo, Region, UnusableWeights, WrongPhoto, YoloDetector
from detector.network import category_of
from detector.yolo import SHIPPED

PEOPLE = ((0.0, 0.35, 0.33, 0.86), (0.26, 0.36, 0.44, 0.82), (0.8, 0.34, 1.0, 0.84), (0.0, 0.48, 0.1, 0.84))
PROBE = """
import socket, sys
import detector
assert not {"torch", "ultralytics", "cv2"} & set(sys.modules), "importing the package must cost nothing"

def refuse(*_):
    raise AssertionError("the detector went to the network")

socket.socket.connect = socket.getaddrinfo = refuse
import numpy as np
found = detector.YoloDetector().detect([np.zeros((64, 64, 3), np.uint8)])
from ultralytics.utils import ONLINE, SETTINGS
assert found == [[]] and not ONLINE and not SETTINGS["sync"]
"""


def middle(region: Region) -> tuple[float, float]:
    return (region.box[0] + region.box[2]) / 2, (region.box[1] + region.box[3]) / 2


def test_people_of_a_street_are_found_and_the_nearest_is_dressed(shipped: YoloDetector, people: Photo) -> None:
    (regions,) = shipped.detect([people])
    on_people = [
        region
        for region in regions
        if any(x0 <= middle(region)[0] <= x1 and y0 <= middle(region)[1] <= y1 for x0, y0, x1, y1 in PEOPLE)
    ]
    assert len(on_people) >= 4
    assert len(on_people) > len(regions) / 2
    x0, y0, x1, y1 = PEOPLE[0]
    nearest = {one.category for one in on_people if x0 <= middle(one)[0] <= x1 and y0 <= middle(one)[1] <= y1}
    assert {"jacket", "shirt", "dress"} & nearest


def test_a_person_cut_out_is_dressed_from_top_to_bottom(people: Photo) -> None:
    (regions,) = YoloDetector(min_confidence=0.25).detect([people[370:930, :270]])  # of the dark top it is not sure
    height = {region.category: middle(region)[1] for region in regions}
    tops = [height[category] for category in ("jacket", "shirt", "dress") if category in height]
    assert min(tops) < height["pants"] < height["shoe"]


def test_nothing_is_found_on_an_empty_photo(shipped: YoloDetector, people: Photo) -> None:
    assert shipped.detect([people[:1, :1].repeat(200, 0).repeat(200, 1)]) == [[]]


def test_a_higher_threshold_leaves_out_what_is_less_sure(shipped: YoloDetector, people: Photo) -> None:
    every = shipped.detect([people])[0]
    sure = YoloDetector(min_confidence=0.6).detect([people])[0]
    assert {region.box for region in sure} == {region.box for region in every if region.confidence > 0.6}
    assert len(sure) < len(every)


def test_the_wrong_photo_of_a_batch_is_named(shipped: YoloDetector, people: Photo) -> None:
    with pytest.raises(WrongPhoto, match=r"photo 1 is uint8 of shape \(1080, 810, 1\)"):
        shipped.detect([people, people[:, :, :1]])


def test_weights_changed_by_one_bit_are_refused(tmp_path: Path) -> None:
    weights, card = tmp_path / SHIPPED.name, SHIPPED.name + ".json"
    shutil.copy(SHIPPED.with_name(card), tmp_path / card)
    content = bytearray(SHIPPED.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UnusableWeights, match=f"{SHIPPED.name} has SHA-256 .* its card says"):
        YoloDetector(weights)


def test_weights_without_a_card_are_refused(tmp_path: Path) -> None:
    shutil.copy(SHIPPED, tmp_path / SHIPPED.name)
    with pytest.raises(UnusableWeights, match=r"safetensors\.json is missing"):
        YoloDetector(tmp_path / SHIPPED.name)


@pytest.mark.parametrize("name", ["absent.safetensors", "absent.pt"])
def test_missing_weights_are_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnusableWeights, match=f"{name}.* is missing"):
        YoloDetector(tmp_path / name)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_bytes(b"these are not weights")
    with pytest.raises(UnusableWeights, match=r"notes\.pt is not a detection checkpoint"):
        YoloDetector(tmp_path / "notes.pt")


def test_a_checkpoint_of_ones_own_answers_in_our_categories(own_checkpoint: Path, people: Photo) -> None:
    detector = YoloDetector(own_checkpoint, min_confidence=0.05)
    (regions,) = detector.detect([people])
    assert {region.category for region in regions} <= {"sunglasses", "shirt", "pants"}
    assert regions
    assert detector.name.startswith("own@")


def test_the_card_says_what_the_weights_are_and_how_good() -> None:
    card = json.loads(SHIPPED.with_name(SHIPPED.name + ".json").read_text())
    assert card["classes"] == list(CATEGORIES)
    assert card["recipe"].startswith("python -m training.detector")
    assert {"weights", "boxes", "flat_lay"} == set(card["data_and_licences"])
    assert card["figures"]["map50"] >= 0.65
    assert card["figures"]["flat_lay_covered"] >= 0.8
    assert card["figures"]["detector"] == f"{card['name']}@{card['sha256'][:12]}"


def test_weights_are_small_enough_to_ship() -> None:
    assert SHIPPED.stat().st_size < 8_000_000


@pytest.mark.parametrize(
    ("name", "category"), [("sunglass", "sunglasses"), (" Jeans", "pants"), ("dress", "dress"), ("person", None)]
)
def test_class_names_are_mapped_to_categories(name: str, category: str | None) -> None:
    assert category_of(name) == category


def test_it_costs_nothing_to_import_and_stays_off_the_network(tmp_path: Path) -> None:
    unset = {"YOLO_OFFLINE", "YOLO_AUTOINSTALL", "YOLO_CONFIG_DIR", "XDG_CONFIG_HOME", "PYTEST_CURRENT_TEST"}
    environment = {key: value for key, value in os.environ.items() if key not in unset} | {"HOME": str(tmp_path)}
    root = Path(__file__).parents[2]
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], check=False, cwd=root, env=environment, capture_output=True, text=True
    )
    assert probe.returncode == 0, probe.stderr
    assert probe.stdout == ""


def test_photos_are_looked_at_in_the_size_that_the_card_names(tmp_path: Path, people: Photo) -> None:
    for name in (SHIPPED.name, SHIPPED.name + ".json"):
        shutil.copy(SHIPPED.with_name(name), tmp_path / name)
    card = tmp_path / (SHIPPED.name + ".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"image_size": 224}))
    assert YoloDetector(tmp_path / SHIPPED.name).detect([people]) == YoloDetector(image_size=224).detect([people])


@pytest.mark.parametrize("card", ["[]", "\udcff", '{"sha256": "SHA"}'], ids=["a list", "no text", "too little"])
def test_a_card_that_says_too_little_is_refused(tmp_path: Path, card: str) -> None:
    shutil.copy(SHIPPED, tmp_path / SHIPPED.name)
    said = card.replace("SHA", json.loads(SHIPPED.with_name(SHIPPED.name + ".json").read_text())["sha256"])
    (tmp_path / (SHIPPED.name + ".json")).write_bytes(said.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnusableWeights, match=r"card|JSON"):
        YoloDetector(tmp_path / SHIPPED.name)
