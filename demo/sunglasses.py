"""Sunglasses, drawn where they sit on a face, or folded on a table."""

from __future__ import annotations

from dataclasses import dataclass

from demo.cloth import Cloth, Part, Stroke, plain
from demo.geometry import Points, flipped, path, ribbon, shifted, smooth

LENS_Y = 11.6


@dataclass(frozen=True, slots=True)
class Glasses:
    """The cut of sunglasses: a kind, half-size of a lens in cm, the colours of the lens."""

    kind: str = "wayfarer"  # wayfarer, aviator, round, cat eye, sport
    wide: float = 3.1
    tall: float = 2.5
    lens: str = "black"
    thick: float = 0.55


def cut(glasses: Glasses, cloth: Cloth, trim: Cloth, folded: bool) -> list[Part]:
    """Return the pieces of sunglasses; `folded` ones lie on a table with their arms behind them."""
    reach = 0.75 + glasses.wide * 2
    pieces = _temples(glasses, cloth, reach, folded)
    if glasses.kind == "aviator" or glasses.kind == "round":
        bar = smooth(
            (-1.4, LENS_Y - glasses.tall * 0.45), (0, LENS_Y - glasses.tall * 0.72), (1.4, LENS_Y - glasses.tall * 0.45)
        )
        pieces.append(Part(ribbon(bar, 0, 0.45), cloth, round_cm=0.25, depth=0.6, shadow=0.2))
    if glasses.kind == "aviator":
        bar = path((-2.6, LENS_Y - glasses.tall * 0.94), (2.6, LENS_Y - glasses.tall * 0.94))
        pieces.append(Part(ribbon(bar, 0, 0.4), cloth, round_cm=0.25, depth=0.6, shadow=0.2))
    if glasses.kind not in ("aviator", "round"):
        bar = smooth(
            (-1.6, LENS_Y - glasses.tall * 0.35), (0, LENS_Y - glasses.tall * 0.6), (1.6, LENS_Y - glasses.tall * 0.35)
        )
        pieces.append(Part(ribbon(bar, 0, 0.9), cloth, round_cm=0.45, depth=0.6, shadow=0.2))
    for side in (-1, 1):
        rim, lens = (_rim(glasses, 1 + glasses.thick / glasses.wide), _rim(glasses, 1.0))
        pieces.append(Part(rim if side > 0 else flipped(rim), cloth, round_cm=0.5, depth=0.6, shadow=0.35))
        pieces.append(_lens(lens if side > 0 else flipped(lens), glasses, side))
    return pieces


def _rim(glasses: Glasses, grow: float) -> Points:
    w, h = glasses.wide, glasses.tall
    shapes = {
        "wayfarer": (
            (-1.0, -0.75),
            (0.0, -0.95),
            (1.05, -1.0),
            (1.05, -0.2),
            (0.62, 0.86),
            (-0.1, 1.0),
            (-0.75, 0.75),
            (-1.0, -0.1),
        ),
        "aviator": (
            (-0.85, -0.8),
            (0.1, -1.0),
            (0.95, -0.8),
            (1.05, -0.1),
            (0.72, 0.75),
            (0.12, 1.15),
            (-0.5, 0.8),
            (-0.92, 0.0),
        ),
        "round": ((-0.71, -0.71), (0, -1), (0.71, -0.71), (1, 0), (0.71, 0.71), (0, 1), (-0.71, 0.71), (-1, 0)),
        "cat eye": (
            (-0.95, -0.5),
            (0.0, -0.75),
            (1.25, -1.2),
            (1.1, -0.1),
            (0.6, 0.75),
            (-0.1, 0.9),
            (-0.75, 0.6),
            (-1.0, 0.0),
        ),
        "sport": (
            (-1.0, -0.55),
            (0.0, -0.8),
            (1.1, -0.7),
            (1.3, -0.2),
            (0.9, 0.55),
            (0.1, 0.85),
            (-0.6, 0.7),
            (-1.0, 0.1),
        ),
    }
    corners = [(x * w * grow, y * h * (1 + (grow - 1) * w / h)) for x, y in shapes[glasses.kind]]
    outline = smooth(corners[-2], corners[-1], *corners, corners[0], corners[1])[8:-8]
    return shifted(outline, w + 0.75, LENS_Y)


def _lens(outline: Points, glasses: Glasses, side: int) -> Part:
    x, y = outline.mean(axis=0)
    glass = plain(glasses.lens, "plastic")
    glints = (
        Stroke(path((x - 1.6, y + 1.0), (x + 0.4, y - 1.7)), 0.55, (1, 1, 1), 0.35, soft=True),
        Stroke(path((x - 0.4, y + 1.4), (x + 1.2, y - 0.8)), 0.25, (1, 1, 1), 0.25, soft=True),
    )
    bright = Stroke(path((x - 2.5, y + 1.8), (x + 2.5, y + 1.8)), 1.6, (0.75, 0.72, 0.7), 0.4, soft=True)
    return Part(outline, glass, strokes=(bright, *glints), round_cm=1.2, depth=0.12, shadow=0, opacity=0.93)


def _temples(glasses: Glasses, cloth: Cloth, reach: float, folded: bool) -> list[Part]:
    y = LENS_Y - glasses.tall * 0.6
    if folded:
        return [
            Part(ribbon(line, 0, 0.75), cloth.tinted(0.8), round_cm=0.3, depth=0.6, shadow=0.25)
            for side in (-1, 1)
            for line in (
                smooth(
                    (side * reach, y),
                    (side * reach * 0.86, y - 2.6 - 0.5 * side),
                    (-side * reach * 0.55, y - 3.4 - 0.5 * side),
                    (-side * reach * 0.8, y - 2.0),
                ),
            )
        ]
    return [
        Part(
            path(
                (side * (reach - 0.2), y), (side * 7.9, y + 0.2), (side * 7.9, y + 0.9), (side * (reach - 0.2), y + 0.9)
            ),
            cloth,
            round_cm=0.3,
        )
        for side in (-1, 1)
    ]
