"""The few colours a garment is made of, as an eye would name them: for filters, explanations and reranking.

The background is left out: even colour that reaches in from the edges of the crop. What is left is grouped by k-means
in CIE Lab, started from the colours that lie farthest apart, so that the same crop always gives the same palette
(T. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985; S. Lloyd, "Least squares quantization
in PCM", 1982).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embedder.crops import checked, reduced
from embedder.lab import Lab, lab
from embedder.protocol import Photo

MOST_COLOURS = 6

_SIDE = 48  # pixels looked at along the longer side
_EVEN = 9.0  # Lab distance up to which a pixel is the background's colour
_EDGE = 0.5  # share of the edge that must be one colour to be called background
_PLAIN = 0.7  # the same to be called a studio's: nine in ten shop photos have it, one street in ten
_LEFT = 0.02  # share of the crop that must be left over; else nothing is background
_ALIKE = 12.0  # Lab distance under which two colours are one
_LEAST = 0.03  # weight under which a colour is not worth a name
_ROUNDS = 6  # of k-means; it has settled by then

Palette = tuple[tuple[float, float, float, float], ...]
Mask = NDArray[np.bool_]


def palette(crop: Photo) -> Palette:
    """Return at most six (L, a, b, weight) rows, most weight first; the weights add up to 1. Raises BadCrop.

    `crop` is (H, W, 3) uint8 sRGB of any size from 1 x 1; there is always at least one colour.
    """
    colours = lab(_small(checked(crop)))
    salient = colours[~background(colours)]
    centres, weights = _grouped(salient)
    keep = weights >= min(_LEAST, weights.max())
    centres, weights = centres[keep], weights[keep] / weights[keep].sum()
    order = np.lexsort((centres[:, 0], -weights))[:MOST_COLOURS]
    rows = np.column_stack([centres.astype(np.float64).round(2), weights.round(4)])[order]
    return tuple((row[0], row[1], row[2], row[3]) for row in rows.tolist())


def background(colours: Lab) -> Mask:
    """Return where an (H, W, 3) Lab picture is background: of the edge's one colour, and reaching in from the edge.

    Nothing is background where the edge has no one colour, or where nothing would be left.
    """
    ground, share = _ground(colours)
    if share < _EDGE:
        return np.zeros(colours.shape[:2], bool)
    reached = _reached(_near(colours, ground))
    return reached if np.mean(~reached) >= _LEFT else np.zeros_like(reached)


def is_on_plain_ground(photo: Photo) -> bool:
    """Whether most of the edge of a photo, (H, W, 3) uint8 sRGB, is of one colour, as in a studio. Raises BadCrop."""
    return _ground(lab(_small(checked(photo))))[1] >= _PLAIN


def _ground(colours: Lab) -> tuple[NDArray[np.float32], float]:
    """Return the middle colour of the edge of an (H, W, 3) Lab picture, and the share of the edge that has it."""
    edge = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    middle: NDArray[np.float32] = np.median(edge, axis=0)
    return middle, float(np.mean(_near(edge, middle)))


def _small(crop: Photo) -> Photo:
    import cv2

    crop = reduced(crop, _SIDE)
    height, width = crop.shape[:2]
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return crop
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA))


def _near(colours: Lab, centre: NDArray[np.float32]) -> Mask:
    near: Mask = _squares(colours - centre) <= _EVEN**2
    return near


def _squares(colours: Lab) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("...c,...c->...", colours, colours)
    return squares


def _reached(even: Mask) -> Mask:
    """Return the even pixels that can be walked to from outside the picture over even ones."""
    import cv2

    walkable = np.pad(even, 1, constant_values=True)
    _, parts = cv2.connectedComponents(walkable.astype(np.uint8), connectivity=4)
    reached: Mask = parts == parts[0, 0]
    return reached[1:-1, 1:-1]


def _grouped(colours: Lab) -> tuple[Lab, NDArray[np.float64]]:
    """Return the centres of the groups of (N, 3) colours and the share of the colours in each."""
    centres = _far_apart(colours)
    for _ in range(_ROUNDS):
        nearest = _nearest(colours, centres)
        sums = np.stack([np.bincount(nearest, channel, len(centres)) for channel in colours.T], axis=1)
        counts = np.bincount(nearest, minlength=len(centres))[:, None]
        centres = (sums / np.maximum(counts, 1))[counts[:, 0] > 0].astype(np.float32)
    weights = np.bincount(_nearest(colours, centres), minlength=len(centres)) / len(colours)
    return _merged(centres, weights)


def _far_apart(colours: Lab) -> Lab:
    """Return at most six starting centres: the median colour, then again and again the colour farthest from them."""
    centres = [np.median(colours, axis=0)]
    away = np.full(len(colours), np.inf, np.float32)
    while len(centres) < MOST_COLOURS:
        away = np.minimum(away, _squares(colours - centres[-1]))
        if away.max() < _ALIKE**2:
            break
        centres.append(colours[away.argmax()])
    return np.stack(centres)


def _nearest(colours: Lab, centres: Lab) -> NDArray[np.intp]:
    away: Lab = (centres**2).sum(axis=1) - 2 * colours @ centres.T  # less what is the same for all centres
    nearest: NDArray[np.intp] = away.argmin(axis=1)
    return nearest


def _merged(centres: Lab, weights: NDArray[np.float64]) -> tuple[Lab, NDArray[np.float64]]:
    """Join the two closest centres until all are different colours."""
    while len(centres) > 1:
        away = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(len(centres)) * 1e9
        one, other = np.unravel_index(int(away.argmin()), away.shape)
        if away[one, other] >= _ALIKE:
            break
        both = weights[one] + weights[other]
        centres[one] = (centres[one] * weights[one] + centres[other] * weights[other]) / max(both, 1e-9)
        weights[one] = both
        centres, weights = np.delete(centres, other, axis=0), np.delete(weights, other)
    return centres, weights
