"""How vectors are stored: the true ones by row, and rounded ones in the lists that a search reads.

    storage   a true vector   a rounded one, 256 dimensions
    float32   1,024 bytes     512 bytes, 16-bit floats
    float16   512             512
    8bit      512             256, a byte per dimension
    rabitq    512             40, a bit per dimension

Answers are ranked by the true vectors, whatever the storage. 16-bit floats lose nothing where the vectors come from the
catalog, which keeps them so. What the lists hold is coded first (`coding.py`). benchmarks/results/README.md has recall,
time and memory of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from index.coding import AsTheyAre, Bytes, Coding, Learnt, Turned
from index.engine import faiss
from index.protocol import VectorIndexError, Vectors

StorageName = Literal["float32", "float16", "8bit", "rabitq"]
QUERY_BITS = 8  # of a query's dimension, where it is held against one bit of each vector
RABITQ_SUMS_BYTES = 8  # two numbers kept of every vector beside its bits


class UnknownStorage(VectorIndexError):
    """A storage that there is none of that name."""


@dataclass(frozen=True, slots=True)
class Storage:
    """One way to store vectors. Rounded scores are off by less than `rounding`, where that is said."""

    name: StorageName
    rows: type[np.float32] | type[np.float16]
    codes: Literal["fp16", "8bit", "rabitq"]
    rounding: float

    def bytes_of(self, dimensions: int) -> tuple[int, int]:
        """Return the bytes of a true vector, and of the rounded one beside it."""
        rounded = {"fp16": 2 * dimensions, "8bit": dimensions, "rabitq": dimensions // 8 + RABITQ_SUMS_BYTES}
        return self.rows().nbytes * dimensions, rounded[self.codes]

    def learn(self, sample: Vectors) -> Learnt:
        """Return what the coding has to know of the vectors, from an (N, D) sample of them."""
        return Bytes.learn(sample) if self.codes == "8bit" else np.zeros(0, np.float32)

    def coding(self, dimensions: int, learnt: Learnt) -> Coding:
        """Return how vectors and queries are changed before they come together in the lists."""
        if self.codes == "8bit":
            return Bytes(learnt)
        return Turned(dimensions) if self.codes == "rabitq" else AsTheyAre()

    def lists(self, coarse: Any, dimensions: int, count: int) -> Any:
        """Return FAISS's inverted lists for coded vectors; `coarse` must be kept as long as they are."""
        if self.codes == "rabitq":
            ivf = faiss.IndexIVFRaBitQ(coarse, dimensions, count, faiss.METRIC_INNER_PRODUCT)
            ivf.qb = QUERY_BITS
        else:
            kinds = {"fp16": faiss.ScalarQuantizer.QT_fp16, "8bit": faiss.ScalarQuantizer.QT_8bit_direct_signed}
            ivf = faiss.IndexIVFScalarQuantizer(
                coarse, dimensions, count, kinds[self.codes], faiss.METRIC_INNER_PRODUCT, False
            )
        ivf.is_trained = True
        return ivf


STORAGES: dict[str, Storage] = {
    "float32": Storage("float32", np.float32, "fp16", 1e-3),
    "float16": Storage("float16", np.float16, "fp16", 1e-3),
    "8bit": Storage("8bit", np.float16, "8bit", 5e-3),
    "rabitq": Storage("rabitq", np.float16, "rabitq", 0.0),
}
assert set(STORAGES) == set(get_args(StorageName))


def storage_of(name: str) -> Storage:
    """Return the storage of that name. Raises UnknownStorage."""
    if name not in STORAGES:
        raise UnknownStorage(f"there is no storage {name!r}; choose one of {', '.join(STORAGES)}")
    return STORAGES[name]
