"""CIE Lab: colours where distance is what an eye calls different."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Lab = NDArray[np.float32]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
_LINEAR_END = 216 / 24389  # below it, lightness is linear


def lab(colours: NDArray[np.uint8]) -> Lab:
    """Return the CIE Lab values (D65; L in 0..100, a and b in about -110..110) of (..., 3) sRGB colours."""
    xyz = _linear_light()[colours] @ _TO_XYZ.T / _WHITE
    scaled = np.where(xyz > _LINEAR_END, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = scaled[..., 0], scaled[..., 1], scaled[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def _linear_light() -> NDArray[np.float64]:
    """Return the light that each of the 256 sRGB levels stands for, in 0..1."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
