"""What runs a model: a network takes arrays and gives an array, whoever computes it.

A recipe says how a network is made in words that another process understands, so that one which serves can have it
compiled by a child, and never loads the library that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

ANY = -1  # a dimension that may differ from call to call


class RuntimeFault(Exception):
    """Base of all faults of what runs the models."""


@dataclass(frozen=True, slots=True)
class Made:
    """A network as its maker hands it over: a module in evaluation mode that takes `examples` and gives one tensor.

    `shapes` has one entry per input, ANY where a dimension may differ; `about` is what can be said of the network
    in JSON.
    """

    module: torch.nn.Module
    examples: tuple[torch.Tensor, ...]
    shapes: tuple[tuple[int, ...], ...]
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is made: `make` names a function ("package.module:function") that takes `arguments`.

    Two recipes of one `digest` make the same network: it covers the weights and all that decides the numbers.
    """

    make: str
    arguments: tuple[str, ...]
    digest: str

    def follow(self) -> Made:
        """Make the network. Raises what its maker raises."""
        module, function = self.make.split(":")
        made: Made = getattr(import_module(module), function)(*self.arguments)
        return made


class Network(Protocol):
    """A network, ready to run. Safe to use from many threads."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What its maker said of it."""
        ...

    @property
    def size_bytes(self) -> int:
        """What its weights take: on the disk where it is compiled, in memory where torch runs it."""
        ...

    def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return the output of one batch: inputs and output have the same length N in front."""
        ...


class Runtime(Protocol):
    """Makes networks ready to run."""

    def load(self, recipe: Recipe) -> Network:
        """Return the network of a recipe. Raises RuntimeFault, or what its maker raises."""
        ...
