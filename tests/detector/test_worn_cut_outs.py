"""Garments are cut out of photos of people where that is sure, each under its own class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import Photo
from training.cut_outs import cut_outs
from training.worn import cut_from, worn

BAG, SKIRT = 0, 8
BAG_COLOUR, SKIRT_COLOUR = (200, 20, 30), (20, 60, 200)


@pytest.fixture
def person() -> Photo:
    """A red bag at columns 40 to 90 and a blue skirt at 130 to 210 of a grey, uneven street, both in rows 60 to 140."""
    photo = np.random.default_rng(0).integers(120, 170, (200, 250, 3), np.uint8)
    photo[60:140, 40:90] = BAG_COLOUR
    photo[60:140, 130:210] = SKIRT_COLOUR
    return photo


def test_a_worn_garment_is_told_from_what_is_beside_it(person: Photo) -> None:
    found = cut_from(person, (36, 56, 94, 144))
    assert found is not None
    pixels, mask = found
    assert np.allclose(pixels[mask > 0].mean(0), BAG_COLOUR, atol=12)
    assert mask.mean() > 0.9
    assert abs(mask.shape[0] / mask.shape[1] - 80 / 50) < 0.1


def test_what_cannot_be_told_from_the_street_is_not_cut_out(person: Photo) -> None:
    assert cut_from(np.full((200, 250, 3), 128, np.uint8), (36, 56, 94, 144)) is None
    assert cut_from(person, (10, 20, 120, 190)) is None, "the bag is a small part of this box"
    assert cut_from(person, (0, 0, 250, 200)) is None, "nothing lies beside this box"


def test_each_cut_out_bears_the_class_of_its_box(person: Photo, tmp_path: Path) -> None:
    path = tmp_path / "street.png"
    Image.fromarray(person).save(path)
    label = "0 0.26 0.5 0.232 0.44\n8 0.68 0.5 0.352 0.44\n"
    seen = set()
    for picture, text in cut_outs(worn([(path, label)], {BAG: 1, SKIRT: 3}), [], 12, np.random.default_rng(0)):
        for line in text.splitlines():
            index, x, y, *_ = map(float, line.split())
            middle = np.asarray(picture)[int(y * picture.height), int(x * picture.width)]
            assert np.allclose(middle, {BAG: BAG_COLOUR, SKIRT: SKIRT_COLOUR}[int(index)], atol=12)
            seen.add(int(index))
    assert seen == {BAG, SKIRT}
    only_bags = cut_outs(worn([(path, label)], {BAG: 1}), [], 12, np.random.default_rng(0))
    assert {line[0] for _, text in only_bags for line in text.splitlines()} == {str(BAG)}


def test_photos_without_boxes_give_no_garment(person: Photo, tmp_path: Path) -> None:
    path = tmp_path / "street.png"
    Image.fromarray(person).save(path)
    assert worn([(path, "")], {BAG: 1})(np.random.default_rng(0)) is None
