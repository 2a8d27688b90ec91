"""What is sewn on a top: its collar and fastening, pockets, belt and hem band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo import collars, fastenings
from demo.body import HIP_Y, WAIST_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke
from demo.fastenings import BUTTON, METAL, button
from demo.geometry import Pair, Points, flipped, join, path, rounded, shifted, smooth

if TYPE_CHECKING:
    from demo.tops import Top


def of_top(top: Top, cloth: Cloth, trim: Cloth, body: Body, opening: Pair) -> list[Part]:
    """Return the trimmings of a top, from back to front."""
    return [
        *_hem_band(top, trim, body),
        *_pockets(top, cloth, trim),
        *fastenings.cut(top.front, cloth, trim, opening[1], top.hem - 0.6),
        *collars.cut(top.collar, cloth, trim, *opening),
        *_belt(top, trim, body),
    ]


def both(piece: Points) -> tuple[Points, Points]:
    """Return a piece of the right side and its twin on the left."""
    return flipped(piece), piece


def _hem_band(top: Top, trim: Cloth, body: Body) -> list[Part]:
    if not top.hem_band:
        return []
    wide = body.half_width(top.hem) + top.ease * 0.75
    band = join(
        smooth((-wide, top.hem - 1), (0, top.hem), (wide, top.hem - 1)),
        smooth(
            (wide - 1.2, top.hem + top.hem_band - 1),
            (0, top.hem + top.hem_band),
            (1.2 - wide, top.hem + top.hem_band - 1),
        ),
    )
    return [Part(shifted(band, 0, -0.8), trim, Folds("rib"), round_cm=3, shadow=0.15)]


def _pockets(top: Top, cloth: Cloth, trim: Cloth) -> list[Part]:
    kinds: dict[str, list[Points]] = {
        "chest": [_patch(8.0, 45, 8.4, 9.5)],
        "chest pair": [*both(_patch(8.6, 45, 8.6, 9.5))],
        "kangaroo": [path((-9, 71), (9, 71), (13, 79), (12.5, 86), (-12.5, 86), (-13, 79))],
        "flap": [*both(rounded(4.6, 75, 14.6, 79, 0.9))],
        "welt": [*both(path((6, 70), (13.5, 75), (12.6, 76.4), (5.2, 71.4)))],
        "none": [],
    }
    pieces = [
        Part(
            one,
            cloth,
            strokes=(Stroke(_inset(one), 0.16, groove=-0.08, dash=0.8),),
            round_cm=0.8,
            depth=0.25,
            shadow=0.3,
        )
        for one in kinds[top.pockets]
    ]
    if top.pockets == "chest pair":
        pieces += [
            Part(rounded(x - 4.6, 43.2, x + 4.6, 47.0, 0.6), cloth, round_cm=0.8, shadow=0.4) for x in (-8.6, 8.6)
        ]
        pieces += [button(x, 46.0, 0.55, METAL if cloth.finish == "denim" else BUTTON) for x in (-8.6, 8.6)]
    if top.pockets == "flap" and top.collar == "lapel":
        pieces.append(Part(path((6.5, 47.5), (13.5, 46.3), (13.7, 48.0), (6.7, 49.2)), cloth, round_cm=0.6, shadow=0.4))
    return pieces


def _patch(x: float, y: float, width: float, height: float) -> Points:
    half = width / 2
    return path(
        (x - half, y), (x + half, y), (x + half, y + height * 0.82), (x, y + height), (x - half, y + height * 0.82)
    )


def _inset(outline: Points) -> Points:
    middle = outline.mean(axis=0)
    inner = middle + (outline - middle) * 0.9
    return join(inner, inner[:1])


def _belt(top: Top, trim: Cloth, body: Body) -> list[Part]:
    if not top.belt:
        return []
    wide = body.waist + top.waist + 0.5
    band = join(
        smooth((-wide, WAIST_Y - 2), (0, WAIST_Y - 1), (wide, WAIST_Y - 2)),
        smooth((wide, WAIST_Y + 1.6), (0, WAIST_Y + 2.6), (-wide, WAIST_Y + 1.6)),
    )
    tail = smooth((1, WAIST_Y), (4, HIP_Y - 13), (6.5, HIP_Y - 1), (9, HIP_Y - 1.6), (5.5, HIP_Y - 14), (2.6, WAIST_Y))
    return [
        Part(tail, trim, Folds("crumple", 0.6), round_cm=1, shadow=0.4),
        Part(band, trim, round_cm=1.2, shadow=0.4),
        Part(rounded(-2.4, WAIST_Y - 2.2, 2.4, WAIST_Y + 3.4, 1), trim, round_cm=1, shadow=0.4),
    ]
