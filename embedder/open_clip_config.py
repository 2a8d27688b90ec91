"""What the configuration of an OpenCLIP checkpoint says: which tower sees, how its features are projected, and how a
picture is brought to the square it looks at.

OpenCLIP (https://github.com/mlfoundations/open_clip) writes it beside the weights as ``open_clip_config.json``; what
is left out there means the same here as there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from PIL.Image import Resampling

from embedder.crops import middle, padded, squashed
from embedder.protocol import EmbedderError, Photo

CONFIG = "open_clip_config.json"

Channels = tuple[float, float, float]
Projection = Literal["none", "head", "linear", "mlp"]
ResizeMode = Literal["shortest", "longest", "squash"]

_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_RESAMPLINGS = {"bicubic": Resampling.BICUBIC, "bilinear": Resampling.BILINEAR, "random": Resampling.BICUBIC}
_PROJECTIONS: dict[str, Projection] = {"none": "none", "linear": "linear", "mlp": "mlp"}
_ATTENTION_POOLS = ("abs_attn", "rot_attn")
_KNOWN = {"pool", "proj", "proj_bias", "model_name", "model_pretrained", "drop", "drop_path"}


class UnsupportedCheckpoint(EmbedderError):
    """A folder that holds no OpenCLIP checkpoint, or one whose image tower is not made of timm's models."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How a tower looks at pictures: the side of its square, how they are brought to it, and what is subtracted."""

    side: int
    mode: ResizeMode
    interpolation: str
    fill: int
    mean: Channels
    std: Channels

    def square(self, picture: Photo) -> Photo:
        """Return the (side, side, 3) square of a picture."""
        resampling = _RESAMPLINGS[self.interpolation]
        if self.mode == "squash":
            return squashed(picture, self.side, resampling)
        if self.mode == "longest":
            return padded(picture, self.side, resampling, fill=self.fill)
        return middle(picture, self.side, resampling)


@dataclass(frozen=True, slots=True)
class Tower:
    """An image tower: a timm model, its pooling ("" for its own), and how its features become `dimensions`.

    `projection` "head" is the model's own classifier, "linear" and "mlp" are layers after it.
    """

    model: str
    pool: str
    projection: Projection
    bias: bool
    dimensions: int
    looking: Looking


def read_tower(folder: Path) -> Tower:
    """Return the image tower that a checkpoint's folder describes. Raises UnsupportedCheckpoint, naming the file."""
    path = folder / CONFIG
    try:
        found = json.loads(path.read_text())
        return _tower(found["model_cfg"], found.get("preprocess_cfg") or {})
    except FileNotFoundError:
        raise UnsupportedCheckpoint(f"{path} is missing; an OpenCLIP checkpoint has it beside its weights") from None
    except KeyError as error:
        raise UnsupportedCheckpoint(f"{path} says nothing of {error}") from None
    except (AttributeError, TypeError, ValueError) as error:  # of what is no JSON, or of other shape
        raise UnsupportedCheckpoint(f"{path}: {error}") from error


def _tower(model: dict[str, Any], preprocess: dict[str, Any]) -> Tower:
    vision = model["vision_cfg"]
    name, pool = vision.get("timm_model_name"), vision.get("timm_pool", "avg") or ""
    if not name:
        raise ValueError("the image tower is one of OpenCLIP's own; only those of timm (timm_model_name) are supported")
    if ":" in name or "/" in name:
        raise ValueError(f"timm_model_name {name!r} is a place to load from; name one of timm's models")
    if pool in _ATTENTION_POOLS:
        raise ValueError(f"timm_pool {pool!r} is not supported; only the pools of timm's models are")
    odd = [key for key, value in vision.items() if key.startswith("timm_") and key[5:] not in _KNOWN and value]
    if odd:
        raise ValueError(f"{', '.join(odd)} is not supported")
    return Tower(
        model=name,
        pool=pool,
        projection=_projection(vision.get("timm_proj", "linear")),
        bias=bool(vision.get("timm_proj_bias", False)),
        dimensions=int(model["embed_dim"]),
        looking=_looking(_side(vision.get("image_size", 224)), preprocess),
    )


def _projection(named: str | None) -> Projection:
    if not named:
        return "head"
    if named not in _PROJECTIONS:
        raise ValueError(f"timm_proj {named!r} is not supported; it is 'linear', 'mlp', 'none' or ''")
    return _PROJECTIONS[named]


def _side(size: int | list[int]) -> int:
    height, width = (size, size) if isinstance(size, int) else size
    if height != width or height < 1:
        raise ValueError(f"image_size {size} is no square")
    return int(height)


def _looking(side: int, preprocess: dict[str, Any]) -> Looking:
    mode: Any = preprocess.get("resize_mode") or "shortest"
    interpolation = preprocess.get("interpolation") or "bicubic"
    if mode not in get_args(ResizeMode):
        raise ValueError(f"resize_mode {mode!r} is not supported; it is one of {', '.join(get_args(ResizeMode))}")
    if interpolation not in _RESAMPLINGS:
        raise ValueError(f"interpolation {interpolation!r} is not supported; it is one of {', '.join(_RESAMPLINGS)}")
    mean, std = _per_channel(preprocess.get("mean") or _MEAN), _per_channel(preprocess.get("std") or _STD)
    return Looking(side, mode, interpolation, int(preprocess.get("fill_color") or 0), mean, std)


def _per_channel(value: Any) -> Channels:
    red, green, blue = (value,) * 3 if isinstance(value, int | float) else value
    return float(red), float(green), float(blue)
