"""Calls that come while a network is busy go through it together, and each gets its own answer or fault."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime.batching import BatchedNetwork
from runtime.network import RuntimeFault

WAIT_SECONDS = 20.0


class Gated:
    """Doubles numbers, once it may; refuses a batch that holds a negative one."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)
        self.batches: list[int] = []

    @property
    def about(self) -> Mapping[str, Any]:
        return {"kind": "gated"}

    def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        self.batches.append(len(inputs[0]))
        self.begun.release()
        assert self.may_go_on.acquire(timeout=WAIT_SECONDS)
        if (inputs[0] < 0).any():
            raise ValueError("a negative number")
        return (inputs[0] * 2).astype(np.float32)


def waiting(network: BatchedNetwork, calls: int) -> bool:
    with network._changed:
        return len(network._waiting) == calls


def wait_until_waiting(network: BatchedNetwork, calls: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_poll, network, calls).result(WAIT_SECONDS)


def _poll(network: BatchedNetwork, calls: int) -> None:
    pause = threading.Event()
    while not waiting(network, calls):
        pause.wait(0.005)


def numbers(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)[:, None]


def test_a_call_alone_runs_at_once_and_alone() -> None:
    below = Gated()
    below.may_go_on.release()
    assert BatchedNetwork(below).run(numbers(1, 2)).tolist() == [[2], [4]]
    assert below.batches == [2]


def test_calls_that_come_meanwhile_go_together() -> None:
    below = Gated()
    network = BatchedNetwork(below)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(network.run, numbers(1))
        assert below.begun.acquire(timeout=WAIT_SECONDS)
        rest = [pool.submit(network.run, numbers(value, value + 10)) for value in (2, 3, 4)]
        wait_until_waiting(network, 3)
        below.may_go_on.release(2)
        assert first.result(WAIT_SECONDS).tolist() == [[2]]
        assert [one.result(WAIT_SECONDS).tolist() for one in rest] == [[[4], [24]], [[6], [26]], [[8], [28]]]
    assert below.batches == [1, 6]


def test_a_batch_is_no_larger_than_allowed_and_of_one_shape() -> None:
    below = Gated()
    network = BatchedNetwork(below, most=3)
    wide = np.ones((1, 2), np.float32)
    with ThreadPoolExecutor(5) as pool:
        running = [pool.submit(network.run, numbers(1))]
        assert below.begun.acquire(timeout=WAIT_SECONDS)
        for calls, given in enumerate((numbers(2, 2), wide, numbers(3), numbers(4)), 1):
            running.append(pool.submit(network.run, given))
            wait_until_waiting(network, calls)
        below.may_go_on.release(9)
        answers = [one.result(WAIT_SECONDS).tolist() for one in running]
    assert answers == [[[2]], [[4], [4]], [[2, 2]], [[6]], [[8]]]
    assert below.batches == [1, 3, 1, 1]


def test_a_fault_costs_the_call_that_brought_it() -> None:
    below = Gated()
    network = BatchedNetwork(below)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(network.run, numbers(1))
        assert below.begun.acquire(timeout=WAIT_SECONDS)
        good, bad, fine = (pool.submit(network.run, numbers(value)) for value in (2, -3, 4))
        wait_until_waiting(network, 3)
        below.may_go_on.release(9)
        assert first.result(WAIT_SECONDS).tolist() == [[2]]
        assert good.result(WAIT_SECONDS).tolist() == [[4]]
        assert fine.result(WAIT_SECONDS).tolist() == [[8]]
        with pytest.raises(ValueError, match="negative"):
            bad.result(WAIT_SECONDS)


def test_lanes_run_side_by_side() -> None:
    below = Gated()
    network = BatchedNetwork(below, lanes=2)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(network.run, numbers(value)) for value in (1, 2)]
        for _ in running:
            assert below.begun.acquire(timeout=WAIT_SECONDS)
        below.may_go_on.release(2)
        assert [one.result(WAIT_SECONDS).tolist() for one in running] == [[[2]], [[4]]]


def test_nobody_waits_for_a_batch_whose_thread_was_ended() -> None:
    class Interrupted(Gated):
        def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
            if len(inputs[0]) > 1:
                raise KeyboardInterrupt
            return super().run(*inputs)

    gated = Interrupted()
    network = BatchedNetwork(gated)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(network.run, numbers(1))
        assert gated.begun.acquire(timeout=WAIT_SECONDS)
        others = [pool.submit(network.run, numbers(2)), pool.submit(network.run, numbers(3))]
        wait_until_waiting(network, 2)
        gated.may_go_on.release()
        assert first.result(WAIT_SECONDS).tolist() == [[2]]
        faults = [one.exception(WAIT_SECONDS) for one in others]
    assert {type(fault) for fault in faults} == {KeyboardInterrupt, RuntimeFault}
