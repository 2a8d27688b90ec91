"""Networks run by torch as they are: on a GPU in half precision, on a CPU where nothing faster is installed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runtime.network import Made, Recipe, RuntimeFault

if TYPE_CHECKING:
    import torch


class NoSuchDevice(RuntimeFault):
    """A device that torch does not find on this machine."""


class EagerRuntime:
    """Implements `Runtime` by torch. `device` is "cpu", "cuda" or "cuda:1"; `threads` bounds a call on a CPU.

    On a GPU networks run in half precision (bfloat16 where it is native, else float16), channels last.
    Raises NoSuchDevice.
    """

    def __init__(self, device: str = "cpu", threads: int | None = None) -> None:
        import torch

        if threads:
            torch.set_num_threads(threads)
        try:
            self._device = torch.device(device)
        except RuntimeError:
            raise NoSuchDevice(f"{device!r} is no device; set VITRINE_DEVICE to cpu, cuda or cuda:1") from None
        if self._device.type == "cuda" and (self._device.index or 0) >= torch.cuda.device_count():
            raise NoSuchDevice(f"torch finds no {device!r} here; set VITRINE_DEVICE=cpu, or install a CUDA build")

    def load(self, recipe: Recipe) -> EagerNetwork:
        """Return the network of a recipe. Raises what its maker raises."""
        return EagerNetwork(recipe.follow(), self._device)


class EagerNetwork:
    """Implements `Network` by a torch module."""

    def __init__(self, made: Made, device: str | torch.device = "cpu") -> None:
        import torch

        self._module = made.module.to(device, memory_format=torch.channels_last).requires_grad_(False).eval()
        self._about = made.about
        self._device = torch.device(device)
        self._one_at_a_time = Lock()  # a call uses all cores, and some heads keep the grid of their last input

    @property
    def about(self) -> Mapping[str, Any]:
        """What its maker said of it."""
        return self._about

    @property
    def size_bytes(self) -> int:
        """What its weights take in memory."""
        return sum(one.numel() * one.element_size() for one in self._module.state_dict().values())

    def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return the output of one batch; see `Network`."""
        import torch

        tensors = [torch.from_numpy(np.ascontiguousarray(one)).to(self._device) for one in inputs]
        with self._one_at_a_time, torch.inference_mode(), self._precision():
            output: NDArray[np.float32] = self._module(*tensors).float().cpu().numpy()
        return output

    def _precision(self) -> AbstractContextManager[Any]:
        import torch

        if self._device.type != "cuda":
            return nullcontext()
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        precision: AbstractContextManager[Any] = torch.autocast("cuda", dtype=half)
        return precision
