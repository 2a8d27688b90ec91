"""The smallest networks there can be, made by name as a child process makes them."""

from __future__ import annotations

import torch

from runtime.network import ANY, Made


class Unwilling(Exception):
    """A fault of a maker's own."""


class Weighted(torch.nn.Module):
    """Adds up the rows of squares, byte by byte, and a number of their own times `weight`."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(weight))

    def forward(self, squares: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        return squares.float().sum((1, 3)) + numbers * self.weight


def make(weight: str) -> Made:
    examples = torch.zeros(1, 2, 3, 3, dtype=torch.uint8), torch.zeros(1, 3)
    return Made(Weighted(float(weight)), examples, ((ANY, ANY, 3, 3), (ANY, 3)), {"weight": float(weight)})


def make_nothing(reason: str) -> Made:
    raise Unwilling(reason)


def die(_: str) -> Made:
    raise SystemExit("killed half-way")
