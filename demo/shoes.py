"""Shoes, drawn from the side: toe to the right, the ground at y = 0, the heel at x = 0. Worn ones turn outwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.body import GROUND_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke, moved, plain
from demo.geometry import Points, affine, ellipse, join, path, shifted, smooth

SOLE = plain("ivory", "rubber")
DARK_SOLE = plain("black", "rubber")
DARK = (0.06, 0.06, 0.07)
LACE = plain("white", "cotton")
WORN_WIDTH = 0.66  # of its length, what is seen of a foot that points to the front and a little outwards


@dataclass(frozen=True, slots=True)
class Shoe:
    """The cut of a shoe: a kind, the height of its shaft and of its heel in cm."""

    kind: str = "sneaker"  # sneaker, boot, pump, loafer, flat
    shaft: float = 9.0
    heel: float = 0.0
    light_sole: bool = True
    stripes: bool = False


def cut(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    """Return the pieces of one shoe, from back to front."""
    return {"sneaker": _sneaker, "boot": _boot, "pump": _pump, "loafer": _loafer, "flat": _flat}[shoe.kind](
        shoe, cloth, trim
    )


def pair(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    """Return both shoes as they stand beside each other in a shop's picture."""
    one = cut(shoe, cloth, trim)
    far = affine((0.96, 0.96), -2, (6.5, -5.2))
    return [*(moved(part, far) for part in one), *one]


def worn(shoe: Shoe, cloth: Cloth, trim: Cloth, body: Body) -> list[Part]:
    """Return both shoes on the feet of a body."""
    pieces = []
    for side in (-1, 1):
        at = affine((side * WORN_WIDTH, 0.92), 0, (side * (body.feet - 5.0 * WORN_WIDTH), GROUND_Y + 1))
        pieces += [moved(part, at) for part in cut(shoe, cloth, trim)]
    return pieces


def foot(body: Body, side: int, skin: Cloth, heel: float) -> Part:
    """Return a bare foot, standing in a shoe with a heel of so many cm."""
    lift = heel * 0.9
    outline = join(
        smooth(
            (2.2, -14 - lift * 0.3),
            (0.8, -6 - lift),
            (1.6, -1.2 - lift),
            (8, -1.4 - lift * 0.7),
            (18, -0.9),
            (25.6, -1.0),
        ),
        smooth((26, -2.6), (20, -5.2), (13, -7.6 - lift * 0.4), (8.6, -11 - lift * 0.4), (8.0, -15 - lift * 0.2)),
    )
    at = affine((side * WORN_WIDTH, 0.92), 0, (side * (body.feet - 5.0 * WORN_WIDTH), GROUND_Y + 1))
    return moved(Part(outline, skin, round_cm=3.5, shadow=0.05, edge=0.1), at)


def _opening(x0: float, x1: float, y: float, cloth: Cloth) -> Part:
    return Part(ellipse((x0 + x1) / 2, y, (x1 - x0) / 2, 1.5), cloth.plain().tinted(0.45), round_cm=1, shadow=0)


def _sneaker(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    top = -shoe.shaft
    heel = smooth((1.2, -2), (0.5, -5.5), (0.9, top + 0.8), (1.8, top))
    rim = smooth((1.8, top), (5, top + 1.3), (8.4, top + 0.2), (10.6, top - 1.6))
    instep = smooth((10.6, top - 1.6), (13.2, (top - 8.5) / 2 - 0.6), (18.5, -6.6))
    toe_line = smooth((18.5, -6.6), (23.6, -5.2), (26.8, -3.6), (27.5, -1.8))
    sole = join(
        smooth((0.2, -2.9), (9, -2.3), (20, -2.4), (28.2, -3.2)),
        smooth((28.5, -1.8), (27.2, -0.2), (24, 0)),
        smooth((3, 0), (0.4, -0.4), (0.2, -2.9)),
    )
    toe = smooth((20.6, -2.0), (21.2, -4.6), (22.8, -5.7), (26.0, -4.2), (27.6, -1.6))
    tongue = smooth((8.2, top + 0.6), (9.8, top - 2.2), (11.8, top - 2.4), (12.8, top + 0.8))
    seams = (
        Stroke(smooth((8.6, top + 0.6), (11.0, top / 2 - 2.6), (17.0, -4.4), (20.4, -2)), 0.25, groove=-0.25),
        Stroke(smooth((4.8, -2), (4.4, -5.2), (3.6, top + 1)), 0.25, groove=-0.25),
    )
    strokes = (*seams, *_stripes(shoe, trim), *_laces(instep, LACE, 2.6))
    edge = (Stroke(smooth((0.3, -1.3), (14, -1.0), (28, -1.6)), 0.2, groove=-0.2),)
    return [
        _opening(1.6, 10, top + 0.5, cloth),
        Part(tongue, trim, round_cm=1.2),
        Part(join(heel, rim, instep, toe_line), cloth, strokes=strokes, round_cm=3.4, depth=0.4),
        Part(toe, cloth.tinted(1.06), round_cm=2.2, depth=0.3, shadow=0.2),
        Part(sole, SOLE if shoe.light_sole else DARK_SOLE, strokes=edge, round_cm=1.2, shadow=0.25),
    ]


def _stripes(shoe: Shoe, trim: Cloth) -> list[Stroke]:
    if shoe.stripes:
        return [Stroke(path((x, -2.2), (x + 3.0, -7.6)), 0.9, trim.print.ground) for x in (7.2, 9.4, 11.6)]
    return [Stroke(smooth((5.2, -6.6), (9.5, -3.6), (16.5, -5.6)), 1.1, trim.print.ground)]


def _laces(instep: Points, lace: Cloth, length: float) -> list[Stroke]:
    """Return laces that lie across the instep, from its edge inwards."""
    ahead = np.gradient(instep, axis=0)
    inwards = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / np.linalg.norm(ahead, axis=1, keepdims=True)
    places = np.linspace(1, len(instep) - 2, 5 if len(instep) < 20 else 6).astype(int)
    ends = [(instep[place], instep[place] + shifted(inwards[place] * length, -0.7, 0)) for place in places]
    dots = [Stroke(np.array([end, shifted(end, 0.05, 0)]), 0.5, (0.1, 0.1, 0.1), 0.6) for _, end in ends]
    return [*dots, *(Stroke(np.array([start, end]), 0.62, lace.print.ground, groove=0.35) for start, end in ends)]


def _boot(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    top, lift = -shoe.shaft, shoe.heel
    back = smooth((0.6, -1.2 - lift * 0.7), (0.2, -6 - lift * 0.6), (1.0, -14 - lift * 0.3), (0.2, top))
    rim = smooth((0.2, top), (5, top + 0.7), (10.8, top - 0.2))
    instep = smooth((10.8, top - 0.2), (10.2, -15 - lift * 0.3), (12.2, -10 - lift * 0.3), (18.5, -6.8))
    toe = smooth((18.5, -6.8), (24.5, -5.0), (27.2, -2.6), (26.8, -1))
    foot_line = smooth((26.8, -1), (18, -1.0), (11, -1.2 - lift * 0.6), (0.6, -1.2 - lift * 0.7))
    sole = join(
        smooth((0, -1.4 - lift * 0.7), (10, -1.5 - lift * 0.6), (17, -1.2), (27.6, -1.6)),
        smooth((27.4, -0.2), (24, 0), (17, 0)),
        path((10, -lift * 0.65), (8.0, -lift * 0.6), (7.6, 0), (1.0, 0)),
    )
    seams = (
        Stroke(smooth((5.2, top + 1), (5.0, -10 - lift), (4.8, -2 - lift)), 0.25, groove=-0.3),
        Stroke(smooth((17.2, -1), (16.4, -5), (18.6, -7)), 0.25, groove=-0.25),
    )
    laces = (
        _laces(instep, trim, 3.0)
        if shoe.stripes
        else [Stroke(smooth((5, top + 2), (6.6, -10), (8.4, -7)), 2.6, DARK, 0.4)]
    )
    return [
        _opening(0.5, 10.6, top + 0.2, cloth),
        Part(
            join(back, rim, instep, toe, foot_line),
            cloth,
            Folds("crumple", 0.8, seed=3),
            (*seams, *laces),
            round_cm=4.2,
            depth=0.42,
        ),
        Part(sole, SOLE if shoe.light_sole else DARK_SOLE, round_cm=1.0, shadow=0.2),
    ]


def _pump(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    h = shoe.heel
    upper = join(
        smooth((1.0, -h), (0.2, -h - 3.5), (0.9, -h - 7.0)),
        smooth((0.9, -h - 7.0), (4.5, -h - 3.6), (10, -h * 0.72 - 2.4), (15.5, -h * 0.3 - 3.0), (19.5, -5.0)),
        smooth((19.5, -5.0), (23.5, -3.6), (27.2, -1.2), (27.4, -0.4)),
        smooth((24, -0.3), (18.5, -0.6), (12, -h * 0.5), (6, -h * 0.92), (1.0, -h)),
    )
    thick = 1.3 if h > 6 else 2.4
    heel = join(
        smooth((0.8, -h - 0.8), (0.9, -h * 0.6), (1.7, 0)),
        path((1.7 + thick, 0)),
        smooth((2.0 + thick, -h * 0.5), (3.2 + thick, -h * 0.8), (5.8 + thick * 0.5, -h * 0.92)),
    )
    inside = smooth(
        (1.0, -h - 6.6), (5, -h - 4.4), (10.5, -h * 0.75 - 3.4), (17, -5.0), (10, -h * 0.72 - 2.2), (4.5, -h - 3.2)
    )
    return [
        Part(heel, cloth.tinted(0.85), round_cm=0.9),
        Part(inside, plain("beige", "leather").tinted(0.8), round_cm=1, shadow=0),
        Part(upper, cloth, round_cm=2.6, depth=0.45),
    ]


def _flat(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    loop = smooth((18.6, -5.2), (20.2, -7.6), (22.4, -7.4), (21.4, -5.4), (18.6, -5.2))
    other = smooth((18.6, -5.2), (15.8, -7.4), (14.6, -6.2), (16.2, -4.4), (18.6, -5.2))
    bow = [Part(one, trim, round_cm=0.8, depth=0.4, shadow=0.4) for one in (loop, other)]
    return [*_pump(shoe, cloth, trim), *bow, Part(ellipse(18.6, -5.3, 0.8, 0.8), trim, round_cm=0.5, shadow=0.4)]


def _loafer(shoe: Shoe, cloth: Cloth, trim: Cloth) -> list[Part]:
    upper = join(
        smooth((1, -1.6), (0.4, -4.5), (1.2, -7.6)),
        smooth((1.2, -7.6), (5, -5.9), (9.5, -6.4), (13.2, -8.6)),
        smooth((13.2, -8.6), (18, -7.2), (23.5, -5.6), (27, -3.4), (27.3, -1.6)),
    )
    sole = join(
        smooth((0.4, -1.9), (14, -1.5), (27.9, -2.0)),
        smooth((27.8, -0.9), (25, -0.4), (12, -0.5)),
        path((9, -0.6), (8.6, 0), (0.8, 0)),
    )
    lines = (Stroke(smooth((14.8, -7.8), (16.2, -5.2), (21.5, -4.2), (25.8, -3.9)), 0.35, groove=-0.35),)
    strap = join(smooth((12.0, -7.9), (13.0, -5.0), (12.8, -1.8)), smooth((15.2, -1.7), (16.0, -5.0), (15.6, -7.8)))
    shine = Part(ellipse(14.3, -6.2, 1.5, 0.8), plain("gold", "metal"), round_cm=0.5, shadow=0.5)
    return [
        _opening(1.4, 12.4, -6.6, cloth),
        Part(upper, cloth, strokes=lines, round_cm=3.2, depth=0.45),
        Part(strap, trim, round_cm=0.8, shadow=0.4),
        shine,
        Part(sole, DARK_SOLE, round_cm=0.8, shadow=0.2),
    ]
