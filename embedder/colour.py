"""The colour part of a vector: how much of each colour a crop holds, as a fine soft histogram in CIE Lab.

ImageNet features know shapes and hardly know dyes; on same-product search a plain histogram beats them, and the two
together beat both (training/LOG.md). Each pixel is shared out between the eight bins around it, so that a colour on
the edge of two bins matches its neighbour; square roots make the dot product of two histograms their Bhattacharyya
coefficient (A. Bhattacharyya, "On a measure of divergence between two multinomial populations", 1946).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embedder.lab import lab
from embedder.protocol import Photo

GRID = (16, 25, 25)  # bins of L, a, b; finer gains nothing, coarser mixes up dyes
BINS = GRID[0] * GRID[1] * GRID[2]
LOW = np.array([0.0, -60.0, -60.0])
HIGH = np.array([100.0, 60.0, 60.0])

_BRIGHT = 224  # pixels with all channels from here on are paper, background or blown out: they say nothing of a dye
_FEWEST = 20  # darker pixels that a crop must have for the bright ones to be left out
_SHIFT = 2  # colours are counted in 64 levels per channel; that is finer than the bins

Histogram = NDArray[np.float32]


def histogram(crop: Photo) -> Histogram:
    """Return the (BINS,) square-rooted, L2-normalised histogram of a crop, (H, W, 3) uint8 sRGB."""
    pixels = crop.reshape(-1, 3)
    dark = pixels[pixels.min(axis=1) < _BRIGHT]
    colours, counts = _counted(dark if len(dark) >= _FEWEST else pixels)
    bins = _shared_out(lab(colours), counts)
    roots: Histogram = np.sqrt(bins / bins.sum()).astype(np.float32)
    return roots


def _counted(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the different colours, 64 levels per channel, and how often each occurs."""
    level = (pixels >> _SHIFT).astype(np.int32)
    every = np.bincount(level[:, 0] << 12 | level[:, 1] << 6 | level[:, 2])
    code = np.flatnonzero(every)
    half = (1 << _SHIFT) >> 1
    levels = np.stack([code >> 12, code >> 6 & 63, code & 63], axis=1)
    return ((levels << _SHIFT) + half).astype(np.uint8), every[code]


def _shared_out(colours: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the (BINS,) histogram of Lab colours, each shared out between the eight bins around it."""
    last = np.array(GRID) - 1
    place = (np.clip(colours, LOW, HIGH) - LOW) / (HIGH - LOW) * last
    below = np.minimum(place.astype(np.int64), last - 1)
    above = place - below
    bins = np.zeros(BINS)
    for corner in np.ndindex(2, 2, 2):
        share = np.where(corner, above, 1 - above).prod(axis=1) * counts
        bins += np.bincount(np.ravel_multi_index((below + corner).T, GRID), share, minlength=BINS)
    return bins
