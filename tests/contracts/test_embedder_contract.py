"""What every embedder keeps, whatever it is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from embedder import Embedder, EmbedderError, Naming, Photo
from embedder.fused import FusedEmbedder
from embedder.open_clip import OpenClipEmbedder
from embedder.timm_backbone import TimmEmbedder
from runtime.compiled import CompiledRuntime
from tests.embedder import checkpoints

SIZES = [(1, 1), (1, 5000), (5000, 1), (2, 3), (33, 47), (224, 224), (700, 500)]
TOLERANCE = 2e-5  # float sums of another order


def untrained_convolutions(folder: Path) -> TimmEmbedder:
    """Any timm model by name, here a tiny one whose weights are drawn with a seed."""
    return TimmEmbedder("test_resnet", weights=drawn_weights("test_resnet", folder))


def untrained_transformer(folder: Path) -> TimmEmbedder:
    """A model without a feature map, pooled its own way."""
    return TimmEmbedder("test_vit", weights=drawn_weights("test_vit", folder), pooling="own")


def open_clip(folder: Path, preprocess: dict[str, str]) -> OpenClipEmbedder:
    """A checkpoint of OpenCLIP, its weights drawn with a seed."""
    return OpenClipEmbedder(checkpoints.write(folder, checkpoints.PROJECTED, 24, preprocess), name="fashion")


def drawn_weights(model: str, folder: Path) -> Path:
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    path = folder / f"{model}.safetensors"
    save_file(timm.create_model(model, num_classes=0).state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(path.name + ".json").write_text(json.dumps({"sha256": digest}))
    return path


MAKERS: dict[str, Callable[[Path, Path], Embedder]] = {  # of a folder for weights, and of that for networks
    "shipped": lambda *_: FusedEmbedder(),
    "shipped, compiled": lambda _, networks: FusedEmbedder(runtime=CompiledRuntime(networks, threads=2)),
    "convolutions": lambda folder, _: untrained_convolutions(folder),
    "transformer": lambda folder, _: untrained_transformer(folder),
    "open_clip, squash": lambda folder, _: open_clip(folder, {"resize_mode": "squash"}),
    "open_clip, shortest": lambda folder, _: open_clip(folder, {"resize_mode": "shortest"}),
    "open_clip, longest": lambda folder, _: open_clip(folder, {"resize_mode": "longest"}),
}


@pytest.fixture(scope="module", params=MAKERS)
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, networks: Path) -> Embedder:
    return MAKERS[request.param](tmp_path_factory.mktemp("weights"), networks)


@pytest.fixture(scope="module")
def crops() -> list[Photo]:
    chance = np.random.default_rng(0)
    return [chance.integers(0, 256, (*size, 3), dtype=np.uint8) for size in SIZES]


def test_vectors_have_the_shape_type_and_length_that_are_promised(embedder: Embedder, crops: list[Photo]) -> None:
    vectors = embedder.embed(crops)
    assert vectors.shape == (len(crops), embedder.space.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_crops_give_no_vectors(embedder: Embedder) -> None:
    vectors = embedder.embed([])
    assert vectors.shape == (0, embedder.space.dimensions)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("level", [0, 127, 255])
def test_even_crops_have_a_vector(embedder: Embedder, level: int) -> None:
    vectors = embedder.embed([np.full((40, 30, 3), level, np.uint8)])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_crop_has_the_same_vector_whatever_else_is_in_the_batch(embedder: Embedder, crops: list[Photo]) -> None:
    together = embedder.embed(crops * 6)
    for place, crop in enumerate(crops):
        alone = embedder.embed([crop])[0]
        assert together[place] == pytest.approx(alone, abs=TOLERANCE)
        assert together[place + 5 * len(crops)] == pytest.approx(alone, abs=TOLERANCE)


def test_same_crops_give_the_same_vectors_again(embedder: Embedder, crops: list[Photo]) -> None:
    assert np.array_equal(embedder.embed(crops), embedder.embed(crops))


def test_view_into_a_photo_is_as_good_as_its_copy(embedder: Embedder, crops: list[Photo]) -> None:
    view = crops[-1][50:350:2, 400:20:-1]
    assert not view.flags.c_contiguous
    assert np.array_equal(embedder.embed([view]), embedder.embed([view.copy()]))


def test_crops_are_left_as_they_were(embedder: Embedder, crops: list[Photo]) -> None:
    before = crops[4].copy()
    before.flags.writeable = False
    embedder.embed([before])
    assert np.array_equal(before, crops[4])


def test_threads_get_the_vectors_they_asked_for(embedder: Embedder, crops: list[Photo]) -> None:
    expected = [embedder.embed([crop]) for crop in crops]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda crop: embedder.embed([crop]), crops * 3))
    for place, vectors in enumerate(found):
        assert vectors == pytest.approx(expected[place % len(crops)], abs=TOLERANCE)


def test_two_of_the_same_make_have_the_same_space(tmp_path: Path, networks: Path) -> None:
    for make in MAKERS.values():
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "b").mkdir(exist_ok=True)
        assert make(tmp_path / "a", networks).space == make(tmp_path / "b", networks).space


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (np.zeros((8, 8, 3)), "float64"),
        (np.zeros((8, 8), np.uint8), r"shape \(8, 8\)"),
        (np.zeros((8, 8, 4), np.uint8), r"shape \(8, 8, 4\)"),
        (np.zeros((0, 8, 3), np.uint8), r"at least one pixel"),
        ("photo.jpg", "str"),
    ],
)
def test_what_is_no_crop_is_refused_and_named(embedder: Embedder, bad: Photo, says: str) -> None:
    good = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(EmbedderError, match=rf"crop 1 .*{says}"):
        embedder.embed([good, bad])


def test_one_that_names_crops_tells_all_likelihoods_beside_the_same_vectors(
    embedder: Embedder, crops: list[Photo]
) -> None:
    if not isinstance(embedder, Naming):
        assert not hasattr(embedder, "categories")
        return
    vectors, likelihoods = embedder.embed_and_name(crops)
    assert np.array_equal(vectors, embedder.embed(crops))
    assert (likelihoods.shape, likelihoods.dtype) == ((len(crops), len(embedder.categories)), np.float32)
    assert np.exp(likelihoods).sum(axis=1) == pytest.approx(np.ones(len(crops)), abs=0.02)  # bfloat16 rounds them
    assert embedder.embed_and_name([])[1].shape == (0, len(embedder.categories))
