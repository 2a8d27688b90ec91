"""Collars of shirts and jackets, by name."""

from __future__ import annotations

from demo.cloth import Cloth, Folds, Part, Stroke, plain
from demo.geometry import ellipse, flipped, join, path, ribbon, rounded, smooth

EDGE_Y = 28.6  # height of the shoulder beside the neck


def cut(kind: str, cloth: Cloth, trim: Cloth, width: float, depth: float) -> list[Part]:
    """Return a collar's pieces; `width` and `depth` are those of the neck opening. Kinds unknown have none."""
    if kind == "shirt":
        return _shirt(cloth, width, depth)
    if kind == "lapel":
        return _lapels(cloth, width, depth)
    if kind == "rib":
        return _rib(trim, width, depth)
    if kind == "hood":
        return _hood(cloth, depth)
    if kind == "bow":
        return _bow(trim)
    return _tube(kind, trim, width) if kind in ("turtle", "stand") else []


def _shirt(cloth: Cloth, width: float, depth: float) -> list[Part]:
    inner = smooth((0.3, depth), (width * 0.55, 31.5), (width - 0.6, EDGE_Y - 3.0))
    outer = smooth((width + 1.4, EDGE_Y + 0.4), (width + 1.0, 33.0), (width - 0.2, depth + 5.6))
    leaf = join(inner, outer, path((0.3, depth)))
    seam = Stroke(join(outer * 0.95, path((0.8, depth + 0.9))), 0.12, groove=-0.05)
    right = Part(leaf, cloth, strokes=(seam,), round_cm=1.2, depth=0.3, shadow=0.5)
    left = Part(flipped(leaf), cloth, round_cm=1.2, depth=0.3, shadow=0.5)
    return [left, right]


def _lapels(cloth: Cloth, width: float, depth: float) -> list[Part]:
    lapel = join(
        smooth((0.4, depth), (4.0, 47), (width - 0.5, EDGE_Y - 0.5)),
        path((width + 1.2, 32.5), (width + 5.8, 38.4)),
        smooth((width + 4.6, 42), (6.5, 53), (0.4, depth)),
    )
    fold = join(
        smooth((width - 1.2, EDGE_Y - 3), (width + 2.2, EDGE_Y + 1.5), (width + 5.4, 36.6)),
        path((width + 1.4, 38.4), (width - 2.2, 33.5)),
    )
    pieces = (flipped(lapel), lapel, flipped(fold), fold)
    return [Part(piece, cloth, round_cm=1.6, depth=0.3, shadow=0.55, grain=12) for piece in pieces]


def _rib(trim: Cloth, width: float, depth: float) -> list[Part]:
    inner = ellipse(0, EDGE_Y, width - 0.2, depth - EDGE_Y - 0.3, 0, 180)
    outer = ellipse(0, EDGE_Y - 0.2, width + 1.7, depth - EDGE_Y + 1.9, 180, 0)
    return [Part(join(inner, outer), trim, round_cm=0.8, depth=0.3, shadow=0.25)]


def _tube(kind: str, trim: Cloth, width: float) -> list[Part]:
    low, high = (33.2, 22.5) if kind == "turtle" else (34.0, 26.5)
    tube = join(
        smooth((-width - 0.4, high + 0.4), (0, high + 1.6), (width + 0.4, high + 0.4)),
        smooth((width + 1.6, low - 3.2), (0, low + 1.4), (-width - 1.6, low - 3.2)),
    )
    return [Part(tube, trim, Folds("rib" if kind == "turtle" else "none"), round_cm=3.2, shadow=0.3)]


def _hood(cloth: Cloth, depth: float) -> list[Part]:
    inner = smooth((0.4, depth + 1.8), (5, 34.5), (8.4, 29.5), (9.8, 24))
    leaf = join(inner, smooth((12.4, 26.5), (11.6, 33), (6, 38.6), (0.4, depth + 4.5)))
    cords = [ribbon(smooth((x, 37), (x * 1.1, 44), (x, 51)), 0.7, 0) for x in (-3.5, 3.0)]
    folds = Folds("crumple", 0.7, seed=2)
    return [
        *(Part(piece, cloth, folds, round_cm=2.2, shadow=0.4) for piece in (flipped(leaf), leaf)),
        *(Part(cord, plain("white"), round_cm=0.4, shadow=0.5) for cord in cords),
    ]


def _bow(trim: Cloth) -> list[Part]:
    loop = smooth((0, 34.5), (5, 31.6), (8.6, 33.5), (7.6, 37.6), (0, 35.6))
    tail = smooth((-0.6, 35), (2.4, 43), (5.6, 51), (2.2, 52), (-1.5, 42), (-1.4, 35))
    folds, pieces = Folds("crumple", 0.7, seed=4), (flipped(tail), tail, flipped(loop), loop)
    knot = Part(rounded(-1.6, 33.2, 1.6, 36.8, 1), trim, round_cm=0.9)
    return [*(Part(piece, trim, folds, round_cm=1.4, shadow=0.45) for piece in pieces), knot]
