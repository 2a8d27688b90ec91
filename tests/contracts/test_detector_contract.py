"""What every detector keeps, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import CATEGORIES, Detector, DetectorError, Photo, Region, YoloDetector
from detector.network import stay_at_home
from runtime.compiled import CompiledRuntime

SIZES = [(1, 1), (1, 5000), (5000, 1), (2, 3), (33, 47), (384, 384), (1200, 900)]


class BrightPatch:
    """The smallest detector there can be: what is bright is a shirt."""

    name = "bright-patch@1"

    def detect(self, photos: Sequence[Photo]) -> list[list[Region]]:
        return [self._one(photo) for photo in photos]

    def _one(self, photo: Photo) -> list[Region]:
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or not photo.size:
            raise DetectorError("no photo")
        rows, columns = np.nonzero(photo.min(2) > 200)
        if not len(rows):
            return []
        height, width = photo.shape[:2]
        box = (columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)
        return [Region((float(box[0]), float(box[1]), float(box[2]), float(box[3])), "shirt", 1.0)]


MAKERS: dict[str, Callable[[Path], Detector]] = {
    "yolo": lambda _: YoloDetector(),
    "yolo, compiled": lambda folder: YoloDetector(runtime=CompiledRuntime(folder, threads=2)),
    "bright patch": lambda _: BrightPatch(),
}


@pytest.fixture(scope="module", params=MAKERS)
def detector(request: pytest.FixtureRequest, networks: Path) -> Detector:
    return MAKERS[request.param](networks)


@pytest.fixture(scope="module")
def street() -> Photo:
    stay_at_home()
    from ultralytics.utils import ASSETS

    with Image.open(ASSETS / "bus.jpg") as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def photos(street: Photo) -> list[Photo]:
    """Photos of different sizes and shapes, one of them of nothing."""
    return [street, street[300:, :400], np.zeros((300, 200, 3), np.uint8), street[:500], street[300:, :400]]


def noise(size: tuple[int, int]) -> Photo:
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def same(one: list[Region], other: list[Region]) -> bool:
    return [region.category for region in one] == [region.category for region in other] and np.allclose(
        [(*region.box, region.confidence) for region in one],
        [(*region.box, region.confidence) for region in other],
        atol=1e-3,
    )


def test_no_photos_give_no_lists(detector: Detector) -> None:
    assert detector.detect([]) == []


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_photo_of_any_size_has_regions_inside_its_frame(detector: Detector, size: tuple[int, int]) -> None:
    (regions,) = detector.detect([noise(size)])
    for region in regions:
        x0, y0, x1, y1 = region.box
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert region.category in CATEGORIES
        assert 0 < region.confidence <= 1
        assert not region.whole_photo


def test_regions_are_plain_python_values(detector: Detector, street: Photo) -> None:
    regions = detector.detect([street])[0]
    assert regions
    assert {type(value) for region in regions for value in (*region.box, region.confidence)} == {float}


def test_a_batch_answers_as_its_photos_do_alone_and_in_their_order(detector: Detector, photos: list[Photo]) -> None:
    together = detector.detect(photos)
    alone = [detector.detect([photo])[0] for photo in photos]
    assert len(together) == len(photos)
    assert all(same(one, other) for one, other in zip(together, alone, strict=True))


def test_more_photos_than_go_through_at_once_keep_their_order(detector: Detector, street: Photo) -> None:
    crops = [street[:, start : start + 300] for start in range(0, 500, 12)]
    together = detector.detect(crops)
    assert len(together) == len(crops)
    assert all(same(together[place], detector.detect([crops[place]])[0]) for place in (0, 17, len(crops) - 1))


def test_the_same_photo_gives_the_same_answer(detector: Detector, street: Photo) -> None:
    assert detector.detect([street]) == detector.detect([street.copy()])


def test_many_threads_get_the_answers_one_would_get(detector: Detector, photos: list[Photo]) -> None:
    alone = [detector.detect([photo])[0] for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda photo: detector.detect([photo])[0], photos * 3))
    assert all(same(one, other) for one, other in zip(answers, alone * 3, strict=True))


@pytest.mark.parametrize(
    "view", [np.s_[::-1], np.s_[:, ::-1], np.s_[::2, ::3]], ids=["upside down", "mirrored", "thin"]
)
def test_views_and_read_only_photos_are_read_and_left_alone(
    detector: Detector, street: Photo, view: tuple[slice, ...]
) -> None:
    photo = street[view]
    plain = np.ascontiguousarray(photo)
    photo.flags.writeable = False
    assert same(detector.detect([photo])[0], detector.detect([plain])[0])
    assert np.array_equal(photo, plain)


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 0, 3), np.uint8), np.zeros((8, 0, 3), np.uint8), np.zeros((8, 8), np.uint8),
     np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3), np.float32)],
    ids=["0x0", "8x0", "grey", "alpha", "float"],
)  # fmt: skip
def test_what_is_no_photo_is_refused(detector: Detector, array: Photo) -> None:
    with pytest.raises(DetectorError):
        detector.detect([array])


def test_its_name_tells_model_and_version(detector: Detector) -> None:
    model, _, version = detector.name.partition("@")
    assert model
    assert version
