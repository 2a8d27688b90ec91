"""What a name of a model means: timm's own, a repository of the hub (here: its cache on the disk), a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from embedder.named import named
from embedder.open_clip import OpenClipEmbedder
from embedder.open_clip_config import UnsupportedCheckpoint
from embedder.timm_backbone import TimmEmbedder, UnknownModel, WeightsNotHere, names_like
from tests.embedder.checkpoints import PROJECTED, SIDE, write

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OWN = {"image_size": 224, "layers": 12, "width": 768, "patch_size": 16}  # a tower of OpenCLIP's own


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of hf-hub:shop/model as the hub's own cache has them; there is no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    kept = tmp_path / "models--shop--model"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text(COMMIT)
    (kept / "snapshots" / COMMIT).mkdir(parents=True)
    return kept / "snapshots" / COMMIT


def write_timm(folder: Path) -> None:
    """A repository as timm writes it."""
    torch.manual_seed(0)
    model = timm.create_model("test_resnet")
    save_file(model.state_dict(), folder / "model.safetensors")
    look = {"input_size": [3, SIDE, SIDE], "mean": [0.5] * 3, "std": [0.5] * 3, "num_classes": model.num_classes}
    look |= {"classifier": "fc", "first_conv": "conv1.0"}
    (folder / "config.json").write_text(json.dumps({"architecture": "test_resnet", "pretrained_cfg": look}))


def test_repository_of_open_clip_is_told_by_its_configuration(repository: Path) -> None:
    write(repository, PROJECTED, 24)
    (repository / "config.json").write_text(json.dumps({"architectures": ["AnotherLibrary"]}))
    embedder = named("hf-hub:shop/model")
    assert isinstance(embedder, OpenClipEmbedder)
    assert (embedder.space.name, embedder.space.dimensions) == ("hf-hub:shop/model", 24)
    assert named(f"hf-hub:shop/model@{COMMIT}").space.version == embedder.space.version


def test_repository_of_timm_is_told_by_its_configuration(repository: Path) -> None:
    write_timm(repository)
    none = repository.parents[1] / ".no_exist" / COMMIT / "open_clip_config.json"  # how the cache remembers that
    none.parent.mkdir(parents=True)
    none.touch()
    embedder = named("hf-hub:shop/model", allow_download=True)
    assert isinstance(embedder, TimmEmbedder)
    assert embedder.space.name == "hf-hub:shop/model"


def test_repository_of_both_is_timms_where_open_clips_tower_is_its_own(repository: Path) -> None:
    write_timm(repository)
    write(repository, OWN, 24, state={"visual.proj": torch.zeros(768, 24)})
    assert isinstance(named("hf-hub:shop/model", allow_download=True), TimmEmbedder)


def test_tower_of_open_clips_own_is_refused_where_there_is_no_other(repository: Path) -> None:
    write(repository, OWN, 24, state={"visual.proj": torch.zeros(768, 24)})
    (repository / "config.json").write_text(json.dumps({"architectures": ["AnotherLibrary"]}))
    with pytest.raises(UnsupportedCheckpoint, match="one of OpenCLIP's own"):
        named("hf-hub:shop/model")


def test_nothing_is_fetched_unless_allowed(repository: Path) -> None:
    with pytest.raises(WeightsNotHere, match="VITRINE_ALLOW_DOWNLOAD"):
        named("hf-hub:shop/another")
    (write(repository, PROJECTED, 24) / "open_clip_model.safetensors").unlink()
    with pytest.raises(WeightsNotHere, match="VITRINE_ALLOW_DOWNLOAD"):
        named("hf-hub:shop/model")


def test_hub_out_of_reach_is_told(repository: Path) -> None:
    with pytest.raises(WeightsNotHere, match=r"open_clip_config\.json of shop/another could not be downloaded"):
        named("hf-hub:shop/another", allow_download=True)


def test_names_that_no_repository_can_have_are_told(repository: Path) -> None:
    with pytest.raises(UnknownModel, match="the hub has no"):
        named("hf-hub:shop/model/with/folders", allow_download=True)


def test_path_means_a_checkpoint_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "fashion", PROJECTED, 24)
    monkeypatch.chdir(tmp_path)
    assert named(str(folder)).space == named("fashion").space == named("./fashion").space
    with pytest.raises(UnsupportedCheckpoint, match="is missing"):
        named("./another")


def test_weights_of_ones_own_go_with_a_timm_model_only(tmp_path: Path) -> None:
    weights = tmp_path / "own.safetensors"
    for name in (str(write(tmp_path / "fashion", PROJECTED, 24)), "hf-hub:shop/model"):
        with pytest.raises(WeightsNotHere, match="give the name timm has"):
            named(name, weights=weights)


def test_models_are_looked_up_by_a_part_of_their_name() -> None:
    assert ("vit_base_patch16_siglip_224.webli", True) in names_like("base_patch16_siglip_224")
    assert ("test_vit4", False) in names_like("test_vit*")
    assert names_like("no_such_model") == []
