"""The embedder that a name means: a timm model, a repository of the hub, or a folder with a checkpoint of OpenCLIP."""

from __future__ import annotations

from pathlib import Path

from embedder.hub import open_clip_folder
from embedder.open_clip import OpenClipEmbedder
from embedder.open_clip_config import CONFIG
from embedder.protocol import Embedder
from embedder.timm_backbone import HUBS, TimmEmbedder, WeightsNotHere
from runtime.network import Runtime


def named(
    name: str, *, weights: Path | None = None, allow_download: bool = False, runtime: Runtime | None = None
) -> Embedder:
    """Return the embedder of a name: ``hf-hub:owner/repository``, a folder in OpenCLIP's format, or a timm model.

    A name with a slash in it, or of a folder that holds a checkpoint, is a folder. `weights` are those of a timm model.
    Raises WeightsNotHere if weights are given with another kind of name, or what the embedder raises.
    """
    folder = _folder(name, allow_download and weights is None)
    if folder is None:
        return TimmEmbedder(name, weights=weights, allow_download=allow_download, runtime=runtime)
    if weights is not None:
        raise WeightsNotHere(f"{name!r} has weights of its own; to use {weights} give the name timm has for its model")
    return OpenClipEmbedder(folder, name=name if name.startswith(HUBS) else None, runtime=runtime)


def _folder(name: str, allow_download: bool) -> Path | None:
    if name.startswith(HUBS):
        return open_clip_folder(name, allow_download=allow_download)
    folder = Path(name).expanduser()
    return folder if "/" in name or (folder / CONFIG).is_file() else None
