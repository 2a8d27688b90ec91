"""What is sewn on a top: collars, lapels, fronts, buttons, zips, pockets, belts and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demo.body import CHEST_Y, HIP_Y, WAIST_Y, Body
from demo.cloth import Cloth, Folds, Part, Stroke, plain
from demo.geometry import Pair, Points, ellipse, flipped, join, path, rounded, smooth

if TYPE_CHECKING:
    from demo.tops import Top

DARK = (0.08, 0.08, 0.09)
BUTTON = plain("cream", "plastic")
METAL = plain("silver", "metal")


def of_top(top: Top, cloth: Cloth, trim: Cloth, body: Body, opening: Pair) -> list[Part]:
    """Return the trimmings of a top, from back to front."""
    return [
        *_hem_band(top, trim, body), *_pockets(top, cloth, trim), *_fastening(top, cloth, trim, opening),
        *_collar(top, cloth, trim, opening), *_belt(top, trim, body),
    ]  # fmt: skip


def both(piece: Points) -> tuple[Points, Points]:
    """Return a piece of the right side and its twin on the left."""
    return flipped(piece), piece


def button(x: float, y: float, radius: float = 0.62, cloth: Cloth = BUTTON) -> Part:
    """Return a button with its holes."""
    holes = tuple(Stroke(path((x + dx, y + dy), (x + dx, y + dy + 0.05)), 0.16, DARK, 0.8)
                  for dx in (-0.17, 0.17) for dy in (-0.17, 0.17))  # fmt: skip
    return Part(ellipse(x, y, radius, radius), cloth, strokes=holes, round_cm=0.25, shadow=0.5)


def _hem_band(top: Top, trim: Cloth, body: Body) -> list[Part]:
    if not top.hem_band:
        return []
    wide = body.half_width(top.hem) + top.ease * 0.75
    band = join(smooth((-wide, top.hem - 1), (0, top.hem), (wide, top.hem - 1)),
                smooth((wide - 1.2, top.hem + top.hem_band - 1), (0, top.hem + top.hem_band), (1.2 - wide, top.hem + top.hem_band - 1)))  # fmt: skip
    return [Part(band - (0, 0.8), trim, Folds("rib"), round_cm=3, shadow=0.15)]


def _fastening(top: Top, cloth: Cloth, trim: Cloth, opening: Pair) -> list[Part]:
    start, end = opening[1], top.hem - 0.6
    if top.front in ("buttons", "placket"):
        end = start + 15 if top.front == "placket" else end
        strip = Part(
            path((-1.7, start - 1.5), (1.7, start - 1.5), (1.7, end), (-1.7, end)),
            cloth,
            round_cm=0.6,
            depth=0.25,
            shadow=0.2,
        )
        spread = 4.6 if top.front == "placket" else 9.0
        return [strip, *(button(0, float(y)) for y in np.arange(start + 1.6, end - 1.5, spread))]
    if top.front == "zip":
        line = path((0, start - 2), (0, end))
        teeth = (Stroke(line, 0.7, METAL.print.ground, 0.9, dash=0.5), Stroke(line + (0.9, 0), 0.2, groove=-0.3))
        pull = Part(rounded(-0.45, start + 1, 0.45, start + 4.2, 0.4), METAL, round_cm=0.3, shadow=0.5)
        tape = Part(
            path((-0.9, start - 2), (0.9, start - 2), (0.9, end), (-0.9, end)),
            trim,
            strokes=teeth,
            round_cm=0.4,
            shadow=0.3,
        )
        return [tape, pull]
    if top.front == "slant":
        line = smooth((5.5, 36), (3.0, 50), (1.0, 66), (1.0, end))
        edge = join(line, line[::-1] + (1.0, 0))
        return [
            Part(edge, METAL, strokes=(Stroke(line + (0.5, 0), 0.3, DARK, 0.8, dash=0.5),), round_cm=0.3, shadow=0.4)
        ]
    if top.front == "wrap":
        return [Part(_thin(smooth((8, 29.5), (3, 45), (-6, 58), (-13, WAIST_Y))), cloth.tinted(0.9), round_cm=0.5, shadow=0.6),
                Part(_thin(smooth((-8, 29.5), (-3, 45), (0, 53))), cloth.tinted(0.9), round_cm=0.5, shadow=0.3)]  # fmt: skip
    if top.front == "single":
        return [_closing(opening, top.hem), button(1.2, 63, 0.8, trim), button(1.2, 72, 0.8, trim)]
    if top.front == "double":
        rows = np.arange(58, min(top.hem - 8, 88), 9.0)
        return [
            _closing(opening, top.hem),
            *(button(side * 5.6 + 0.5, float(y), 0.85, trim) for y in rows for side in (-1, 1)),
        ]
    return []


def _closing(opening: Pair, hem: float) -> Part:
    """Return the overlapping edge of a jacket's front, from where its lapels end."""
    line = smooth((0, opening[1]), (2.4, opening[1] + 7), (2.7, hem - 12), (1.2, hem - 1.2))
    return Part(_thin(line, 0.35), plain("black"), round_cm=0.4, opacity=0.45, shadow=0.55)


def _thin(line: Points, width: float = 0.8) -> Points:
    return join(line, line[::-1] + (width, 0))


def _collar(top: Top, cloth: Cloth, trim: Cloth, opening: Pair) -> list[Part]:
    width, depth = opening
    edge = 28.6
    if top.collar == "shirt":
        leaf = join(smooth((0.3, depth), (width * 0.55, 31.5), (width - 0.6, edge - 3.0)),
                    smooth((width + 1.4, edge + 0.4), (width + 1.0, 33.0), (width - 0.2, depth + 5.6)), path((0.3, depth)))  # fmt: skip
        return [Part(piece, cloth, strokes=(Stroke(piece * 0.97 + (0, 1), 0.12, groove=-0.05),), round_cm=1.2, depth=0.3, shadow=0.5)
                for piece in both(leaf)]  # fmt: skip
    if top.collar == "lapel":
        lapel = join(smooth((0.4, depth), (4.0, 47), (width - 0.5, edge - 0.5)), path((width + 1.2, 32.5), (width + 5.8, 38.4)),
                     smooth((width + 4.6, 42), (6.5, 53), (0.4, depth)))  # fmt: skip
        fold = join(
            smooth((width - 1.2, edge - 3), (width + 2.2, edge + 1.5), (width + 5.4, 36.6)),
            path((width + 1.4, 38.4), (width - 2.2, 33.5)),
        )
        return [
            Part(piece, cloth, round_cm=1.6, depth=0.3, shadow=0.55, grain=12)
            for shape in (lapel, fold)
            for piece in both(shape)
        ]
    if top.collar == "rib":
        inner = ellipse(0, edge, width - 0.2, depth - edge - 0.3, 0, 180)
        outer = ellipse(0, edge - 0.2, width + 1.7, depth - edge + 1.9, 180, 0)
        return [Part(join(inner, outer), trim, round_cm=0.8, depth=0.3, shadow=0.25)]
    if top.collar in ("turtle", "stand"):
        low, high = (33.2, 22.5) if top.collar == "turtle" else (34.0, 26.5)
        tube = join(smooth((-width - 0.4, high + 0.4), (0, high + 1.6), (width + 0.4, high + 0.4)),
                    smooth((width + 1.6, low - 3.2), (0, low + 1.4), (-width - 1.6, low - 3.2)))  # fmt: skip
        return [Part(tube, trim, Folds("rib" if top.collar == "turtle" else "none"), round_cm=3.2, shadow=0.3)]
    if top.collar == "hood":
        leaf = join(
            smooth((0.4, depth + 1.8), (5, 34.5), (8.4, 29.5), (9.8, 24)),
            smooth((12.4, 26.5), (11.6, 33), (6, 38.6), (0.4, depth + 4.5)),
        )
        cords = [
            Part(_thin(smooth((x, 37), (x * 1.1, 44), (x, 51)), 0.7), plain("white"), round_cm=0.4, shadow=0.5)
            for x in (-3.5, 3.0)
        ]
        return [
            *(Part(piece, cloth, Folds("crumple", 0.7, seed=2), round_cm=2.2, shadow=0.4) for piece in both(leaf)),
            *cords,
        ]
    if top.collar == "bow":
        loop = smooth((0, 34.5), (5, 31.6), (8.6, 33.5), (7.6, 37.6), (0, 35.6))
        tail = smooth((-0.6, 35), (2.4, 43), (5.6, 51), (2.2, 52), (-1.5, 42), (-1.4, 35))
        return [Part(piece, trim, Folds("crumple", 0.7, seed=4), round_cm=1.4, shadow=0.45) for shape in (tail, loop) for piece in both(shape)] + [
            Part(rounded(-1.6, 33.2, 1.6, 36.8, 1), trim, round_cm=0.9)]  # fmt: skip
    return []


def _pockets(top: Top, cloth: Cloth, trim: Cloth) -> list[Part]:
    kinds: dict[str, list[Points]] = {
        "chest": [_patch(8.0, 45, 8.4, 9.5)], "chest pair": [*both(_patch(8.6, 45, 8.6, 9.5))],
        "kangaroo": [path((-9, 71), (9, 71), (13, 79), (12.5, 86), (-12.5, 86), (-13, 79))],
        "flap": [*both(rounded(4.6, 75, 14.6, 79, 0.9))], "welt": [*both(path((6, 70), (13.5, 75), (12.6, 76.4), (5.2, 71.4)))],
        "none": [],
    }  # fmt: skip
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
    band = join(smooth((-wide, WAIST_Y - 2), (0, WAIST_Y - 1), (wide, WAIST_Y - 2)),
                smooth((wide, WAIST_Y + 1.6), (0, WAIST_Y + 2.6), (-wide, WAIST_Y + 1.6)))  # fmt: skip
    tail = smooth((1, WAIST_Y), (4, HIP_Y - 13), (6.5, HIP_Y - 1), (9, HIP_Y - 1.6), (5.5, HIP_Y - 14), (2.6, WAIST_Y))
    return [Part(tail, trim, Folds("crumple", 0.6), round_cm=1, shadow=0.4), Part(band, trim, round_cm=1.2, shadow=0.4),
            Part(rounded(-2.4, WAIST_Y - 2.2, 2.4, WAIST_Y + 3.4, 1), trim, round_cm=1, shadow=0.4)]  # fmt: skip
