"""Weights rounded as bfloat16 has them, so that every runtime computes with the same ones.

A CPU that multiplies in bfloat16 rounds weights by itself, which turned vectors away from torch's by up to .0012 of
their cosine; half of that comes from the weights. Rounded beforehand they are the same for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def rounded(network: torch.nn.Module) -> torch.nn.Module:
    """Round, in place, the weights of all convolutions and linear layers; return the network."""
    import torch

    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
                layer.weight.copy_(layer.weight.bfloat16().float())
    return network
