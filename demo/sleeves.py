"""Sleeves: tubes along an arm, with cuffs and the folds of an elbow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.body import CHEST_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke
from demo.geometry import Pair, Points, along, join, limb, path, smooth

if TYPE_CHECKING:
    from demo.tops import Top


def sleeve(top: Top, cloth: Cloth, trim: Cloth, body: Body, side: int, seed: int) -> list[Part]:
    """Return the pieces of one sleeve; `side` is 1 on the viewer's right, -1 on the left."""
    if top.sleeve <= 0:
        return []
    arm = along(body.arm(side), top.sleeve)
    reach = np.linspace(0, 1, 5) * top.sleeve
    widths = np.interp(reach, (0, 0.5, 1.0), (7.0, 5.0, 3.6)) + top.sleeve_ease * np.linspace(0.8, 1, 5)
    widths += top.puff * np.sin(np.linspace(0.25, 1, 5) * np.pi) * np.array([1, 1, 1, 1, 0.6])
    outline = _capped(limb(arm, [float(width) for width in widths]), top, body, side)
    angle = _lean(arm)
    pieces = [
        Part(
            outline,
            cloth,
            Folds("quilt" if top.folds == "quilt" else "crumple", 1.0, top.pleat, seed=seed + side + 3),
            _elbow(arm, top, side, seed),
            round_cm=5.5,
            depth=0.36,
            grain=angle,
            shadow=0.2,
        )
    ]
    return [*pieces, *_cuff(top, cloth, trim, body, side, angle, float(widths[-1]))]


def _cuff(top: Top, cloth: Cloth, trim: Cloth, body: Body, side: int, angle: float, width: float) -> list[Part]:
    if top.cuff == "none":
        return []
    rib = top.cuff == "rib"
    end = along(body.arm(side), top.sleeve + (0.06 if rib else 0.035))
    start, wide = _back_along(end, 4.0 if rib else 4.6), width * (0.78 if rib else 0.96)
    tube = limb([start, end[-1]], [wide * 1.04, wide])
    folds = Folds("rib") if rib else Folds("none")
    return [Part(tube, trim if rib else cloth, folds, round_cm=2.5, grain=angle, shadow=0.2)]


def _capped(tube: Points, top: Top, body: Body, side: int) -> Points:
    """Return a sleeve whose upper end runs from the tip of the shoulder to the armpit."""
    out = body.shoulder + 0.25 * top.ease - 0.8
    tip, armpit = (side * out, body.shoulder_line(out) - 0.25), (side * (body.chest + top.ease - 1), CHEST_Y + 1.5)
    count = len(tube) // 2
    outer, inner = (tube[count:][::-1], tube[:count]) if side > 0 else (tube[:count], tube[count:][::-1])
    outer, inner = outer[np.abs(outer[:, 0]) > out + 0.6], inner[inner[:, 1] > armpit[1] + 1]
    cap = smooth(tip, *((float(x), float(y)) for x, y in outer[3:5])) if len(outer) > 5 else outer[:0]
    return join(
        path((0.6 * tip[0], tip[1]), tip),
        cap,
        outer[5 if len(outer) > 5 else 1 :],
        inner[::-1],
        path(armpit, (0.6 * tip[0], armpit[1])),
    )


def _back_along(arm: list[Pair], length: float) -> Pair:
    (ax, ay), (bx, by) = arm[-2], arm[-1]
    share = length / max(float(np.hypot(bx - ax, by - ay)), 1e-6)
    return bx + (ax - bx) * share, by + (ay - by) * share


def _lean(arm: list[Pair]) -> float:
    (ax, ay), (bx, by) = arm[0], arm[-1]
    return float(-np.degrees(np.arctan2(bx - ax, by - ay)))


def _elbow(arm: list[Pair], top: Top, side: int, seed: int) -> tuple[Stroke, ...]:
    if top.folds == "quilt":
        return ()
    random = np.random.default_rng(seed * 2 + side + 1)
    (ax, ay), (bx, by) = arm[0], arm[1]
    strokes = []
    for share in (0.25, 0.5, 0.8, 1.0):
        x, y = ax + (bx - ax) * share, ay + (by - ay) * share + random.uniform(-2, 2)
        lean = random.uniform(0.5, 2.5)
        line = smooth((x - 5 * side, y + lean), (x, y + lean * 0.2), (x + 3 * side, y - lean))
        strokes.append(Stroke(line, 1.3, groove=random.uniform(-0.35, -0.1)))
    if len(arm) > 2:
        (ax, ay), (bx, by) = arm[1], arm[2]
        for share in (0.15, 0.4, 0.75):
            x, y = ax + (bx - ax) * share, ay + (by - ay) * share
            line = smooth((x - 4.5 * side, y + random.uniform(0, 3)), (x + 4 * side, y - random.uniform(0, 3)))
            strokes.append(Stroke(line, 1.2, groove=random.uniform(-0.35, -0.1)))
    return tuple(strokes)
