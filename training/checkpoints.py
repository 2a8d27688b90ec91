"""Ultralytics checkpoints: of shipped weights, so that training can go on from them; and blends of two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from detector.network import stay_at_home


def as_checkpoint(weights: Path, folder: Path) -> Path:
    """Return a checkpoint in `folder` of `weights`: safetensors with their model card, or a checkpoint as it is."""
    if weights.suffix == ".pt":
        return weights
    stay_at_home()
    import torch
    from safetensors.torch import load
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    card = json.loads(weights.with_name(weights.name + ".json").read_text())
    names = card["classes"]
    module = DetectionModel(yaml_model_load(card["architecture"]) | {"nc": card["head_classes"]}, verbose=False)
    head = module.model[-1]
    for branch in head.cv3:
        branch[-1] = torch.nn.Conv2d(branch[-1].in_channels, len(names), 1)
    head.nc, head.no = len(names), len(names) + 4 * head.reg_max
    module.load_state_dict({key: value.float() for key, value in load(weights.read_bytes()).items()})
    module.names = dict(enumerate(names))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{weights.stem}.pt"
    torch.save({"model": module}, target)
    return target


def blended(checkpoints: Sequence[Path], shares: Sequence[float], target: Path) -> Path:
    """Return a checkpoint, at `target`, whose weights are those of checkpoints in these shares, which add up to 1.

    Weights before and after fine-tuning lie in one valley, and between them is a network that learned the new without
    forgetting the old (Wortsman et al.: Robust fine-tuning of zero-shot models, 2022, https://arxiv.org/abs/2109.01903;
    Wortsman et al.: Model soups, 2022, https://arxiv.org/abs/2203.05482).
    """
    import torch
    from ultralytics.nn.tasks import load_checkpoint

    modules = [load_checkpoint(checkpoint)[0].float() for checkpoint in checkpoints]
    states = [module.state_dict() for module in modules]
    for key, value in states[-1].items():
        if value.is_floating_point():
            value.copy_(sum(share * state[key] for share, state in zip(shares, states, strict=True)))
    torch.save({"model": modules[-1].half()}, target)
    return target
