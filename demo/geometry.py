"""Outlines of cloth: smooth curves, mirrored halves, limbs, and the camera that brings centimetres into pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (N, 2): x to the right, y down, in centimetres (or in pixels, behind the camera)
Matrix = NDArray[np.float64]  # (3, 3): a homography between two such planes
Pair = tuple[float, float]

PER_SPAN = 8  # points drawn between two control points of a curve


def path(*pairs: Pair) -> Points:
    """Return the corners of a straight-edged path."""
    return np.asarray(pairs, np.float64).reshape(-1, 2)


def smooth(*pairs: Pair) -> Points:
    """Return a curve through all `pairs` (Catmull-Rom), both ends included."""
    knots = path(*pairs)
    if len(knots) < 3:
        return knots
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0, 1, PER_SPAN, endpoint=False)[:, None]
    a, b, c, d = padded[:-3, None], padded[1:-2, None], padded[2:-1, None], padded[3:, None]
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    return np.vstack([curve.reshape(-1, 2) / 2, knots[-1:]])


def join(*paths: Points) -> Points:
    """Return the paths one after the other."""
    return np.vstack(paths)


def mirrored(half: Points) -> Points:
    """Return the closed outline whose right half is `half`, which starts and ends at x = 0."""
    return np.vstack([half, flipped(half)[::-1]])


def shifted(points: Points, x: float, y: float) -> Points:
    """Return the points moved to the right by `x` and down by `y`."""
    return np.asarray(points + np.array([x, y]))


def ribbon(line: Points, x: float, y: float) -> Points:
    """Return the outline between a line and its like, moved by `x` and `y`."""
    return np.vstack([line, shifted(line[::-1], x, y)])


def flipped(points: Points) -> Points:
    """Return the points on the other side of the line x = 0."""
    return points * (-1.0, 1.0)


def limb(joints: Sequence[Pair], widths: Sequence[float], rounded: bool = False) -> Points:
    """Return the outline of a tapering tube along `joints`; `widths` are half-widths, evenly spread over its length.

    A `rounded` tube ends in half circles, any other straight.
    """
    spine = smooth(*joints) if len(joints) > 2 else np.linspace(joints[0], joints[1], 12)
    along = np.gradient(spine, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(spine, axis=0), axis=1))])
    half = _soft_interpolation(travelled / travelled[-1], widths)[:, None]
    left, right = spine + normal * half, spine - normal * half
    if not rounded:
        return np.vstack([left, right[::-1]])
    caps = [_cap(spine[end], normal[end] * half[end] * (1 if end else -1)) for end in (-1, 0)]
    return np.vstack([left, caps[0], right[::-1], caps[1]])


def _cap(middle: Points, radius: Points) -> Points:
    angles = np.linspace(0, np.pi, 9)[1:-1, None]
    ahead = np.array([radius[1], -radius[0]])
    return np.asarray(middle + np.cos(angles) * radius + np.sin(angles) * ahead)


def _soft_interpolation(places: NDArray[np.float64], values: Sequence[float]) -> NDArray[np.float64]:
    knots = smooth(*zip(np.linspace(0, 1, len(values)), values, strict=True))
    return np.interp(places, knots[:, 0], knots[:, 1])


def along(joints: Sequence[Pair], fraction: float) -> list[Pair]:
    """Return the part of a chain of joints up to `fraction` of its length."""
    points = path(*joints)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    left = fraction * lengths.sum()
    kept = [points[0]]
    for start, end, length in zip(points, points[1:], lengths, strict=False):
        share = min(1.0, left / length)
        kept.append(start + (end - start) * share)
        left -= length
        if left <= 1e-6:
            break
    return [(float(x), float(y)) for x, y in kept]


def ellipse(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> Points:
    """Return an arc of an ellipse, degrees clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 48))
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> Points:
    """Return a rectangle with round corners."""
    r = min(radius, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    corners = [(x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180), (x1 - r, y0 + r, 270)]
    return np.vstack([ellipse(x, y, r, r, angle, angle + 90)[::6] for x, y, angle in corners])


def project(matrix: Matrix, points: Points) -> Points:
    """Return where a homography takes the points."""
    flat = np.hstack([points, np.ones((len(points), 1))]) @ matrix.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


def affine(scale: float | Pair = 1.0, turn_degrees: float = 0.0, to: Pair = (0.0, 0.0)) -> Matrix:
    """Return the matrix that scales, then turns clockwise about the origin, then moves by `to`."""
    sx, sy = scale if isinstance(scale, tuple) else (scale, scale)
    cos, sin = np.cos(np.radians(turn_degrees)), np.sin(np.radians(turn_degrees))
    return np.array([[cos * sx, -sin * sy, to[0]], [sin * sx, cos * sy, to[1]], [0, 0, 1]], np.float64)


def bounds(points: Points) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of the points."""
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def fit(points: Points, width: int, height: int, margin: float = 0.07, before: Matrix | None = None) -> Matrix:
    """Return the camera that shows all `points`, first moved by `before`, in the middle of a width x height frame."""
    first = np.eye(3) if before is None else before
    x0, y0, x1, y1 = bounds(project(first, points))
    scale = min(width * (1 - 2 * margin) / (x1 - x0), height * (1 - 2 * margin) / (y1 - y0))
    middle = (width / 2 - scale * (x0 + x1) / 2, height / 2 - scale * (y0 + y1) / 2)
    return np.asarray(affine(scale, to=middle) @ first)
