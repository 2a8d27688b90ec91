"""Micro-batches across requests: what comes while a network is busy goes through it together when it is free.

Nobody waits for company: on an idle machine a call runs at once and alone. A fault costs the call that brought it, for
a batch that fails is run again call by call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.network import Network, Recipe, Runtime, RuntimeFault

Output = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class _Call:
    """One call that waits or runs: its inputs, then its output or its fault."""

    inputs: tuple[NDArray[Any], ...]
    output: Output | None = None
    fault: BaseException | None = None

    @property
    def rows(self) -> int:
        return len(self.inputs[0])

    @property
    def kind(self) -> tuple[tuple[int, ...], ...]:
        """Calls of one kind fit into one batch."""
        return tuple(one.shape[1:] for one in self.inputs)

    @property
    def over(self) -> bool:
        return self.output is not None or self.fault is not None


class BatchingRuntime:
    """Implements `Runtime` over another one: of its networks `lanes` batches run at once.

    A batch has up to `most` rows, or is one call.
    """

    def __init__(self, runtime: Runtime, lanes: int = 1, most: int = 32) -> None:
        self._runtime = runtime
        self._lanes = lanes
        self._most = most

    def load(self, recipe: Recipe) -> BatchedNetwork:
        """Return the network of a recipe. Raises what the runtime below raises."""
        return BatchedNetwork(self._runtime.load(recipe), self._lanes, self._most)


@dataclass(slots=True, eq=False)
class BatchedNetwork:
    """Implements `Network` over another one. The threads that call it take turns at running what waits."""

    network: Network
    lanes: int = 1
    most: int = 32
    _waiting: deque[_Call] = field(default_factory=deque)
    _running: int = 0
    _changed: Condition = field(default_factory=Condition)

    @property
    def about(self) -> Mapping[str, Any]:
        """What its maker said of it."""
        return self.network.about

    @property
    def size_bytes(self) -> int:
        """What its weights take."""
        return self.network.size_bytes

    def run(self, *inputs: NDArray[Any]) -> Output:
        """Return the output of one call; see `Network`."""
        call = _Call(inputs)
        with self._changed:
            self._waiting.append(call)
        while not call.over:
            if batch := self._next_batch(call):
                try:
                    self._run(batch)
                finally:
                    self._finish()
        if call.fault is not None:
            raise call.fault
        assert call.output is not None
        return call.output

    def _next_batch(self, call: _Call) -> list[_Call]:
        """Wait until the call is over or a lane is free; return what to run in it, which starts with the oldest."""
        with self._changed:
            self._changed.wait_for(lambda: call.over or (self._running < self.lanes and self._waiting))
            if call.over or not self._waiting:
                return []
            self._running += 1
            batch = [self._waiting.popleft()]
            rows = batch[0].rows
            for other in list(self._waiting):
                if other.kind == batch[0].kind and rows + other.rows <= self.most:
                    batch.append(other)
                    self._waiting.remove(other)
                    rows += other.rows
            return batch

    def _run(self, batch: list[_Call]) -> None:
        try:
            output = self.network.run(*_together(batch))
        except BaseException as fault:
            if not isinstance(fault, Exception):  # this thread is to end: whoever waits for it must not wait forever
                for call in batch:
                    call.fault = call.fault or RuntimeFault(f"the thread that ran this batch ended: {fault!r}")
                raise
            if len(batch) == 1:
                batch[0].fault = fault
            else:
                for call in batch:
                    self._run([call])
            return
        ends = np.cumsum([call.rows for call in batch])
        for call, part in zip(batch, np.split(output, ends[:-1]), strict=True):
            call.output = part

    def _finish(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()


def _together(batch: list[_Call]) -> tuple[NDArray[Any], ...]:
    """Return the inputs of all calls as those of one."""
    if len(batch) == 1:
        return batch[0].inputs
    return tuple(np.concatenate(parts) for parts in zip(*(call.inputs for call in batch), strict=True))
