"""Models are chosen by name, and what is wrong with the choice is said plainly."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embedder import EmbedderError
from embedder.folding import fold
from embedder.fused import MODEL, SHIPPED, FusedEmbedder
from embedder.timm_backbone import TimmEmbedder, UnknownModel, WeightsNotHere, WrongModel, untrained
from runtime.weights import WeightsError, verified

Picture = NDArray[np.uint8]
CARD = ".json"


@pytest.fixture
def shipped_copy(tmp_path: Path) -> Path:
    for name in (SHIPPED.name, SHIPPED.name + CARD):
        shutil.copy(SHIPPED.with_name(name), tmp_path / name)
    return tmp_path / SHIPPED.name


@pytest.fixture
def tiny_weights(tmp_path: Path) -> Path:
    from safetensors.torch import save_file

    path = tmp_path / "tiny.safetensors"
    save_file(untrained("test_byobnet").state_dict(), path)
    path.with_name(path.name + CARD).write_text(json.dumps({"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}))
    return path


def test_unknown_name_is_told_with_names_that_are_close() -> None:
    with pytest.raises(UnknownModel, match=r"did you mean .*resnet50"):
        TimmEmbedder("resnet5O")


def test_weights_are_not_downloaded_unless_allowed() -> None:
    with pytest.raises(WeightsNotHere, match="allow_download"):
        TimmEmbedder("resnet18")


def test_hub_models_are_off_unless_allowed() -> None:
    with pytest.raises(WeightsNotHere, match="allow_download"):
        TimmEmbedder("hf-hub:timm/eva02_tiny_patch14_224.mim_in22k")


def test_any_timm_model_works_with_weights_of_ones_own(tiny_weights: Path, scene: Callable[..., Picture]) -> None:
    embedder = TimmEmbedder("test_byobnet", weights=tiny_weights)
    assert embedder.embed([scene(0), scene(1)]).shape == (2, embedder.space.dimensions)
    assert embedder.space.name == "test_byobnet"


def test_other_pooling_is_another_space(tiny_weights: Path) -> None:
    gem = TimmEmbedder("test_byobnet", weights=tiny_weights)
    own = TimmEmbedder("test_byobnet", weights=tiny_weights, pooling="own")
    assert gem.space.id != own.space.id


def test_weights_of_another_model_are_refused(tiny_weights: Path) -> None:
    with pytest.raises(WrongModel, match=r"tiny\.safetensors does not fit"):
        TimmEmbedder("test_resnet", weights=tiny_weights)


def test_changed_weights_are_refused(shipped_copy: Path) -> None:
    data = bytearray(shipped_copy.read_bytes())
    data[-1] ^= 1
    shipped_copy.write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"):
        FusedEmbedder(shipped_copy)


def test_missing_weights_or_card_are_told(shipped_copy: Path) -> None:
    shipped_copy.with_name(shipped_copy.name + CARD).unlink()
    with pytest.raises(WeightsError, match="is missing"):
        FusedEmbedder(shipped_copy)
    with pytest.raises(WeightsError, match="is missing"):
        FusedEmbedder(shipped_copy.with_name("other.safetensors"))


def test_shipped_card_tells_recipe_data_licences_and_figures() -> None:
    card = verified(SHIPPED).card
    assert {"space", "version", "recipe", "data", "licences", "figures"} <= set(card)
    assert FusedEmbedder().space.id == f"{card['space']}@{card['version']}"


def test_shipped_space_tells_dyes_apart_and_finds_them_again(garment: Callable[..., Picture]) -> None:
    embedder = FusedEmbedder()
    dyes = [(200, 30, 40), (30, 60, 160), (30, 130, 60), (240, 200, 40), (120, 60, 150), (40, 40, 45)]
    listed = embedder.embed([garment(dye) for dye in dyes])
    asked = embedder.embed([garment(dye)[:, ::-1][10:150] for dye in dyes])
    assert (asked @ listed.T).argmax(axis=1).tolist() == list(range(len(dyes)))


def test_shipped_space_knows_what_is_dark_above_and_what_below(garment: Callable[..., Picture]) -> None:
    embedder = FusedEmbedder()
    dark, light = garment((40, 40, 45)), garment((230, 220, 200))
    dressed = [np.concatenate([dark[:80], light[80:]]), np.concatenate([light[:80], dark[80:]])]
    alike = embedder.embed([picture[:, ::-1] for picture in dressed]) @ embedder.embed(dressed).T
    assert alike.diagonal().min() > alike[[0, 1], [1, 0]].max() + 0.1


def test_errors_are_errors_of_the_embedder() -> None:
    assert all(issubclass(kind, EmbedderError) for kind in (UnknownModel, WeightsNotHere, WrongModel))


def test_importing_costs_nothing() -> None:
    code = "import sys, embedder, embedder.fused, embedder.timm_backbone; print({'torch', 'timm'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "set()"


def test_folded_network_computes_the_same() -> None:
    import torch

    torch.manual_seed(0)
    network = untrained(MODEL).eval()
    for layer in network.modules():
        if hasattr(layer, "running_mean"):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
    pixels = torch.randn(2, 3, 96, 96)
    with torch.inference_mode():
        before = network.forward_features(pixels)
        after = fold(network).forward_features(pixels)
    assert not any(hasattr(layer, "running_mean") for layer in network.modules())
    assert torch.allclose(before, after, atol=1e-4 * before.abs().max().item())
