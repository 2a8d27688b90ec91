"""Pants, shorts and skirts: a waistband, and legs or a fall of cloth below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.body import ANKLE_Y, CROTCH_Y, HIP_Y, KNEE_Y, WAIST_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke, hanging, plain
from demo.geometry import Points, flipped, join, mirrored, path, rounded, smooth
from demo.trimmings import both, button

STITCH = (0.80, 0.58, 0.28)
METAL = plain("gold", "metal")


@dataclass(frozen=True, slots=True)
class Legs:
    """The cut of pants or shorts: `hem` is a height on the body, widths are half-widths of a leg in cm."""

    hem: float = 160.0
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


def cut_legs(legs: Legs, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    """Return the pieces of pants or shorts, from back to front."""
    denim = legs.band == "jeans"
    outline = mirrored(_half(legs, body))
    seams = (*_leg_creases(legs, body, seed), *_leg_seams(legs, body, denim))
    main = Part(outline, cloth, Folds("crumple", 0.8, seed=seed), seams, round_cm=7, depth=0.32, shadow=0.25)
    return [
        main,
        *_turn_ups(legs, cloth, body),
        *_leg_extras(legs, cloth, trim, body),
        *_band(legs, cloth, trim, body, denim),
    ]


def _half(legs: Legs, body: Body) -> Points:
    heights = [CROTCH_Y + 2, *(y for y in (CROTCH_Y + 14, KNEE_Y, KNEE_Y + 18) if y < legs.hem - 5), legs.hem]
    out = [(body.leg_middle(y) + _leg_width(legs, y), y) for y in heights]
    inner = [(max(0.35, body.leg_middle(y) - _leg_width(legs, y)), y) for y in heights[1:]][::-1]
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
    thread = STITCH if denim else None
    strokes = [Stroke(path((0, legs.waist_y + 3), (0, CROTCH_Y + 1.6)), 0.25, groove=-0.3),
               Stroke(smooth((2.6, legs.waist_y + 3.5), (2.4, HIP_Y - 8), (0.2, HIP_Y - 1)), 0.22, thread, groove=-0.1, dash=1.1 if denim else 0)]  # fmt: skip
    for side in (-1, 1):
        if legs.pockets != "none":
            wide = body.half_width(legs.waist_y + 13) + 0.3
            line = smooth(
                (side * (wide - 8), legs.waist_y + 3.4),
                (side * (wide - 5), legs.waist_y + 9),
                (side * wide, legs.waist_y + 12.5),
            )
            strokes += [
                Stroke(line, 0.4, groove=-0.4),
                Stroke(line + (side * -0.5, 0.5), 0.2, thread, dash=1.1 if denim else 0, groove=-0.05),
            ]
        middle = [(side * body.leg_middle(y), y) for y in np.linspace(HIP_Y + 2, legs.hem, 6)]
        if legs.crease:
            strokes.append(Stroke(smooth(*middle), 0.5, groove=0.5))
        if denim:
            fade = smooth(*middle[:4])
            strokes.append(Stroke(fade, 8, (0.78, 0.83, 0.9), 0.3, soft=True))
        if legs.stripe:
            side_line = smooth(
                *(
                    (side * (body.leg_middle(y) + _leg_width(legs, y) - 1.6), y)
                    for y in np.linspace(HIP_Y + 4, legs.hem, 6)
                )
            )
            strokes.append(Stroke(side_line, 1.5, (0.95, 0.95, 0.95)))
        x, wide = side * body.leg_middle(legs.hem), _leg_width(legs, legs.hem)
        strokes.append(
            Stroke(
                smooth((x - wide, legs.hem - 2), (x, legs.hem - 1.2), (x + wide, legs.hem - 2)),
                0.25,
                thread,
                groove=-0.15,
            )
        )
        if legs.rips:
            for y in (KNEE_Y - 5, KNEE_Y - 1, KNEE_Y + 9):
                x = side * body.leg_middle(y)
                strokes.append(
                    Stroke(smooth((x - 3.5, y), (x, y + 0.5), (x + 3.6, y - 0.2)), 0.9, (0.9, 0.9, 0.92), 0.9, -0.2)
                )
    return tuple(strokes)


def _turn_ups(legs: Legs, cloth: Cloth, body: Body) -> list[Part]:
    if not legs.turn_up:
        return []
    x, wide = body.leg_middle(legs.hem), _leg_width(legs, legs.hem) + 0.35
    cuff = join(smooth((x - wide, legs.hem - legs.turn_up), (x, legs.hem - legs.turn_up + 0.8), (x + wide, legs.hem - legs.turn_up)),
                smooth((x + wide, legs.hem), (x, legs.hem + 0.8), (x - wide, legs.hem)))  # fmt: skip
    return [Part(piece, cloth.tinted(1.18), round_cm=2.5, shadow=0.35) for piece in both(cuff)]


def _leg_extras(legs: Legs, cloth: Cloth, trim: Cloth, body: Body) -> list[Part]:
    if legs.pockets != "cargo":
        return []
    y = min(KNEE_Y - 20, legs.hem - 20)
    x = body.leg_middle(y) + _leg_width(legs, y) - 4.2
    pocket, flap = rounded(x - 4.8, y, x + 4.8, y + 13, 1), rounded(x - 5.2, y - 1, x + 5.2, y + 3.4, 0.8)
    return [Part(piece, cloth, strokes=(Stroke(path((x, y), (x, y + 13)), 0.2, groove=-0.2),), round_cm=1.4, shadow=0.4)
            for shape in (pocket, flap) for piece in both(shape)]  # fmt: skip


def _band(cut: Legs | Fall, cloth: Cloth, trim: Cloth, body: Body, denim: bool) -> list[Part]:
    y, tall = cut.waist_y, 4.6 if cut.band == "elastic" else 3.6
    top, low = body.half_width(y) + 0.5, body.half_width(y + tall) + 0.6
    outline = join(
        smooth((-top, y - 0.2), (0, y + 0.8), (top, y - 0.2)),
        smooth((low, y + tall - 0.5), (0, y + tall + 0.7), (-low, y + tall - 0.5)),
    )
    inside = Part(join(smooth((-top, y - 0.2), (0, y - 1.5), (top, y - 0.2)), smooth((top, y + 0.4), (0, y + 1.2), (-top, y + 0.4))),
                  cloth.tinted(0.6), round_cm=1, behind=True, shadow=0)  # fmt: skip
    if cut.band == "elastic":
        cords = [Part(join(line, line[::-1] + (0.6, 0)), plain("white"), round_cm=0.3, shadow=0.5)
                 for line in (smooth((-0.6, y + 3), (-1.8, y + 9), (-1.2, y + 14)), smooth((0.6, y + 3), (2.2, y + 8), (2.0, y + 13)))]  # fmt: skip
        return [inside, Part(outline, trim, Folds("rib", 1.6), round_cm=2, shadow=0.25), *cords]
    thread = STITCH if denim else None
    edge = Stroke(outline[::-1][: len(outline) // 2] - (0, 0.6), 0.18, thread, dash=1.0 if denim else 0, groove=-0.08)
    loops = [
        Part(rounded(x - 0.6, y - 0.3, x + 0.6, y + tall + 0.9, 0.3), cloth, round_cm=0.4, shadow=0.4)
        for x in (-top * 0.58, top * 0.58)
    ]
    return [inside, Part(outline, cloth, strokes=(edge,), round_cm=2.2, shadow=0.25), *loops,
            button(0, y + tall / 2 + 0.6, 0.85, METAL if denim else cloth.plain().tinted(0.7))]  # fmt: skip


def cut_fall(fall: Fall, cloth: Cloth, trim: Cloth, body: Body, seed: int) -> list[Part]:
    """Return the pieces of a skirt, from back to front."""
    outline = _fall_outline(fall, body, seed)
    main = Part(outline, cloth, _folds(fall, seed), _fall_seams(fall, body), round_cm=9, depth=0.26, shadow=0.25)
    extras: list[Part] = []
    if fall.front == "buttons":
        extras = [
            button(0, float(y), 0.85, METAL if fall.band == "jeans" else trim)
            for y in np.arange(fall.waist_y + 8, fall.hem - 4, 7.0)
        ]
    return [main, *extras, *_band(fall, cloth, trim, body, fall.band == "jeans")]


def _folds(fall: Fall, seed: int) -> Folds:
    return Folds(fall.folds, 1.0, fall.pleat, top=fall.waist_y + 2, fan=0.0018 * max(fall.flare, 0), seed=seed)


def _fall_width(fall: Fall, body: Body, y: float) -> float:
    natural = body.half_width(y) + fall.ease
    flared = body.half_width(fall.waist_y) + 0.6 + max(fall.flare, 0) * ((y - fall.waist_y) / 40) ** 0.85
    narrowed = min(fall.flare, 0) * max(0.0, y - HIP_Y) / 40
    return max(natural + narrowed, flared)


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
            strokes += [Stroke(line, 0.3, groove=-0.4), Stroke(line + (0, 0.6), 0.18, STITCH, dash=1.1)]
        strokes.append(Stroke(path((0, fall.waist_y + 3), (0, HIP_Y)), 0.3, groove=-0.3))
    return tuple(strokes)
