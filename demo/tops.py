"""Shirts, jackets and dresses: a trunk with a neckline, sleeves, and what is sewn on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo import trimmings
from demo.body import CHEST_Y, HIP_Y, SHOULDER_Y, WAIST_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke, hanging
from demo.geometry import Points, ellipse, flipped, join, mirrored, path, shifted, smooth
from demo.sleeves import sleeve

STITCH = (0.80, 0.58, 0.28)

# half-width of the neck opening, and the height of its lowest point
NECKS: dict[str, tuple[float, float]] = {
    "crew": (8.2, 34.5), "v": (8.6, 46.0), "scoop": (10.5, 43.0), "boat": (13.5, 32.8), "square": (10.5, 42.0),
    "strap": (10.0, 45.0), "turtle": (7.0, 31.0), "shirt": (7.0, 33.0), "lapel": (8.0, 62.0), "wrap": (9.0, 53.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Top:
    """The cut of a shirt, jacket or dress. Lengths in cm; `hem` is a height on the body, ease is added half-width."""

    hem: float = 90.0
    neck: str = "crew"
    collar: str = "none"  # none, rib, shirt, lapel, hood, turtle, stand, bow
    front: str = "none"  # none, buttons, placket, zip, open, double, wrap, slant
    sleeve: float = 0.32  # share of the arm that is covered
    sleeve_ease: float = 2.2
    puff: float = 0.0
    ease: float = 2.5
    waist: float = 3.0
    flare: float = 0.0
    cuff: str = "none"  # none, rib, cuff
    hem_band: float = 0.0
    hem_curve: float = 0.6
    pockets: str = "none"  # none, chest, chest pair, kangaroo, flap, welt
    folds: str = "crumple"
    pleat: float = 9.0
    belt: bool = False
    waist_seam: bool = False
    bare_shoulder: float = 0.0  # how far a sleeveless armhole is cut in
    stitch: bool = False


def cut(top: Top, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    """Return the pieces of a top, from back to front."""
    front = _front(top, cloth, trim, body, seed)
    sleeves = [piece for side in (-1, 1) for piece in sleeve(top, cloth, trim, body, side, seed)]
    return [*_inside(top, cloth, body), *sleeves, *front, *trimmings.of_top(top, cloth, trim, body, neck(top))]


def neck(top: Top) -> tuple[float, float]:
    """Return the half-width and the lowest height of the neck opening."""
    return NECKS[top.neck]


def half_width(top: Top, body: Body, y: float) -> float:
    """Return how wide the trunk of the garment is at a height."""
    ease = float(np.interp(y, (CHEST_Y, WAIST_Y, HIP_Y), (top.ease, top.waist, max(top.ease, top.waist) * 0.8)))
    below = max(0.0, y - WAIST_Y) / 40
    return body.half_width(y) + ease + top.flare * below


def half_outline(top: Top, body: Body) -> Points:
    """Return the right half of the trunk, from the middle of the neck round to the middle of the hem."""
    return join(_neckline(top, body), _armhole(top, body), _side(top, body), _hem(top, body))


def _neckline(top: Top, body: Body) -> Points:
    width, depth = neck(top)
    edge = (width, body.shoulder_line(width))
    if top.neck in ("v", "lapel", "wrap", "shirt"):
        return smooth((0, depth), (width * 0.5, (depth + edge[1]) / 2 + 0.6), edge)
    if top.neck in ("square", "strap"):
        dip = 1.0 if top.neck == "strap" else 0.0
        return join(smooth((0, depth + dip), (width * 0.5, depth), (width - 0.6, depth - dip)), path(edge))
    bottom = [(width * np.cos(a), edge[1] + (depth - edge[1]) * np.sin(a)) for a in np.radians((90, 68, 45, 22, 0))]
    return smooth(*bottom)


def _armhole(top: Top, body: Body) -> Points:
    width, _ = neck(top)
    deep = (body.chest + top.ease, CHEST_Y - 1 + 0.5 * top.ease)
    if top.sleeve > 0:
        out = body.shoulder + 0.25 * top.ease
        return smooth((out, body.shoulder_line(out)), (out - 1.2, (SHOULDER_Y + deep[1]) / 2), deep)
    out = max(width + (1.4 if top.neck == "strap" else 3.2), body.shoulder - 4.5 - top.bare_shoulder)
    return smooth((out, body.shoulder_line(out)), (out - 0.6, 38.5), (min(out + 0.6, deep[0] - 1.5), 43.2), deep)


def _side(top: Top, body: Body) -> Points:
    heights = [CHEST_Y + 6, (CHEST_Y + WAIST_Y) / 2 + 3, WAIST_Y, WAIST_Y + 9, HIP_Y - 3]
    heights = [y for y in heights if y < top.hem - 4]
    heights += [y for y in np.linspace(HIP_Y, top.hem, 4)[1:-1] if y < top.hem - 4 and top.hem > HIP_Y + 12]
    return smooth(*((half_width(top, body, y), y) for y in [*heights, top.hem - top.hem_curve]))


def _hem(top: Top, body: Body) -> Points:
    wide = half_width(top, body, top.hem)
    x = np.linspace(wide, 0, 40)
    y = top.hem - top.hem_curve * (x / wide) ** 2
    if top.folds in ("drape", "pleats"):
        y = y + 0.8 * hanging(_folds(top, 0), x, top.hem) * (1 - (x / wide) ** 6)
    return np.stack([x, y], axis=1)


def _front(top: Top, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    half = half_outline(top, body)
    folds = _folds(top, seed)
    seams = (*_creases(top, body, seed), *_seams(top, body))
    if top.front == "open":
        gap = smooth((2.6, top.hem), (2.2, HIP_Y - 10), (2.8, CHEST_Y + 6), (neck(top)[0] - 2, 34))
        right = join(half[half[:, 0] > 2.6], gap)
        return [Part(piece, cloth, folds, seams, round_cm=9, depth=0.2) for piece in (flipped(right), right)]
    return [Part(mirrored(half), cloth, folds, seams, round_cm=11, depth=0.26, shadow=0.25)]


def _folds(top: Top, seed: int) -> Folds:
    if top.folds == "quilt":
        return Folds("quilt", 1.6, top.pleat, seed=seed)
    start = WAIST_Y if top.hem > HIP_Y + 8 else CHEST_Y
    return Folds(top.folds, 1.0, top.pleat, top=start, fan=0.0018 * top.flare, seed=seed)


def _creases(top: Top, body: Body, seed: int) -> tuple[Stroke, ...]:
    """Return the soft folds that pull from the armpits and lie about the waist."""
    if top.folds == "quilt":
        return ()
    random = np.random.default_rng(seed)
    strokes = []
    for side in (-1, 1):
        for _ in range(3):
            x, y = side * (body.chest + top.ease - 1), CHEST_Y + random.uniform(-1, 3)
            reach, fall = random.uniform(5, 11), random.uniform(2, 12)
            line = smooth((x, y), (x - side * reach * 0.5, y + fall * 0.35), (x - side * reach, y + fall))
            strokes.append(Stroke(line, 1.5, groove=random.uniform(-0.5, -0.2)))
        for _ in range(2):
            y = WAIST_Y + random.uniform(-6, 8)
            if y < top.hem - 6:
                wide = half_width(top, body, y)
                line = smooth((side * wide, y), (side * wide * 0.7, y + 1.8), (side * wide * 0.45, y + 1.2))
                strokes.append(Stroke(line, 1.6, groove=random.uniform(-0.5, -0.2)))
    return tuple(strokes)


def _seams(top: Top, body: Body) -> tuple[Stroke, ...]:
    seams = []
    if top.hem_band == 0:
        hem = shifted(_hem(top, body), 0, -1.6)
        seams.append(Stroke(join(hem, flipped(hem)[::-1]), 0.22, groove=-0.12))
    if top.waist_seam:
        wide = half_width(top, body, WAIST_Y)
        seams.append(
            Stroke(smooth((-wide, WAIST_Y - 0.5), (0, WAIST_Y + 0.7), (wide, WAIST_Y - 0.5)), 0.5, groove=-0.5)
        )
    if top.stitch:
        wide = body.chest + top.ease
        seams.append(Stroke(smooth((-wide, 41.6), (0, 42.2), (wide, 41.6)), 0.2, STITCH, groove=-0.1, dash=1.0))
        seams += [
            Stroke(smooth((s * 6, 52), (s * 4.2, top.hem - 4)), 0.2, STITCH, groove=-0.1, dash=1.0) for s in (-1, 1)
        ]
    return tuple(seams)


def _inside(top: Top, cloth: Cloth, body: Body) -> list[Part]:
    """Return what is seen of the back through the neck opening, and the hood or collar behind the neck."""
    width, depth = neck(top)
    edge = body.shoulder_line(width)
    back = join(
        ellipse(0, edge - 0.4, width + 0.3, 2.6, 180, 360)[::-1] * (1, 0.35) + (0, edge * 0.65 + 0.4),
        path((-width, edge), (-width * 0.6, depth + 1), (0, depth + 3), (width * 0.6, depth + 1), (width, edge)),
    )
    if top.front == "open":
        back = mirrored(half_outline(top, body))
    pieces = [Part(back, cloth.tinted(0.62), round_cm=2, behind=True, shadow=0)]
    if top.collar == "hood":
        hood = smooth((-9.5, 31), (-12.5, 27), (-11, 20), (0, 16.5), (11, 20), (12.5, 27), (9.5, 31))
        pieces.append(Part(hood, cloth, Folds("crumple", 1.0, seed=5), round_cm=4, behind=True))
        pieces.append(Part(ellipse(0, 27.5, 8.2, 7.0), cloth.tinted(0.6), round_cm=3, behind=True, shadow=0))
    if top.collar in ("shirt", "stand", "lapel"):
        stand = join(
            ellipse(0, edge + 0.2, width + 0.2, 4.4, 180, 360)[::4], path((width, edge + 1.5), (-width, edge + 1.5))
        )
        pieces.append(Part(stand, cloth.tinted(0.8), round_cm=1.2, behind=True, shadow=0))
    return pieces
