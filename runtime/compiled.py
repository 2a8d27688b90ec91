"""Networks compiled by OpenVINO for the CPU they run on: in bfloat16 where it has that, 5 to 15 times as fast as torch.

A network is exported once, by a child process, into a folder of its own that appears whole; serving loads neither
torch nor what built the network.
"""

from __future__ import annotations

import fcntl
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.disk import reach_disk
from runtime.installed import ABOUT, NETWORK, format_now, size_of
from runtime.network import Recipe, RuntimeFault

if TYPE_CHECKING:
    import openvino

Precision = Literal["auto", "f32", "bf16"]

HOME = Path(__file__).parent.parent  # from here the child imports what this process did
FAULT = "fault.pickle"  # what an export leaves in place of a network
CORES_PER_STREAM = 4  # of a large machine; more cores gain little on networks as small as these
SHAPES_KEPT = 256  # kernels of that many input shapes stay compiled


class ExportFailed(RuntimeFault):
    """A network that could not be exported."""


class CompiledRuntime:
    """Implements `Runtime` by OpenVINO. `folder` keeps what was exported; `threads` bounds all calls together."""

    def __init__(self, folder: Path, threads: int, precision: Precision = "auto") -> None:
        self._folder = folder
        with ThreadPoolExecutor(1) as passing:
            self._core = passing.submit(_core).result()
        self.streams = max(1, threads // CORES_PER_STREAM)  # calls that run at once
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": str(self.streams),
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": self._precision(precision),
            "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT,
            "ENABLE_CPU_PINNING": False,  # the API and its worker would sit on the same cores
        }

    def load(self, recipe: Recipe) -> CompiledNetwork:
        """Return the network of a recipe, exported first if it is not there. Raises ExportFailed, or what its maker
        raises."""
        place = exported(recipe, self._folder)
        compiled = self._core.compile_model(str(place / NETWORK), "CPU", self._options)
        return CompiledNetwork(compiled, json.loads((place / ABOUT).read_text()), size_of(place), self.streams)

    def _precision(self, wanted: Precision) -> str:
        if wanted != "auto":
            return wanted
        return "bf16" if "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


class CompiledNetwork:
    """Implements `Network` by a compiled model, of which `streams` calls run at once."""

    def __init__(self, compiled: openvino.CompiledModel, about: dict[str, Any], size_bytes: int, streams: int) -> None:
        self._about = about
        self._size_bytes = size_bytes
        self._free: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(streams):
            self._free.put(compiled.create_infer_request())

    @property
    def about(self) -> Mapping[str, Any]:
        """What its maker said of it."""
        return self._about

    @property
    def size_bytes(self) -> int:
        """What it takes on the disk."""
        return self._size_bytes

    def run(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return the output of one batch; see `Network`."""
        request = self._free.get()
        try:
            given = [np.ascontiguousarray(one) for one in inputs]
            output: NDArray[np.float32] = request.infer(given, share_inputs=True)[0].copy()
            return output
        finally:
            self._free.put(request)


def _core() -> openvino.Core:
    """Return a core that has its CPU plugin; to be called in a thread that ends then.

    The plugin gives the thread that loads it a stack of its own for signals, and takes that away when the core goes,
    whichever thread lets go of it. The next signal with a handler would end a thread that lives on (seen with OpenVINO
    2026.4; in the main thread that is any signal Python handles).
    """
    import openvino

    core = openvino.Core()
    core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")  # any property loads the plugin
    return core


def exported(recipe: Recipe, folder: Path) -> Path:
    """Return where the network of a recipe lies in OpenVINO's format; it is exported there if it is not yet.

    Of processes that start together one exports, the others wait for it. Raises ExportFailed, or what the maker raises.
    """
    place = folder / f"{recipe.digest}-{format_now()}"
    if not place.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{place.name}.lock"):
            if not place.is_dir():
                _export(recipe, place)
    return place


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # ends with the process, however that ends
        yield


def _export(recipe: Recipe, place: Path) -> None:
    for left in place.parent.glob(f"{place.name}.*/"):  # by exports that were killed
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        command = [sys.executable, "-m", "runtime.export", str(made), recipe.make, *recipe.arguments]
        ended = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
        if (made / FAULT).exists():
            raise pickle.loads((made / FAULT).read_bytes())  # written by the child a moment ago, in a folder of ours
        if ended.returncode:
            raise ExportFailed(f"{recipe.make} could not be exported for this CPU: {ended.stderr.strip()[-2000:]}")
        for path in (*made.iterdir(), made):
            reach_disk(path)  # a folder that is there after a power cut is taken for whole
        made.chmod(0o755)  # what one user has installed others may serve
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
