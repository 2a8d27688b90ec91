"""Checkpoints in OpenCLIP's format, their weights drawn with a seed, and the same tower put together by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import save_file

SIDE = 160  # pixels that timm's tiny transformers look at
SIGLIP = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "resize_mode": "squash"}
POOLED_BY_ATTENTION = {"image_size": SIDE, "timm_model_name": "test_vit3", "timm_pool": "map", "timm_proj": "none"}
PROJECTED = {"image_size": SIDE, "timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": "linear"}

Vision = dict[str, Any]


def tower(vision: Vision, dimensions: int) -> torch.nn.Module:
    """The tower of a configuration, of the parts and names that OpenCLIP gives it."""
    torch.manual_seed(0)
    pool, projection = vision["timm_pool"], vision["timm_proj"]
    if projection in ("linear", "mlp"):  # OpenCLIP takes the classifier off a whole model then
        trunk = timm.create_model(vision["timm_model_name"])
        trunk.reset_classifier(0, pool)
    else:
        trunk = timm.create_model(
            vision["timm_model_name"], num_classes=0 if projection else dimensions, global_pool=pool
        )
    width, bias = trunk.num_features, vision.get("timm_proj_bias", False)
    head = torch.nn.Sequential()
    if projection == "linear":
        head.add_module("proj", torch.nn.Linear(width, dimensions, bias=bias))
    if projection == "mlp":
        head.add_module("mlp", timm.layers.Mlp(width, 2 * dimensions, dimensions, bias=(True, bias)))
    return torch.nn.ModuleDict({"trunk": trunk, "head": head}).eval()


def features(made: torch.nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """What the tower makes of normalised pixels, (N, 3, side, side)."""
    with torch.inference_mode():
        return torch.nn.functional.normalize(made["head"](made["trunk"](pixels)), dim=-1)


def state_of(made: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The tower's weights as a checkpoint names them, among those of texts and of the loss."""
    state = {f"visual.{name}": value.clone() for name, value in made.state_dict().items()}
    texts = {"text.token_embedding.weight": torch.zeros(8, 4), "text.ln_final.bias": torch.zeros(4)}
    return state | texts | {"logit_scale": torch.tensor([4.6]), "logit_bias": torch.tensor([-10.0])}


def write(
    folder: Path, vision: Vision, dimensions: int, preprocess: dict[str, Any] | None = None,
    state: dict[str, torch.Tensor] | None = None,
) -> Path:  # fmt: skip
    """A checkpoint on the disk, with the weights of `tower` if none are given."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, vision, dimensions, preprocess)
    save_file(state or state_of(tower(vision, dimensions)), folder / "open_clip_model.safetensors")
    return folder


def write_config(folder: Path, vision: Vision, dimensions: int, preprocess: dict[str, Any] | None = None) -> None:
    text = {"context_length": 64, "vocab_size": 8, "width": 4, "heads": 1, "layers": 1}
    model = {"embed_dim": dimensions, "custom_text": True, "vision_cfg": vision, "text_cfg": text}
    config = {"model_cfg": model, "preprocess_cfg": SIGLIP if preprocess is None else preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
