"""How the front of a top closes: buttons, zips, wraps; by name."""

from __future__ import annotations

import numpy as np

from demo.body import WAIST_Y
from demo.cloth import Cloth, Part, Stroke, plain
from demo.geometry import Points, ellipse, path, ribbon, rounded, shifted, smooth

DARK = (0.08, 0.08, 0.09)
BUTTON = plain("cream", "plastic")
METAL = plain("silver", "metal")


def cut(kind: str, cloth: Cloth, trim: Cloth, start: float, end: float) -> list[Part]:
    """Return the pieces of a front that closes from the height `start` to `end`. Kinds unknown have none."""
    if kind in ("buttons", "placket"):
        return _buttons(cloth, start, start + 15 if kind == "placket" else end, 4.6 if kind == "placket" else 9.0)
    if kind == "zip":
        return _zip(trim, start - 2, end)
    if kind == "slant":
        line = smooth((5.5, 36), (3.0, 50), (1.0, 66), (1.0, end))
        teeth = (Stroke(shifted(line, 0.5, 0), 0.3, DARK, 0.8, dash=0.5),)
        return [Part(ribbon(line, 1.0, 0), METAL, strokes=teeth, round_cm=0.3, shadow=0.4)]
    if kind == "wrap":
        edges = (smooth((8, 29.5), (3, 45), (-6, 58), (-13, WAIST_Y)), smooth((-8, 29.5), (-3, 45), (0, 53)))
        return [Part(ribbon(edge, 0.8, 0), cloth.tinted(0.9), round_cm=0.5, shadow=0.5) for edge in edges]
    if kind == "single":
        return [_overlap(start, end), button(1.2, 63, 0.8, trim), button(1.2, 72, 0.8, trim)]
    if kind == "double":
        places = [(side * 5.6 + 0.5, float(y)) for y in np.arange(58, min(end - 8, 88), 9.0) for side in (-1, 1)]
        return [_overlap(start, end), *(button(x, y, 0.85, trim) for x, y in places)]
    return []


def button(x: float, y: float, radius: float = 0.62, cloth: Cloth = BUTTON) -> Part:
    """Return a button with its four holes."""
    places = [(x + dx, y + dy) for dx in (-0.17, 0.17) for dy in (-0.17, 0.17)]
    holes = tuple(Stroke(path(place, (place[0], place[1] + 0.05)), 0.16, DARK, 0.8) for place in places)
    return Part(ellipse(x, y, radius, radius), cloth, strokes=holes, round_cm=0.25, shadow=0.5)


def _strip(half: float, start: float, end: float) -> Points:
    return path((-half, start), (half, start), (half, end), (-half, end))


def _buttons(cloth: Cloth, start: float, end: float, apart: float) -> list[Part]:
    strip = Part(_strip(1.7, start - 1.5, end), cloth, round_cm=0.6, depth=0.25, shadow=0.2)
    return [strip, *(button(0, float(y)) for y in np.arange(start + 1.6, end - 1.5, apart))]


def _zip(trim: Cloth, start: float, end: float) -> list[Part]:
    line = path((0, start), (0, end))
    teeth = (Stroke(line, 0.7, METAL.print.ground, 0.9, dash=0.5), Stroke(shifted(line, 0.9, 0), 0.2, groove=-0.3))
    pull = Part(rounded(-0.45, start + 3, 0.45, start + 6.2, 0.4), METAL, round_cm=0.3, shadow=0.5)
    return [Part(_strip(0.9, start, end), trim, strokes=teeth, round_cm=0.4, shadow=0.3), pull]


def _overlap(start: float, end: float) -> Part:
    """Return the edge of a front that lies over the other, from where the lapels end."""
    line = smooth((0, start), (2.4, start + 7), (2.7, end - 12), (1.2, end - 0.6))
    return Part(ribbon(line, 0.35, 0), plain("black"), round_cm=0.4, opacity=0.45, shadow=0.55)
