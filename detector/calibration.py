"""What a network's confidence is worth: how often a box of its class, as sure as that, is right.

A network is unsure of small things and too sure of large ones; one threshold over all would lose the small ones. Per
class, a line through the log-odds mends that (J. Platt, "Probabilistic outputs for support vector machines", 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1e-6  # nearer to 0 and 1 nothing is told apart

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of each class, the slope and the offset of its log-odds: both (classes,), slopes above 0."""

    slopes: Shares
    offsets: Shares

    @classmethod
    def of(cls, lines: Mapping[str, Sequence[float]], classes: Sequence[str]) -> Calibration:
        """Return the calibration of a model card: by class, slope and offset; a class that is not there stays as is."""
        pairs = np.array([lines.get(name, (1.0, 0.0)) for name in classes], np.float64)
        return cls(pairs[:, 0], pairs[:, 1])

    def worth(self, confidences: NDArray[np.float32]) -> Shares:
        """Return what confidences are worth, in 0..1: (classes, places), as they are."""
        return _share(self.slopes[:, None] * _odds(confidences) + self.offsets[:, None])

    def least(self, worth: float) -> Shares:
        """Return the confidence of each class from which it is worth so much: (classes,)."""
        return _share((_odds(worth) - self.offsets) / self.slopes)


def _odds(shares: NDArray[np.float32] | float) -> Shares:
    kept = np.clip(np.asarray(shares, np.float64), CERTAIN, 1 - CERTAIN)
    odds: Shares = np.log(kept / (1 - kept))
    return odds


def _share(odds: Shares) -> Shares:
    share: Shares = 1 / (1 + np.exp(-odds))
    return share
