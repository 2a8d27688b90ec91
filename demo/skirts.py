"""Skirts: a waistband, and a fall of cloth below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.body import HIP_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke, hanging
from demo.fastenings import button
from demo.geometry import Points, flipped, join, path, shifted, smooth
from demo.waistband import METAL, STITCH, waistband


@dataclass(frozen=True, slots=True)
class Fall:
    """The cut of a skirt: `hem` and `waist_y` are heights on the body; `flare` is the half-width gained per 40 cm."""

    hem: float = 110.0
    flare: float = 6.0
    ease: float = 0.8
    folds: str = "drape"
    pleat: float = 7.0
    waist_y: float = 66.0
    band: str = "band"  # band, elastic, jeans
    front: str = "none"  # none, buttons, slit, tiers


def cut(fall: Fall, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    """Return the pieces of a skirt, from back to front."""
    outline = _fall_outline(fall, body, seed)
    main = Part(outline, cloth, _folds(fall, seed), _fall_seams(fall, body), round_cm=9, depth=0.26, shadow=0.25)
    extras: list[Part] = []
    if fall.front == "buttons":
        extras = [
            button(0, float(y), 0.85, METAL if fall.band == "jeans" else trim)
            for y in np.arange(fall.waist_y + 8, fall.hem - 4, 7.0)
        ]
    return [main, *extras, *waistband(fall.band, fall.waist_y, cloth, trim, body)]


def _folds(fall: Fall, seed: int) -> Folds:
    return Folds(fall.folds, 1.0, fall.pleat, top=fall.waist_y + 2, fan=0.0018 * max(fall.flare, 0), seed=seed)


def _fall_width(fall: Fall, body: Body, y: float) -> float:
    natural = body.half_width(y) + fall.ease
    flared = body.half_width(fall.waist_y) + 0.6 + max(fall.flare, 0) * ((y - fall.waist_y) / 40) ** 0.85
    narrowed = min(fall.flare, 0) * max(0.0, y - HIP_Y) / 40
    return float(max(natural + narrowed, flared))


def _fall_outline(fall: Fall, body: Body, seed: int) -> Points:
    heights = [fall.waist_y, *(y for y in (fall.waist_y + 8, HIP_Y - 5, HIP_Y + 5) if y < fall.hem - 5)]
    heights += [float(y) for y in np.linspace(HIP_Y + 5, fall.hem, 4)[1:] if fall.hem > HIP_Y + 12] or [fall.hem]
    side = smooth(*((_fall_width(fall, body, y), y) for y in heights))
    wide = _fall_width(fall, body, fall.hem)
    x = np.linspace(wide, -wide, 120)
    y = fall.hem + 1.2 - 1.6 * (x / wide) ** 2
    if fall.folds in ("drape", "pleats"):
        y = y + 0.8 * hanging(_folds(fall, seed), x, fall.hem) * (1 - (x / wide) ** 6)
    return join(path((0, fall.waist_y + 0.8)), side, np.stack([x, y], axis=1), flipped(side)[::-1])


def _fall_seams(fall: Fall, body: Body) -> tuple[Stroke, ...]:
    wide = _fall_width(fall, body, fall.hem)
    strokes = []
    if fall.folds in ("crumple", "none"):
        strokes.append(
            Stroke(
                smooth((-wide, fall.hem - 2.2), (0, fall.hem - 0.8), (wide, fall.hem - 2.2)),
                0.25,
                STITCH if fall.band == "jeans" else None,
                groove=-0.15,
            )
        )
    if fall.front == "slit":
        strokes.append(
            Stroke(
                smooth((7, HIP_Y + 16), (7.2, fall.hem - 10), (8.5, fall.hem)), 0.8, (0.1, 0.08, 0.08), 0.5, groove=-0.8
            )
        )
    if fall.front == "buttons":
        strokes.append(Stroke(path((1.6, fall.waist_y + 3), (1.6, fall.hem)), 0.25, groove=-0.35))
    if fall.front == "tiers":
        for share in (0.36, 0.68):
            y = fall.waist_y + share * (fall.hem - fall.waist_y)
            w = _fall_width(fall, body, y)
            strokes.append(Stroke(smooth((-w, y - 1), (0, y + 0.6), (w, y - 1)), 0.8, groove=-0.9))
    if fall.band == "jeans":
        for side in (-1, 1):
            top = body.half_width(fall.waist_y + 12)
            line = smooth(
                (side * (top - 8), fall.waist_y + 3.4),
                (side * (top - 5.5), fall.waist_y + 9),
                (side * top, fall.waist_y + 12),
            )
            strokes += [Stroke(line, 0.3, groove=-0.4), Stroke(shifted(line, 0, 0.6), 0.18, STITCH, dash=1.1)]
        strokes.append(Stroke(path((0, fall.waist_y + 3), (0, HIP_Y)), 0.3, groove=-0.3))
    return tuple(strokes)
