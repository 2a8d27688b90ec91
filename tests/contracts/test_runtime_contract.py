"""What every runtime keeps: the same numbers, for batches of any size, from many threads, and its maker's faults."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from runtime.batching import BatchingRuntime
from runtime.compiled import CompiledRuntime
from runtime.eager import EagerRuntime
from runtime.network import Network, Recipe, Runtime
from tests.contracts.small_network import Unwilling

MAKERS: dict[str, Callable[[Path], Runtime]] = {
    "torch": lambda _: EagerRuntime(),
    "openvino": lambda folder: CompiledRuntime(folder, threads=1, precision="f32"),
    "openvino, many cores": lambda folder: CompiledRuntime(folder, threads=8, precision="f32"),
    "batches": lambda _: BatchingRuntime(EagerRuntime()),
}


def recipe(weight: str = "2.5", make: str = "make") -> Recipe:
    return Recipe(f"tests.contracts.small_network:{make}", (weight,), f"small-{make}-{weight}")


@pytest.fixture(scope="module", params=MAKERS)
def runtime(request: pytest.FixtureRequest, networks: Path) -> Runtime:
    return MAKERS[request.param](networks)


@pytest.fixture(scope="module")
def network(runtime: Runtime) -> Network:
    return runtime.load(recipe())


def asked(rows: int, height: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    squares = chance.integers(0, 256, (rows, height, 3, 3), dtype=np.uint8)
    return squares, chance.standard_normal((rows, 3)).astype(np.float32)


def right(squares: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return squares.astype(np.float64).sum((1, 3)) + numbers * 2.5


@pytest.mark.parametrize(("rows", "height"), [(1, 2), (1, 7), (5, 2), (64, 3)])
def test_batches_of_any_size_are_computed(network: Network, rows: int, height: int) -> None:
    output = network.run(*asked(rows, height))
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, right(*asked(rows, height)), rtol=1e-5)


def test_arrays_that_are_views_are_read_right(network: Network) -> None:
    squares, numbers = asked(6)
    np.testing.assert_allclose(network.run(squares[::-2], numbers[::-2]), right(squares, numbers)[::-2], rtol=1e-5)


def test_an_answer_stays_as_it_is_when_the_next_is_computed(network: Network) -> None:
    first = network.run(*asked(3))
    network.run(*asked(3, seed=1))
    np.testing.assert_allclose(first, right(*asked(3)), rtol=1e-5)


def test_many_threads_get_each_their_own(network: Network) -> None:
    def same(seed: int) -> bool:
        given = asked(1 + seed % 4, 2 + seed % 3, seed)
        return bool(np.allclose(network.run(*given), right(*given), rtol=1e-5))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(same, range(100)))


def test_what_the_maker_says_is_there(network: Network) -> None:
    assert network.about == {"weight": 2.5}


def test_the_size_of_its_weights_is_told(network: Network) -> None:
    assert 4 <= network.size_bytes < 100_000


def test_the_makers_fault_is_raised_as_it_is(runtime: Runtime) -> None:
    with pytest.raises(Unwilling, match="no wool"):
        runtime.load(recipe("no wool", "make_nothing"))
