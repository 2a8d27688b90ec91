"""Checkpoints of OpenCLIP on the hub of Hugging Face: fetched once, kept in the hub's own cache, never asked for again.

A repository may be one of timm's or one of OpenCLIP's; which, its configuration tells.
"""

from __future__ import annotations

import json
from pathlib import Path

from embedder.open_clip import WEIGHTS
from embedder.open_clip_config import CONFIG, UnsupportedCheckpoint, read_tower
from embedder.timm_backbone import HUBS, UnknownModel, WeightsNotHere

_TIMM_CONFIG = "config.json"


def open_clip_folder(name: str, *, allow_download: bool = False) -> Path | None:
    """Return the folder of an OpenCLIP checkpoint, fetched if it is not there; None for a repository of timm's.

    `name` is ``hf-hub:owner/repository``, with ``@revision`` or not. A repository that holds both kinds is one of
    OpenCLIP's if its image tower is a timm model. Raises UnknownModel, WeightsNotHere.
    """
    repository, _, revision = name.removeprefix(_prefix(name)).partition("@")
    config = _file(repository, CONFIG, revision, allow_download)
    if config is None:
        return None
    commit = config.parent.name  # the rest is taken from there, too, if the repository is changed meanwhile
    if not _is_supported(config.parent) and _is_timms(_file(repository, _TIMM_CONFIG, commit, allow_download)):
        return None
    if not any(_file(repository, weights, commit, allow_download) for weights in WEIGHTS):
        raise WeightsNotHere(f"the weights of {name} are not here; set VITRINE_ALLOW_DOWNLOAD=true, if it has them")
    return config.parent


def _prefix(name: str) -> str:
    return next(hub for hub in HUBS if name.startswith(hub))


def _is_supported(folder: Path) -> bool:
    try:
        read_tower(folder)
    except UnsupportedCheckpoint:
        return False
    return True


def _is_timms(config: Path | None) -> bool:
    """Tell timm's configuration from that of other libraries, which call the file the same."""
    return config is not None and "architecture" in json.loads(config.read_text())


def _file(repository: str, name: str, revision: str, allow_download: bool) -> Path | None:
    """Return a file of a repository, from the cache if it is there; None if the repository has no such file."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, HFValidationError, RepositoryNotFoundError

    try:
        here = try_to_load_from_cache(repository, name, revision=revision or None)
        if here is not None or not allow_download:
            return Path(here) if isinstance(here, str) else None  # else it is known to have no such file
        return Path(hf_hub_download(repository, name, revision=revision or None))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise UnknownModel(f"the hub has no {repository!r}: {error}") from error
    except EntryNotFoundError as error:
        if isinstance(error, FileNotFoundError):  # neither here nor within reach
            raise WeightsNotHere(f"{name} of {repository} could not be downloaded: {error}") from error
        return None
    except OSError as error:
        raise WeightsNotHere(f"{name} of {repository} could not be downloaded: {error}") from error
