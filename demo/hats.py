"""Hats, drawn where they sit on a head: crown at y = 0, eyes at y = 12, half-width of the head 7.5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.cloth import Cloth, Folds, Part, Stroke
from demo.geometry import ellipse, join, mirrored, path, smooth


@dataclass(frozen=True, slots=True)
class Hat:
    """The cut of a hat: a kind, how high its crown is and how wide its brim, in cm."""

    kind: str = "cap"  # cap, beanie, fedora, bucket, sun, beret
    crown: float = 8.0
    brim: float = 6.0


def cut(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    """Return the pieces of a hat, from back to front."""
    return {"cap": _cap, "beanie": _beanie, "fedora": _brimmed, "bucket": _bucket, "sun": _brimmed, "beret": _beret}[
        hat.kind
    ](hat, cloth, trim)


def _cap(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    top = 4.6 - hat.crown
    dome = mirrored(
        join(
            smooth((0, top), (4.6, top + 0.7), (7.6, top + 4.0), (8.4, 5.6)),
            smooth((8.4, 5.6), (7.9, 7.2), (4, 6.2), (0, 6.0)),
        )
    )
    panels = tuple(
        Stroke(line, 0.2, groove=-0.25)
        for line in (
            smooth((0, top), (0.2, 6)),
            smooth((0, top), (4.6, top + 3), (5.6, 6)),
            smooth((0, top), (-4.6, top + 3), (-5.6, 6)),
        )
    )
    logo = Stroke(ellipse(0, (top + 6) / 2 + 1.0, 1.3, 1.3), 0.8, trim.print.ground)
    brim = mirrored(
        join(
            smooth((0, 4.9), (4.5, 5.2), (7.9, 6.6)), smooth((7.9, 6.6), (9.4, 8.6), (8.6, 10.2), (4.8, 9.2), (0, 8.9))
        )
    ) * (1, 1) + (0, 0)
    seams = tuple(
        Stroke(smooth((-7 - k * 0.3, 7.2 + k), (0, 6.4 + k), (7 + k * 0.3, 7.2 + k)), 0.12, groove=-0.1)
        for k in (0.6, 1.3, 2.0)
    )
    knob = Part(ellipse(0, top, 0.7, 0.45), trim, round_cm=0.4, shadow=0.2)
    return [
        Part(dome, cloth, Folds("crumple", 0.4, seed=3), (*panels, logo), round_cm=6, depth=0.5),
        knob,
        Part(
            brim,
            trim if cloth.print.kind == "plain" else cloth.plain(),
            strokes=seams,
            round_cm=1.6,
            depth=0.4,
            shadow=0.5,
        ),
    ]


def _beanie(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    top = 4.0 - hat.crown
    dome = mirrored(join(smooth((0, top), (4.4, top + 0.9), (7.6, top + 4.6), (8.5, 5)), path((0, 5))))
    cuff = join(
        smooth((-8.7, 2.4), (0, 1.4), (8.7, 2.4)),
        smooth((9.0, 4.6), (8.8, 7.4)),
        smooth((8.8, 7.4), (0, 6.4), (-8.8, 7.4)),
        smooth((-9.0, 4.6), (-8.7, 2.4)),
    )
    pieces = [
        Part(dome, cloth, Folds("rib", 2.0), round_cm=5, depth=0.5),
        Part(cuff, trim, Folds("rib", 2.0), round_cm=2.0, depth=0.5, shadow=0.4),
    ]
    if hat.brim > 0:  # a bobble of that size
        angles = np.linspace(0, 2 * np.pi, 60)
        rough = hat.brim * (1 + 0.05 * np.sin(angles * 11) + 0.04 * np.sin(angles * 17 + 1))
        bobble = np.stack([rough * np.cos(angles), top - hat.brim * 0.6 + rough * np.sin(angles)], axis=1)
        pieces.append(
            Part(bobble, Cloth(trim.print, "wool"), Folds("crumple", 1.0), round_cm=hat.brim, depth=0.6, shadow=0.4)
        )
    return pieces


def _brimmed(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    top, reach = 5.0 - hat.crown, 8.2 + hat.brim
    droop = 1.0 if hat.kind == "sun" else 0.4
    brim = ellipse(0, 5.4 + droop, reach, 1.9 + hat.brim * 0.28)
    brim[:, 1] += droop * 0.8 * (brim[:, 0] / reach) ** 2 * (1 if hat.kind == "sun" else -1.4)
    pinch = 1.2 if hat.kind == "fedora" else -0.2
    crown = mirrored(
        join(
            smooth((0, top + pinch), (2.6, top + 0.2), (5.2, top + 0.5), (7.2, top + 2.4), (8.2, 5.2)),
            smooth((8.2, 5.2), (5.5, 6.9), (0, 7.4)),
        )
    )
    dents = (
        (Stroke(smooth((-1.4, top + 1), (-0.6, top + 3.5), (-1.2, top + 6)), 1.4, groove=-0.4),)
        if hat.kind == "fedora"
        else ()
    )
    band = join(smooth((-8.0, 2.8), (0, 4.6), (8.0, 2.8)), smooth((8.25, 5.4), (0, 7.5), (-8.25, 5.4)))
    under = Part(
        ellipse(0, 6.6 + droop, reach * 0.94, 1.6 + hat.brim * 0.2),
        cloth.tinted(0.5),
        round_cm=2,
        behind=True,
        shadow=0.2,
    )
    edge = (Stroke(ellipse(0, 5.4 + droop, reach * 0.97, 1.8 + hat.brim * 0.26), 0.2, groove=-0.15),)
    return [
        under,
        Part(brim, cloth, strokes=edge, round_cm=2.4, depth=0.3),
        Part(crown, cloth, Folds("crumple", 0.3, seed=2), dents, round_cm=5, depth=0.5, shadow=0.5),
        Part(band, trim, round_cm=1.4, shadow=0.2),
    ]


def _bucket(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    top = 5.0 - hat.crown
    crown = mirrored(join(smooth((0, top), (5.4, top + 0.4), (6.6, top + 1.6), (7.9, 4.4)), path((0, 5.2))))
    reach = 8.2 + hat.brim
    brim = mirrored(
        join(
            smooth((0, 3.6), (5, 3.4), (7.8, 2.6)),
            smooth((7.8, 2.6), (reach - 1, 6.4), (reach, 9.0)),
            smooth((reach, 9.0), (reach * 0.55, 10.2), (0, 10.4)),
        )
    )
    rows = tuple(
        Stroke(smooth((-7.8 - k, 3.6 + 1.5 * k), (0, 4.6 + 1.5 * k), (7.8 + k, 3.6 + 1.5 * k)), 0.14, groove=-0.12)
        for k in (0.6, 1.5, 2.4, 3.3)
    )
    return [
        Part(crown, cloth, Folds("crumple", 0.5, seed=4), round_cm=5, depth=0.4),
        Part(brim, cloth, Folds("crumple", 0.5, seed=5), rows, round_cm=3, depth=0.35, shadow=0.4),
    ]


def _beret(hat: Hat, cloth: Cloth, trim: Cloth) -> list[Part]:
    puff = smooth(
        (-8.6, 5.2),
        (-9.6, 1.6),
        (-5.5, -2.8),
        (2.5, -4.2),
        (10.6, -1.6),
        (12.0, 2.4),
        (9.0, 5.4),
        (0, 4.6),
        (-8.6, 5.2),
    )
    band = join(smooth((-8.4, 4.0), (0, 3.4), (8.4, 4.2)), smooth((8.3, 6.0), (0, 5.2), (-8.3, 6.0)))
    stalk = Part(path((0.6, -4.4), (1.4, -4.4), (1.7, -5.8), (1.0, -5.9)), cloth, round_cm=0.3)
    return [
        stalk,
        Part(puff, cloth, Folds("crumple", 0.7, seed=6), round_cm=5, depth=0.5),
        Part(band, trim, round_cm=0.8, shadow=0.4),
    ]
