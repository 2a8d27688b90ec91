"""The vectors of a partition on a GPU, by torch: every one is compared with a query, at once, in half precision.

A GPU reads a million vectors of 256 dimensions in less time than a CPU needs to choose lists of them, so it has none
to learn and none to keep up to date. FAISS's own GPU indexes cannot remove a row.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from index.passing import Passing
from index.protocol import VectorIndexError, Vectors
from index.rows import Rows, RowTable, Scores

ROUNDING = 1e-3  # scores are off by less: the query and the sum are rounded to half precision


class DeviceUnavailable(VectorIndexError):
    """The device that was asked for cannot search here."""


class DeviceRows:
    """A copy of the rows of one table on a device of torch's. Raises DeviceUnavailable.

    `touch` is called under the write lock, `nearest` under the read lock; the search that comes next copies what was
    written.
    """

    def __init__(self, device: str) -> None:
        self._device = checked_device(device)
        self._table: RowTable | None = None
        self._vectors: Any = None  # (rows there is room for, D) float16
        self._touched: list[Rows] = []
        self._waiting = 0  # rows touched, those touched twice counted twice
        self._one_copies = threading.Lock()

    def touch(self, rows: Rows) -> None:
        """Note that these rows were written to; where most were since the last search, the next one copies them all."""
        if self._vectors is None:
            return
        self._touched.append(rows)
        self._waiting += len(rows)
        if self._waiting > len(self._vectors):
            self._vectors, self._touched, self._waiting = None, [], 0

    def nearest(self, table: RowTable, query: Vectors, count: int, passing: Passing) -> tuple[Rows, Scores]:
        """Return the `count` rows nearest to the (D,) query that pass, fewer if fewer pass, best first, rounded scores.

        Equal vectors have equal scores.
        """
        import torch

        with self._one_copies:
            vectors = self._up_to_date(table)
        asked = torch.from_numpy(query).to(self._device, torch.float16)
        passes = torch.from_numpy(passing.mask).to(self._device)
        scores = (vectors @ asked).float().masked_fill_(~passes, -torch.inf)
        best = scores.topk(min(count, passing.count))
        return best.indices.cpu().numpy(), best.values.cpu().numpy()

    def _up_to_date(self, table: RowTable) -> Any:
        import torch

        known = self._vectors if self._table is table else None
        if known is None:
            self._vectors = torch.from_numpy(table.vectors).to(self._device, torch.float16, copy=True)
        else:
            if len(known) < len(table.vectors):
                self._vectors = known.new_zeros(table.vectors.shape)
                self._vectors[: len(known)] = known
            if self._touched:
                rows = np.unique(np.concatenate(self._touched))
                fresh = torch.from_numpy(table.vectors[rows]).to(self._device, torch.float16)
                self._vectors[torch.from_numpy(rows).to(self._device)] = fresh
        self._table, self._touched, self._waiting = table, [], 0
        return self._vectors


def checked_device(device: str) -> Any:
    """Return a device of torch's that can hold something. Raises DeviceUnavailable."""
    import torch

    try:
        return torch.zeros(1, device=device).device
    except (RuntimeError, AssertionError) as error:  # torch raises the latter where it was built without CUDA
        reason = str(error).splitlines()[0]
        raise DeviceUnavailable(f"torch cannot use {device!r} here ({reason}); set VITRINE_INDEX_DEVICE=cpu") from None
