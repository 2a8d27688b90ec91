"""A photo keeps its fingerprint through what the web does to it; other photos have other fingerprints."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from embedder import BadCrop
from embedder.fingerprint import SAME_PHOTO, distance, fingerprint

Picture = NDArray[np.uint8]
signed = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(params=range(5))
def photo(request: pytest.FixtureRequest, scene: Callable[..., Picture]) -> Picture:
    return scene(request.param)


@pytest.mark.parametrize("quality", [95, 70, 30])
def test_reencoded_photo_keeps_its_fingerprint(photo: Picture, quality: int) -> None:
    encoded = io.BytesIO()
    Image.fromarray(photo).save(encoded, "JPEG", quality=quality)
    assert distance(fingerprint(photo), fingerprint(np.asarray(Image.open(encoded)))) <= SAME_PHOTO


@pytest.mark.parametrize("size", [(90, 90), (128, 130), (640, 640)])
def test_resized_photo_keeps_its_fingerprint(photo: Picture, size: tuple[int, int]) -> None:
    resized = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))
    assert distance(fingerprint(photo), fingerprint(resized)) <= SAME_PHOTO


def test_small_edits_keep_the_fingerprint(photo: Picture) -> None:
    edited = Image.fromarray(photo)
    ImageDraw.Draw(edited).text((10, 10), "SALE", fill=(255, 0, 0))
    brighter = np.clip(np.asarray(edited) * 1.08 + 3, 0, 255).astype(np.uint8)
    assert distance(fingerprint(photo), fingerprint(brighter)) <= SAME_PHOTO


def test_other_photos_are_far_away(scene: Callable[..., Picture]) -> None:
    marks = [fingerprint(scene(seed)) for seed in range(40)]
    between = [distance(one, other) for place, one in enumerate(marks) for other in marks[:place]]
    assert min(between) > SAME_PHOTO
    assert 28 <= np.mean(between) <= 36


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (700, 2, 3), (33, 31, 3)])
def test_any_size_has_a_fingerprint_that_fits_a_signed_column(shape: tuple[int, int, int]) -> None:
    mark = fingerprint(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    assert isinstance(mark, int)
    assert -(2**63) <= mark < 2**63


def test_photos_of_one_even_colour_share_a_fingerprint() -> None:
    assert {fingerprint(np.full((50, 70, 3), level, np.uint8)) for level in (0, 17, 128, 255)} == {0}


@given(signed, signed)
@settings(max_examples=50)
def test_distance_counts_differing_bits(one: int, other: int) -> None:
    assert distance(one, one) == 0
    assert distance(one, other) == distance(other, one)
    assert distance(one, ~one) == 64
    assert (distance(one, other) == 0) == (one == other)


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(BadCrop, match="float64"):
        fingerprint(np.zeros((8, 8, 3)))
