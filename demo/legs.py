"""Pants and shorts: a waistband, and two legs below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.body import ANKLE_Y, CROTCH_Y, HIP_Y, KNEE_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke
from demo.geometry import Points, join, mirrored, path, rounded, shifted, smooth
from demo.trimmings import both
from demo.waistband import STITCH, waistband


@dataclass(frozen=True, slots=True)
class Legs:
    """The cut of pants or shorts: `hem` is a height on the body, widths are half-widths of a leg in cm."""

    hem: float = 165.0
    thigh: float = 9.6
    knee: float = 7.4
    ankle: float = 6.6
    waist_y: float = 67.0
    band: str = "band"  # band, elastic, jeans
    pockets: str = "slant"  # slant, cargo, none
    crease: bool = False
    turn_up: float = 0.0
    rips: bool = False
    stripe: bool = False


def cut(legs: Legs, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    """Return the pieces of pants or shorts, from back to front."""
    denim = legs.band == "jeans"
    outline = mirrored(_half(legs, body))
    seams = (*_leg_creases(legs, body, seed), *_leg_seams(legs, body, denim))
    main = Part(outline, cloth, Folds("crumple", 0.8, seed=seed), seams, round_cm=7, depth=0.32, shadow=0.25)
    return [
        main,
        *_turn_ups(legs, cloth, body),
        *_leg_extras(legs, cloth, trim, body),
        *waistband(legs.band, legs.waist_y, cloth, trim, body),
    ]


def _half(legs: Legs, body: Body) -> Points:
    heights = [CROTCH_Y + 2, *(y for y in (CROTCH_Y + 14, KNEE_Y, KNEE_Y + 18) if y < legs.hem - 5), legs.hem]
    out = [(body.leg_middle(y) + _leg_width(legs, y), y) for y in heights]
    apart = max(0.0, body.feet - 10) * 0.007  # laid legs spread from the crotch on, worn ones touch
    inner = [(max(0.35 + apart * (y - CROTCH_Y), body.leg_middle(y) - _leg_width(legs, y)), y) for y in heights[1:]][
        ::-1
    ]
    waist = body.half_width(legs.waist_y) + 0.4
    hips = [(waist, legs.waist_y), (waist + (body.hip - waist) * 0.65, HIP_Y - 11), (body.hip + 0.7, HIP_Y - 2)]
    hem = smooth(out[-1], (body.leg_middle(legs.hem), legs.hem + 0.8), inner[0])
    return join(
        path((0, legs.waist_y + 0.8)),
        smooth(*hips, *out),
        hem,
        smooth(*inner),
        path((0.25, CROTCH_Y + 2.4), (0, CROTCH_Y + 1.6)),
    )


def _leg_width(legs: Legs, y: float) -> float:
    return float(np.interp(y, (CROTCH_Y, KNEE_Y, ANKLE_Y), (legs.thigh, legs.knee, legs.ankle)))


def _leg_creases(legs: Legs, body: Body, seed: int) -> tuple[Stroke, ...]:
    random = np.random.default_rng(seed)
    strokes = []
    for side in (-1, 1):
        for place in range(4):
            y = CROTCH_Y - 3 + place * 2.6
            line = smooth(
                (side * 0.8, y), (side * 6, y - 1.5 + place), (side * random.uniform(9, 15), y - 3 + 2 * place)
            )
            strokes.append(Stroke(line, 1.1, groove=random.uniform(-0.4, -0.12)))
        for y in (KNEE_Y - 4, KNEE_Y, KNEE_Y + 5, ANKLE_Y - 14, ANKLE_Y - 8, ANKLE_Y - 3):
            if y < legs.hem - 2:
                x, wide = side * body.leg_middle(y), _leg_width(legs, y)
                dip = random.uniform(-2, 2)
                line = smooth((x - wide, y + dip), (x, y + 1), (x + wide * 0.6, y - dip))
                strokes.append(Stroke(line, 1.3, groove=random.uniform(-0.38, -0.08)))
    return tuple(strokes)


def _leg_seams(legs: Legs, body: Body, denim: bool) -> tuple[Stroke, ...]:
    thread, dash = (STITCH, 1.1) if denim else (None, 0.0)
    fly = smooth((2.6, legs.waist_y + 3.5), (2.4, HIP_Y - 8), (0.2, HIP_Y - 1))
    strokes = [
        Stroke(path((0, legs.waist_y + 3), (0, CROTCH_Y + 1.6)), 0.25, groove=-0.3),
        Stroke(fly, 0.22, thread, groove=-0.1, dash=dash),
    ]
    for side in (-1, 1):
        x, wide = side * body.leg_middle(legs.hem), _leg_width(legs, legs.hem)
        hem = smooth((x - wide, legs.hem - 2), (x, legs.hem - 1.2), (x + wide, legs.hem - 2))
        strokes.append(Stroke(hem, 0.25, thread, groove=-0.15))
        if legs.pockets != "none":
            pocket = _pocket_line(legs, body, side)
            seam = Stroke(shifted(pocket, side * -0.5, 0.5), 0.2, thread, dash=dash, groove=-0.05)
            strokes += [Stroke(pocket, 0.4, groove=-0.4), seam]
        strokes += _down_the_leg(legs, body, side, denim)
    return tuple(strokes)


def _pocket_line(legs: Legs, body: Body, side: int) -> Points:
    y, wide = legs.waist_y, body.half_width(legs.waist_y + 13) + 0.3
    return smooth((side * (wide - 8), y + 3.4), (side * (wide - 5), y + 9), (side * wide, y + 12.5))


def _down_the_leg(legs: Legs, body: Body, side: int, denim: bool) -> list[Stroke]:
    """Return what runs along a leg: an ironed crease, the fading of denim, a stripe at the side, rips at the knee."""
    heights = [float(y) for y in np.linspace(HIP_Y + 2, legs.hem, 6)]
    middle = [(side * body.leg_middle(y), y) for y in heights]
    strokes = []
    if legs.crease:
        strokes.append(Stroke(smooth(*middle), 0.5, groove=0.5))
    if denim:
        strokes.append(Stroke(smooth(*middle[:4]), 8, (0.78, 0.83, 0.9), 0.3, soft=True))
    if legs.stripe:
        outer = [(x + side * (_leg_width(legs, y) - 1.6), y) for x, y in middle]
        strokes.append(Stroke(smooth(*outer), 1.5, (0.95, 0.95, 0.95)))
    if legs.rips:
        for y in (KNEE_Y - 5, KNEE_Y - 1, KNEE_Y + 9):
            x = side * body.leg_middle(y)
            tear = smooth((x - 3.5, y), (x, y + 0.5), (x + 3.6, y - 0.2))
            strokes.append(Stroke(tear, 0.9, (0.9, 0.9, 0.92), 0.9, -0.2))
    return strokes


def _turn_ups(legs: Legs, cloth: Cloth, body: Body) -> list[Part]:
    if not legs.turn_up:
        return []
    x, wide = body.leg_middle(legs.hem), _leg_width(legs, legs.hem) + 0.35
    cuff = join(
        smooth(
            (x - wide, legs.hem - legs.turn_up), (x, legs.hem - legs.turn_up + 0.8), (x + wide, legs.hem - legs.turn_up)
        ),
        smooth((x + wide, legs.hem), (x, legs.hem + 0.8), (x - wide, legs.hem)),
    )
    return [Part(piece, cloth.tinted(1.18), round_cm=2.5, shadow=0.35) for piece in both(cuff)]


def _leg_extras(legs: Legs, cloth: Cloth, trim: Cloth, body: Body) -> list[Part]:
    if legs.pockets != "cargo":
        return []
    y = min(KNEE_Y - 20, legs.hem - 20)
    x = body.leg_middle(y) + _leg_width(legs, y) - 4.2
    pocket, flap = rounded(x - 4.8, y, x + 4.8, y + 13, 1), rounded(x - 5.2, y - 1, x + 5.2, y + 3.4, 0.8)
    return [
        Part(piece, cloth, strokes=(Stroke(path((x, y), (x, y + 13)), 0.2, groove=-0.2),), round_cm=1.4, shadow=0.4)
        for shape in (pocket, flap)
        for piece in both(shape)
    ]
