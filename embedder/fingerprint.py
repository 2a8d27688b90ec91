"""A 64-bit fingerprint of a whole photo: the same photo re-encoded, resized or slightly edited stays within a few bits.

The method is pHash: signs of the lowest frequencies of a small grey picture's cosine transform, against their median.
Christoph Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010,
https://www.phash.org/docs/pubs/thesis_zauner.pdf
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from embedder.crops import checked
from embedder.protocol import Photo

SAME_PHOTO = 6  # bits in which versions of one photo differ at most; studio photos of one pose come close to it

_SIDE = 32  # of the grey picture
_LOW = 8  # frequencies kept along each axis, the constant one left out
_FLAT = 1.0  # grey levels; weaker coefficients are noise of the encoder, not picture


def fingerprint(photo: Photo) -> int:
    """Return the fingerprint of a photo, (H, W, 3) uint8 sRGB, in -2**63..2**63-1 (a signed 64-bit column).

    Photos without any structure (one even colour) all share the fingerprint 0. Raises BadCrop.
    """
    grey = Image.fromarray(checked(photo)).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    basis = _cosines()
    low = basis @ np.asarray(grey, dtype=np.float64) @ basis.T
    low[np.abs(low) < _FLAT] = 0.0
    bits = (low > np.median(low)).ravel()
    return int(np.packbits(bits).view(">i8")[0])


def distance(first: int, second: int) -> int:
    """Return how many of the 64 bits differ."""
    return ((first ^ second) & (2**64 - 1)).bit_count()


def _cosines() -> NDArray[np.float64]:
    """Return the (8, 32) rows 1..8 of the orthonormal cosine transform."""
    frequency = np.arange(1, _LOW + 1)[:, None]
    place = np.arange(_SIDE)[None, :] + 0.5
    waves: NDArray[np.float64] = np.sqrt(2.0 / _SIDE) * np.cos(np.pi * frequency * place / _SIDE)
    return waves
