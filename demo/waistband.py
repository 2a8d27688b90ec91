"""Waistbands of pants, shorts and skirts: sewn, elastic, or as jeans have them."""

from __future__ import annotations

from demo.body import Body
from demo.cloth import Cloth, Folds, Part, Stroke, plain
from demo.fastenings import button
from demo.geometry import join, ribbon, rounded, smooth

STITCH = (0.80, 0.58, 0.28)
METAL = plain("gold", "metal")


def waistband(kind: str, y: float, cloth: Cloth, trim: Cloth, body: Body) -> list[Part]:
    """Return a waistband's pieces (`band`, `elastic` or `jeans`), its upper edge at the height `y`."""
    tall = 4.6 if kind == "elastic" else 3.6
    top, low = body.half_width(y) + 0.5, body.half_width(y + tall) + 0.6
    outline = join(
        smooth((-top, y - 0.2), (0, y + 0.8), (top, y - 0.2)),
        smooth((low, y + tall - 0.5), (0, y + tall + 0.7), (-low, y + tall - 0.5)),
    )
    rim = join(
        smooth((-top, y - 0.2), (0, y - 1.5), (top, y - 0.2)), smooth((top, y + 0.4), (0, y + 1.2), (-top, y + 0.4))
    )
    inside = Part(rim, cloth.tinted(0.6), round_cm=1, behind=True, shadow=0)
    if kind == "elastic":
        cords = [
            Part(ribbon(line, 0.6, 0), plain("white"), round_cm=0.3, shadow=0.5)
            for line in (
                smooth((-0.6, y + 3), (-1.8, y + 9), (-1.2, y + 14)),
                smooth((0.6, y + 3), (2.2, y + 8), (2.0, y + 13)),
            )
        ]
        return [inside, Part(outline, trim, Folds("rib", 1.6), round_cm=2, shadow=0.25), *cords]
    thread = STITCH if kind == "jeans" else None
    edge = Stroke(
        outline[::-1][: len(outline) // 2] - (0, 0.6), 0.18, thread, dash=1.0 if kind == "jeans" else 0, groove=-0.08
    )
    loops = [
        Part(rounded(x - 0.6, y - 0.3, x + 0.6, y + tall + 0.9, 0.3), cloth, round_cm=0.4, shadow=0.4)
        for x in (-top * 0.58, top * 0.58)
    ]
    return [
        inside,
        Part(outline, cloth, strokes=(edge,), round_cm=2.2, shadow=0.25),
        *loops,
        button(0, y + tall / 2 + 0.6, 0.85, METAL if kind == "jeans" else cloth.plain().tinted(0.7)),
    ]
