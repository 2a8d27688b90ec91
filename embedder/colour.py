"""The colour part of a vector: how much of each colour a crop holds above, in the middle and below, as a fine soft
histogram in CIE Lab.

ImageNet features know shapes and hardly know dyes; on same-product search a plain histogram beats them, and the two
together beat both (training/LOG.md). Each pixel is shared out between the eight bins around it, so that a colour on
the edge of two bins matches its neighbour; square roots make the dot product of two histograms their Bhattacharyya
coefficient (A. Bhattacharyya, "On a measure of divergence between two multinomial populations", 1946).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embedder.lab import lab
from embedder.protocol import Photo

GRID = (16, 25, 25)  # bins of L, a, b; finer gains nothing, coarser mixes up dyes
BANDS = 3  # of a crop's rows, the top ones first: where a colour is tells designs apart
BINS = BANDS * GRID[0] * GRID[1] * GRID[2]
LOW = np.array([0.0, -60.0, -60.0])
HIGH = np.array([100.0, 60.0, 60.0])

_SHIFT = 2  # bits of a channel that are not counted
_LEVELS = 256 >> _SHIFT  # per channel; that is finer than the bins
_BRIGHT = 224 >> _SHIFT  # pixels with all levels from here on are paper, background or blown out: they tell no dye
_FEWEST = 20  # darker pixels that a crop must have for the bright ones to be left out

Histogram = NDArray[np.float32]


def histogram(crop: Photo) -> Histogram:
    """Return the (BINS,) square-rooted, L2-normalised histogram of a crop, (H, W, 3) uint8 sRGB, band after band."""
    bands = [_counted(rows) for rows in np.array_split(crop, BANDS)]
    bright = [counts[_BRIGHT:, _BRIGHT:, _BRIGHT:] for counts in bands]
    if crop.shape[0] * crop.shape[1] - sum(float(counts.sum()) for counts in bright) >= _FEWEST:
        for counts in bright:
            counts[:] = 0
    bins = np.concatenate([_shared_out(counts.ravel()) for counts in bands])
    roots: Histogram = np.sqrt(bins / bins.sum()).astype(np.float32)
    return roots


def _counted(rows: Photo) -> NDArray[np.float32]:
    """Return how often each colour occurs, by its levels: (_LEVELS, _LEVELS, _LEVELS)."""
    import cv2

    if not len(rows):  # of a crop with fewer rows than bands
        return np.zeros((_LEVELS,) * 3, np.float32)
    return np.asarray(cv2.calcHist([rows], [0, 1, 2], None, [_LEVELS] * 3, [0, 256] * 3), np.float32)


def _shared_out(every: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the histogram of colours by their codes, each shared out between the eight bins around it."""
    bins, shares = _places()
    codes = np.flatnonzero(every > 0)  # of booleans it is ten times as fast as of numbers
    weights = shares[codes] * every[codes, None]
    return np.bincount(bins[codes].ravel(), weights.ravel(), minlength=BINS // BANDS).astype(np.float64)


@lru_cache
def _places() -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return of every colour code the eight bins around it, (codes, 8), and its share in each; made once, 60 ms."""
    code = np.arange(_LEVELS**3)
    levels = np.stack([code // _LEVELS**2, code // _LEVELS % _LEVELS, code % _LEVELS], axis=1)
    colours = lab(((levels << _SHIFT) + ((1 << _SHIFT) >> 1)).astype(np.uint8))
    last = np.array(GRID) - 1
    place = (np.clip(colours, LOW, HIGH) - LOW) / (HIGH - LOW) * last
    below = np.minimum(place.astype(np.int64), last - 1)
    above = place - below
    corners = list(np.ndindex(2, 2, 2))
    bins = np.stack([np.ravel_multi_index((below + corner).T, GRID) for corner in corners], axis=1)
    shares = np.stack([np.where(corner, above, 1 - above).prod(axis=1) for corner in corners], axis=1)
    return bins.astype(np.int32), shares.astype(np.float32)
