"""Bags, drawn from the front: the bottom in the middle at (0, 0), y upwards negative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.cloth import Cloth, Folds, Part, Stroke, plain
from demo.geometry import Points, ellipse, join, limb, mirrored, path, rounded, smooth

GOLD = plain("gold", "metal")
SILVER = plain("silver", "metal")
THREAD = (0.86, 0.74, 0.52)


@dataclass(frozen=True, slots=True)
class Bag:
    """The cut of a bag: a kind, its size and the height of its handle in cm."""

    kind: str = "tote"  # tote, satchel, crossbody, backpack, bucket, clutch
    width: float = 36.0
    height: float = 30.0
    handle: float = 22.0
    stitch: bool = False


def cut(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    """Return the pieces of a bag, from back to front."""
    return {
        "tote": _tote,
        "satchel": _satchel,
        "crossbody": _satchel,
        "backpack": _backpack,
        "bucket": _bucket,
        "clutch": _clutch,
    }[bag.kind](bag, cloth, trim)


def grip(bag: Bag) -> tuple[float, float]:
    """Return the highest place of the handle, where a hand or a shoulder holds it."""
    return 0.0, -bag.height - bag.handle


def _arch(half: float, low: float, high: float, thick: float, cloth: Cloth, shadow: float = 0.4) -> Part:
    spine = [
        (-half, low),
        (-half * 0.88, (low + high) / 2 - 1),
        (-half * 0.45, high + 0.8),
        (half * 0.45, high + 0.8),
        (half * 0.88, (low + high) / 2 - 1),
        (half, low),
    ]
    return Part(limb(spine, [thick] * 3), cloth, round_cm=thick, depth=0.6, shadow=shadow)


def _body(bag: Bag, top: float, bottom: float, sag: float = 0.8) -> Points:
    w, h = bag.width / 2, bag.height
    rim = smooth((0, -h + sag), (w * top * 0.6, -h + sag * 0.6), (w * top, -h))
    side = smooth((w * top, -h), (w * (top + bottom) / 2 + 0.5, -h * 0.45), (w * bottom, -2.2))
    base = smooth((w * bottom, -2.2), (w * bottom - 0.7, -0.5), (w * bottom - 2.4, 0), (0, 0.2))
    return mirrored(join(rim, side, base))


def _seam(outline: Points, cloth: Cloth, bag: Bag) -> tuple[Stroke, ...]:
    middle = outline.mean(axis=0)
    inner = middle + (outline - middle) * 0.945
    return (
        Stroke(
            join(inner, inner[:1]),
            0.2,
            THREAD if bag.stitch else None,
            0.9,
            groove=-0.12,
            dash=1.2 if bag.stitch else 0,
        ),
    )


def _tote(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    w, h = bag.width / 2, bag.height
    outline = _body(bag, 1.0, 0.86)
    mouth = Part(
        smooth((-w, -h), (0, -h - 1.6), (w, -h), (0, -h + 1.2), (-w, -h)),
        cloth.plain().tinted(0.5),
        round_cm=1,
        shadow=0,
    )
    patches = [
        Part(
            rounded(x - 1.7, -h + 1, x + 1.7, -h + 5, 0.5),
            trim,
            strokes=(Stroke(path((x, -h + 2), (x, -h + 2.1)), 0.7, GOLD.print.ground),),
            round_cm=0.6,
            shadow=0.4,
        )
        for x in (-w * 0.42, w * 0.42)
    ]
    return [
        _arch(w * 0.40, -h + 1, -h - bag.handle + 1.2, 1.0, trim.tinted(0.8)),
        mouth,
        Part(outline, cloth, Folds("crumple", 0.9, seed=3), _seam(outline, cloth, bag), round_cm=6, depth=0.28),
        _arch(w * 0.42, -h + 3, -h - bag.handle, 1.0, trim),
        *patches,
    ]


def _satchel(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    w, h = bag.width / 2, bag.height
    outline = _body(bag, 0.92, 1.0, 0.0)
    flap = mirrored(
        join(
            path((0, -h - 0.4)),
            smooth((w * 0.9, -h - 0.2), (w * 0.97, -h * 0.75), (w * 0.93, -h * 0.45)),
            smooth((w * 0.86, -h * 0.36), (w * 0.4, -h * 0.31), (0, -h * 0.3)),
        )
    )
    pieces = []
    if bag.kind == "crossbody":
        pieces.append(_arch(w * 0.92, -h + 2, -h - bag.handle, 0.5, GOLD if not bag.stitch else trim))
        pieces += [Part(ellipse(x, -h + 1.4, 1.1, 1.1), GOLD, round_cm=0.4) for x in (-w * 0.92, w * 0.92)]
    else:
        pieces.append(_arch(w * 0.34, -h + 0.5, -h - bag.handle, 1.1, trim))
        pieces += [
            Part(rounded(x - 1.3, -h - 1.6, x + 1.3, -h + 1.4, 0.5), GOLD, round_cm=0.4) for x in (-w * 0.34, w * 0.34)
        ]
    lock = [
        Part(rounded(-2.2, -h * 0.40, 2.2, -h * 0.22, 0.9), GOLD, round_cm=0.7, shadow=0.5),
        Part(rounded(-0.8, -h * 0.34, 0.8, -h * 0.27, 0.4), trim, round_cm=0.3, shadow=0.3),
    ]
    return [
        *pieces,
        Part(outline, cloth, Folds("crumple", 0.5, seed=2), _seam(outline, cloth, bag), round_cm=5, depth=0.34),
        Part(flap, cloth, Folds("crumple", 0.5, seed=4), _seam(flap, cloth, bag), round_cm=4, depth=0.28, shadow=0.6),
        *lock,
    ]


def _backpack(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    w, h = bag.width / 2, bag.height
    shell = mirrored(
        join(
            smooth((0, -h), (w * 0.55, -h * 0.98), (w * 0.88, -h * 0.84), (w * 0.97, -h * 0.5), (w, -h * 0.12)),
            smooth((w * 0.98, -2), (w * 0.85, 0), (0, 0)),
        )
    )
    pocket = rounded(-w * 0.72, -h * 0.46, w * 0.72, -h * 0.06, 3)
    zips = (
        Stroke(
            smooth(
                (-w * 0.8, -h * 0.5), (-w * 0.74, -h * 0.82), (0, -h * 0.93), (w * 0.74, -h * 0.82), (w * 0.8, -h * 0.5)
            ),
            0.6,
            (0.15, 0.15, 0.17),
            groove=-0.4,
        ),
    )
    pocket_zip = (Stroke(path((-w * 0.62, -h * 0.385), (w * 0.62, -h * 0.385)), 0.5, (0.15, 0.15, 0.17), groove=-0.3),)
    straps = [
        Part(
            limb(
                [(x * 0.55, -h * 0.93), (x * 1.12, -h * 0.7), (x * 1.14, -h * 0.3), (x * 0.9, -h * 0.05)],
                [1.8, 1.9, 1.2],
            ),
            trim,
            round_cm=1.3,
            behind=True,
        )
        for x in (-w, w)
    ]
    label = Part(rounded(-2.6, -h * 0.7, 2.6, -h * 0.6, 0.5), plain("camel", "leather"), round_cm=0.5, shadow=0.4)
    return [
        *straps,
        _arch(w * 0.2, -h + 1, -h - 4, 0.9, trim),
        Part(shell, cloth, Folds("crumple", 0.9, seed=5), zips, round_cm=7, depth=0.4),
        Part(pocket, cloth, Folds("crumple", 0.7, seed=6), pocket_zip, round_cm=3.4, depth=0.36, shadow=0.5),
        label,
        *(
            Part(rounded(x - 0.4, -h * 0.385, x + 0.4, -h * 0.30, 0.3), SILVER, round_cm=0.3, shadow=0.4)
            for x in (w * 0.5,)
        ),
    ]


def _bucket(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    w, h = bag.width / 2, bag.height
    outline = mirrored(
        join(
            smooth((0, -h + 2.2), (w * 0.45, -h + 1.6), (w * 0.82, -h)),
            smooth((w * 0.82, -h), (w * 0.72, -h * 0.84), (w * 0.92, -h * 0.4), (w, -3)),
            smooth((w, -3), (w * 0.9, -0.8), (w * 0.5, 0.4), (0, 0.8)),
        )
    )
    gathers = tuple(
        Stroke(smooth((x * 0.75, -h + 1), (x * 0.68, -h * 0.85), (x * 1.02, -h * 0.5)), 1.2, groove=-0.5)
        for x in np.linspace(-w * 0.9, w * 0.9, 9)
    )
    cord = Part(
        limb([(-w * 0.74, -h * 0.84), (0, -h * 0.79), (w * 0.74, -h * 0.84)], [0.5, 0.5, 0.5]),
        trim,
        round_cm=0.4,
        shadow=0.5,
    )
    ends = [
        Part(
            limb([(0.4, -h * 0.8), (2.2 * s, -h * 0.7), (3.0 * s, -h * 0.56)], [0.4, 0.4, 0.7]),
            trim,
            round_cm=0.4,
            shadow=0.5,
        )
        for s in (-1, 1)
    ]
    mouth = Part(ellipse(0, -h + 0.8, w * 0.8, 2.2), cloth.plain().tinted(0.5), round_cm=1, shadow=0)
    return [
        _arch(w * 0.78, -h * 0.86, -h - bag.handle, 0.9, trim),
        mouth,
        Part(outline, cloth, Folds("crumple", 0.8, seed=7), gathers, round_cm=7, depth=0.42),
        cord,
        *ends,
    ]


def _clutch(bag: Bag, cloth: Cloth, trim: Cloth) -> list[Part]:
    w, h = bag.width / 2, bag.height
    outline = rounded(-w, -h, w, 0, 1.6)
    flap = path((-w, -h), (w, -h), (w, -h * 0.8), (0, -h * 0.3), (-w, -h * 0.8))
    return [
        Part(outline, cloth, Folds("crumple", 0.4, seed=3), _seam(outline, cloth, bag), round_cm=3.5, depth=0.34),
        Part(flap, cloth, Folds("crumple", 0.4, seed=4), round_cm=2, depth=0.24, shadow=0.6),
        Part(ellipse(0, -h * 0.36, 1.5, 1.5), GOLD, round_cm=0.9, shadow=0.5),
    ]
