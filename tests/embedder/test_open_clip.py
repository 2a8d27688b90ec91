"""Checkpoints of OpenCLIP make the vectors that their makers' code makes of them, or say why they cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional

from embedder.open_clip import OpenClipEmbedder
from embedder.open_clip_config import CONFIG, UnsupportedCheckpoint
from embedder.timm_backbone import UnknownModel, WrongModel
from runtime.compiled import CompiledRuntime
from tests.embedder import checkpoints
from tests.embedder.checkpoints import PROJECTED, SIDE, SIGLIP, Vision, features, state_of, tower, write, write_config

Picture = NDArray[np.uint8]
WEIGHTS = "open_clip_model.safetensors"

TOWERS: dict[str, tuple[Vision, int]] = {
    "attention, as SigLIP has it": (checkpoints.POOLED_BY_ATTENTION, 96),
    "class token, linear": (PROJECTED, 24),
    "class token, linear with bias": (PROJECTED | {"timm_proj_bias": True}, 24),
    "mean, two layers": (PROJECTED | {"timm_pool": "avg", "timm_proj": "mlp"}, 24),
    "the model's own classifier": (PROJECTED | {"timm_proj": None}, 24),
    "convolutions": (PROJECTED | {"timm_model_name": "test_resnet", "timm_pool": "avg"}, 24),
}
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def squash(_: Picture) -> list[Any]:
    return [transforms.Resize((SIDE, SIDE), interpolation=transforms.InterpolationMode.BICUBIC)]


def shortest(_: Picture) -> list[Any]:
    return [
        transforms.Resize(SIDE, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop((SIDE, SIDE)),
    ]


def longest(picture: Picture) -> list[Any]:
    height, width = picture.shape[:2]
    ratio = max(height, width) / SIDE
    size = [round(height / ratio), round(width / ratio)]
    across, down = SIDE - size[1], SIDE - size[0]
    padding = [across // 2, down // 2, (across + 1) // 2, (down + 1) // 2]
    return [
        transforms.Resize(size, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.Lambda(lambda image: functional.pad(image, padding, fill=114)),
    ]


def pixels(picture: Picture, steps: Callable[[Picture], list[Any]], mean: Any, std: Any) -> torch.Tensor:
    """A picture as OpenCLIP prepares it, with torchvision."""
    prepare = transforms.Compose([*steps(picture), transforms.ToTensor(), transforms.Normalize(mean, std)])
    return prepare(Image.fromarray(picture))[None]


@pytest.fixture
def pictures(scene: Callable[..., Picture]) -> list[Picture]:
    """Upright, lying, smaller than the square, and far larger."""
    return [scene(0)[:, 30:200], scene(1)[60:190], scene(2, 70)[:51], scene(3, 700)[:601, :333]]


@pytest.mark.parametrize("kind", TOWERS)
def test_vectors_are_those_of_the_tower_put_together_by_hand(
    kind: str, tmp_path: Path, pictures: list[Picture]
) -> None:
    vision, dimensions = TOWERS[kind]
    embedder = OpenClipEmbedder(write(tmp_path / "fashion", vision, dimensions))
    prepared = torch.cat([pixels(picture, squash, (0.5,) * 3, (0.5,) * 3) for picture in pictures])
    expected = features(tower(vision, dimensions), prepared).numpy()
    np.testing.assert_allclose(embedder.embed(pictures), expected, atol=2e-5)
    assert (embedder.space.name, embedder.space.dimensions) == ("fashion", dimensions)


@pytest.mark.parametrize(
    ("preprocess", "steps"),
    [
        ({"resize_mode": "squash"}, squash),
        ({"resize_mode": "shortest"}, shortest),
        ({}, shortest),
        ({"resize_mode": "longest", "fill_color": 114}, longest),
    ],
)
def test_pictures_are_prepared_as_open_clip_does(
    preprocess: dict[str, Any], steps: Callable[[Picture], list[Any]], tmp_path: Path, pictures: list[Picture]
) -> None:
    embedder = OpenClipEmbedder(write(tmp_path, checkpoints.POOLED_BY_ATTENTION, 96, preprocess))
    prepared = torch.cat([pixels(picture, steps, CLIP_MEAN, CLIP_STD) for picture in pictures])
    expected = features(tower(checkpoints.POOLED_BY_ATTENTION, 96), prepared).numpy()
    np.testing.assert_allclose(embedder.embed(pictures), expected, atol=1e-3)  # some pixels are a level or two off


def test_openvino_makes_the_same_vectors(tmp_path: Path, pictures: list[Picture]) -> None:
    for vision, dimensions in (TOWERS["attention, as SigLIP has it"], TOWERS["class token, linear"]):
        folder = write(tmp_path / vision["timm_model_name"], vision, dimensions)
        compiled = OpenClipEmbedder(folder, runtime=CompiledRuntime(tmp_path / "networks", threads=2))
        eager = OpenClipEmbedder(folder)
        assert (compiled.embed(pictures) * eager.embed(pictures)).sum(axis=1).min() >= 0.999
        assert compiled.space == eager.space


def test_pickled_weights_make_the_same_space(tmp_path: Path, pictures: list[Picture]) -> None:
    safe = OpenClipEmbedder(write(tmp_path / "safe" / "fashion", PROJECTED, 24))
    folder = tmp_path / "pickled" / "fashion"
    folder.mkdir(parents=True)
    write_config(folder, PROJECTED, 24)
    state = {f"module.{name}": value for name, value in state_of(tower(PROJECTED, 24)).items()}
    torch.save({"epoch": 3, "state_dict": state}, folder / "open_clip_pytorch_model.bin")
    pickled = OpenClipEmbedder(folder)
    assert pickled.space == safe.space
    assert np.array_equal(pickled.embed(pictures), safe.embed(pictures))


class Malice:
    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.witness,)


def test_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    write_config(tmp_path, PROJECTED, 24)
    torch.save({"state_dict": Malice(tmp_path / "witness")}, tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(WrongModel, match="holds other things than weights"):
        OpenClipEmbedder(tmp_path)
    assert not (tmp_path / "witness").exists()


def test_another_way_of_looking_is_another_space(tmp_path: Path) -> None:
    one = OpenClipEmbedder(write(tmp_path / "one" / "fashion", PROJECTED, 24))
    other = OpenClipEmbedder(write(tmp_path / "other" / "fashion", PROJECTED, 24, SIGLIP | {"resize_mode": "longest"}))
    again = OpenClipEmbedder(shutil.copytree(tmp_path / "one", tmp_path / "again") / "fashion")
    assert one.space == again.space
    assert one.space.id != other.space.id


def test_missing_and_left_over_weights_are_named(tmp_path: Path) -> None:
    state = state_of(tower(PROJECTED, 24))
    state["visual.head.extra"] = torch.zeros(2)
    del state["visual.trunk.norm.bias"]
    with pytest.raises(WrongModel, match=r"(?s)trunk\.norm\.bias.*head\.extra"):
        OpenClipEmbedder(write(tmp_path, PROJECTED, 24, state=state))


def test_weights_of_texts_alone_are_refused(tmp_path: Path) -> None:
    state = {name: value for name, value in state_of(tower(PROJECTED, 24)).items() if "visual" not in name}
    with pytest.raises(WrongModel, match=r"no weights of an image tower"):
        OpenClipEmbedder(write(tmp_path, PROJECTED, 24, state=state))


def test_damaged_weights_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path, PROJECTED, 24)
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])
    with pytest.raises(WrongModel, match=rf"{WEIGHTS} is damaged"):
        OpenClipEmbedder(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"timm_model_name": None, "layers": 12, "width": 768, "patch_size": 16}, "one of OpenCLIP's own"),
        ({"timm_model_name": "hf-hub:timm/resnet18"}, "is a place to load from"),
        ({"timm_pool": "abs_attn"}, "timm_pool 'abs_attn' is not supported"),
        ({"timm_proj": "cosine"}, "timm_proj 'cosine' is not supported"),
        ({"timm_model_kwargs": {"depth": 3}}, "timm_model_kwargs is not supported"),
        ({"image_size": [160, 96]}, "no square"),
        ({"image_size": "large"}, CONFIG),
    ],
)
def test_towers_that_are_not_supported_are_told(change: Vision, says: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=says):
        OpenClipEmbedder(write(tmp_path, PROJECTED | change, 24, state=state_of(tower(PROJECTED, 24))))


@pytest.mark.parametrize("preprocess", [{"resize_mode": "fit"}, {"interpolation": "lanczos"}, {"mean": [0.5, 0.5]}])
def test_preparations_that_are_not_supported_are_told(preprocess: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=CONFIG):
        OpenClipEmbedder(write(tmp_path, PROJECTED, 24, preprocess))


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"timm_model_name": "test_vitt"}, UnknownModel, "did you mean .*test_vit"),
        ({"timm_pool": "map"}, WrongModel, "test_vit has no pooling 'map'"),
        ({"timm_proj": "none"}, WrongModel, "see embed_dim and timm_pool"),
        ({"image_size": 90}, WrongModel, "square of 90 pixels"),
    ],
)
def test_towers_that_timm_cannot_make_are_told(
    change: Vision, error: type[Exception], says: str, tmp_path: Path
) -> None:
    fits = PROJECTED | {key: value for key, value in change.items() if key == "timm_proj"}
    with pytest.raises(error, match=says):
        OpenClipEmbedder(write(tmp_path, PROJECTED | change, 24, state=state_of(tower(fits, 24))))


def test_folders_without_a_checkpoint_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=f"{CONFIG} is missing"):
        OpenClipEmbedder(tmp_path)
    (tmp_path / CONFIG).write_text("{")
    with pytest.raises(UnsupportedCheckpoint, match=CONFIG):
        OpenClipEmbedder(tmp_path)
    write_config(tmp_path, PROJECTED, 24)
    with pytest.raises(UnsupportedCheckpoint, match="holds no weights"):
        OpenClipEmbedder(tmp_path)
