"""Batch normalisation folded into the convolution before it: the same numbers from a good third less work.

S. Ioffe, C. Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167: at rest it is one scale and one
shift per channel, and so is a convolution's weight and bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing costs nothing; torch is loaded when a model is made
    import torch


def fold(network: torch.nn.Module) -> torch.nn.Module:
    """Fold, in place, every timm normalisation into the convolution defined before it; return the network.

    Only for networks that run their layers in the order in which they define them, as EfficientNets do.
    """
    from timm.layers import BatchNormAct2d
    from torch.nn import Conv2d, Sequential

    for parent in list(network.modules()):
        convolution = None
        for name, child in list(parent.named_children()):
            if isinstance(child, Conv2d):
                convolution = child
            elif isinstance(child, BatchNormAct2d) and convolution is not None:
                _join(convolution, child)
                setattr(parent, name, Sequential(child.drop, child.act))
                convolution = None
    return network


def _join(convolution: torch.nn.Module, normalisation: torch.nn.Module) -> None:
    import torch

    with torch.no_grad():
        scale = normalisation.weight / torch.sqrt(normalisation.running_var + normalisation.eps)
        shift = normalisation.bias - normalisation.running_mean * scale
        before = 0.0 if convolution.bias is None else convolution.bias * scale
        convolution.weight = torch.nn.Parameter(convolution.weight * scale.view(-1, 1, 1, 1))
        convolution.bias = torch.nn.Parameter(shift + before)
