"""A person to wear the garments: trunk, limbs, a face and hair, drawn like cloth from outlines in centimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from demo.body import CHEST_Y, CROTCH_Y, HIP_Y, MAN, WAIST_Y, WOMAN, Body
from demo.cloth import Cloth, Part, Stroke
from demo.geometry import Pair, Points, ellipse, flipped, join, limb, mirrored, path, smooth
from demo.prints import Print, rgb

SKINS = ("#f1cdb4", "#e5b595", "#d39f78", "#b97f57", "#8d5a3b", "#5d3a28")
HAIRS = ("#1f1a18", "#3b2a20", "#5b3a24", "#8a5a32", "#c79a5b", "#8d3f22", "#8b8782")
STYLES = ("long", "bob", "bun", "waves")
MEN_STYLES = ("short", "crop")


@dataclass(frozen=True, slots=True)
class Person:
    """Who wears: a body, a skin, hair and its style."""

    body: Body
    skin: str
    hair: str
    style: str

    @property
    def skin_cloth(self) -> Cloth:
        """The skin, to draw with."""
        return Cloth(Print("plain", rgb(self.skin)), "skin")

    @property
    def hair_cloth(self) -> Cloth:
        """The hair, to draw with."""
        return Cloth(Print("plain", rgb(self.hair)), "hair")


def somebody(random: np.random.Generator, gender: str = "unisex") -> Person:
    """Return a person made up from a random generator, of a garment's gender where it has one."""
    male = gender == "male" or (gender == "unisex" and random.random() < 0.5)
    body = replace(
        MAN if male else WOMAN, left_arm=_stance(random), right_arm=_stance(random), feet=float(random.uniform(7.5, 10))
    )
    styles = MEN_STYLES if male else STYLES
    return Person(body, str(random.choice(SKINS)), str(random.choice(HAIRS)), str(random.choice(styles)))


def _stance(random: np.random.Generator) -> Pair:
    if random.random() < 0.25:
        return 31.0, -27.0  # hand on the hip
    upper = float(random.uniform(11, 19))
    return upper, upper - float(random.uniform(3, 9))


def back_hair(person: Person) -> list[Part]:
    """Return the hair behind the head and shoulders."""
    low = {"long": 52.0, "waves": 44.0, "bob": 26.0}.get(person.style)
    if low is None:
        return []
    wide = {"long": 10.5, "waves": 13.5, "bob": 10.4}[person.style]
    half = join(
        smooth((0, -1), (6, 0.5), (9.2, 7), (wide * 0.95, 16), (wide, (low + 16) / 2), (wide - 1.5, low)),
        smooth((wide - 1.5, low), (4, low - 1.5), (0, low - 3)),
    )
    return [Part(mirrored(half), person.hair_cloth.tinted(0.75), round_cm=4, depth=0.4, shadow=0.2)]


def trunk(person: Person) -> list[Part]:
    """Return arms, legs, and trunk with neck, from back to front."""
    body, skin = person.body, person.skin_cloth
    arms = [piece for side in (-1, 1) for piece in _arm(body, skin, side)]
    widths = [body.hip * 0.5, 7.8, 5.7, 6.0, 3.4]
    legs = [Part(limb(body.leg(side), widths), skin, round_cm=6, depth=0.4, shadow=0.1, edge=0.1) for side in (-1, 1)]
    neck = smooth((0, 14), (4.9, 15), (4.8, 24), (6.0, 29), (10, 31.2), (body.shoulder - 3, 33.6))
    side = smooth((body.shoulder - 0.6, 37.5), (body.chest, CHEST_Y), (body.waist, WAIST_Y), (body.hip, HIP_Y - 2))
    seat = smooth((body.hip, HIP_Y - 2), (body.hip * 0.75, CROTCH_Y), (0, CROTCH_Y + 3))
    bones = tuple(Stroke(smooth((s * 2.2, 34.5), (s * 7, 34.0), (s * 12, 32.8)), 0.8, groove=0.25) for s in (-1, 1))
    throat = Stroke(smooth((-5, 21), (0, 24), (5, 21)), 5, (0.25, 0.13, 0.1), 0.3, soft=True)
    whole = mirrored(join(neck, side, seat))
    return [*arms, *legs, Part(whole, skin, strokes=(*bones, throat), round_cm=5, depth=0.3, shadow=0.05, edge=0.1)]


def _arm(body: Body, skin: Cloth, side: int) -> list[Part]:
    """Return an arm and its hand."""
    shoulder, elbow, wrist = body.arm(side)
    away = np.subtract(wrist, elbow) / np.hypot(*np.subtract(wrist, elbow))
    across = np.array([-away[1], away[0]]) * side

    def at(reach: float, out: float) -> Pair:
        x, y = np.asarray(wrist) + away * reach + across * out
        return float(x), float(y)

    fingers = tuple(
        Stroke(path(at(9.0, out), at(15.5, out)), 0.22, (0.25, 0.13, 0.1), 0.35, groove=-0.15)
        for out in (-1.0, 0.5, 2.0)
    )
    thumb = limb([at(1.0, 1.2), at(5, 3.6), at(9.5, 4.2)], [1.4, 1.3, 0.9], rounded=True)
    arm = limb([shoulder, elbow, wrist], [5.0, 4.3, 3.8, 3.5, 2.5], rounded=True)
    palm = limb([at(-1.5, 0), at(5, -0.2), at(11, 0.6), at(16, 1.6)], [2.5, 3.5, 3.2, 1.5], rounded=True)
    return [
        Part(thumb, skin, round_cm=1.3, depth=0.4, shadow=0.1, edge=0.1),
        Part(arm, skin, round_cm=4.2, depth=0.42, shadow=0.1, edge=0.1),
        Part(palm, skin, strokes=fingers, round_cm=2.4, depth=0.4, shadow=0.05, edge=0.1),
    ]


def head(person: Person) -> list[Part]:
    """Return ears, face and the hair in front, from back to front."""
    skin = person.skin_cloth
    ears = [Part(ellipse(side * 7.6, 12.8, 1.3, 2.3), skin.tinted(0.92), round_cm=0.8, shadow=0) for side in (-1, 1)]
    jaw = 5.6 if person.style in MEN_STYLES else 4.9
    face = mirrored(smooth((0, 0.6), (5.0, 1.8), (7.5, 7), (7.4, 13), (jaw + 1.0, 18.6), (jaw * 0.56, 22.2), (0, 23.3)))
    return [
        *ears,
        Part(face, skin, strokes=_features(person), round_cm=6.5, depth=0.36, shadow=0.35),
        *_eyes(),
        *_front_hair(person),
    ]


def _features(person: Person) -> tuple[Stroke, ...]:
    brow = tuple(part * 0.7 for part in rgb(person.hair))
    red, green, blue = rgb(person.skin)
    shade, lips = (red * 0.55, green * 0.42, blue * 0.38), (red * 0.82, green * 0.5, blue * 0.5)
    sides: list[Stroke] = []
    for s in (-1, 1):
        sides += [
            Stroke(smooth((s * 1.7, 9.0), (s * 3.3, 8.2), (s * 5.1, 8.9)), 0.55, (brow[0], brow[1], brow[2]), 0.85),
            Stroke(smooth((s * 4.2, 16.5), (s * 5.0, 15.6)), 2.4, (red, green * 0.72, blue * 0.7), 0.4, soft=True),
            Stroke(smooth((s * 1.4, 10.2), (s * 3.4, 10.0), (s * 5.2, 11.0)), 1.5, shade, 0.28, soft=True),
        ]
    nose = [
        Stroke(smooth((-0.9, 11), (-1.0, 14.5), (-1.6, 16.2)), 0.8, shade, 0.35, soft=True),
        Stroke(smooth((0.3, 11), (0.3, 15.5)), 1.2, groove=0.3),
        Stroke(smooth((-1.3, 16.7), (0, 17.1), (1.3, 16.7)), 0.5, shade, 0.6, soft=True),
    ]
    mouth = [
        Stroke(smooth((-2.3, 19.2), (-0.8, 18.8), (0, 19.0), (0.8, 18.8), (2.3, 19.2)), 0.75, lips, 0.9),
        Stroke(smooth((-1.9, 19.6), (0, 20.2), (1.9, 19.6)), 0.9, lips, 0.9),
        Stroke(smooth((-2.4, 19.3), (0, 19.5), (2.4, 19.3)), 0.2, shade, 0.9),
    ]
    return (*sides, *nose, *mouth)


def _eyes() -> list[Part]:
    white, iris = Cloth(Print("plain", (0.93, 0.92, 0.9)), "rubber"), (0.24, 0.17, 0.12)
    pieces = []
    for s in (-1, 1):
        outline = join(
            smooth((s * 2.0, 11.7), (s * 3.2, 10.7), (s * 4.7, 11.5)),
            smooth((s * 4.7, 11.5), (s * 3.4, 12.4), (s * 2.0, 11.7)),
        )
        ball = Stroke(path((s * 3.3, 11.5), (s * 3.3, 11.55)), 1.35, iris)
        glint = Stroke(path((s * 3.3 - 0.3, 11.2), (s * 3.3 - 0.3, 11.25)), 0.3, (1, 1, 1))
        lash = Stroke(smooth((s * 1.9, 11.7), (s * 3.2, 10.75), (s * 4.9, 11.4)), 0.32, (0.1, 0.07, 0.06))
        pieces.append(Part(outline, white, strokes=(ball, glint, lash), round_cm=0.8, depth=0.1, shadow=0.2))
    return pieces


def _front_hair(person: Person) -> list[Part]:
    cloth, style = person.hair_cloth, person.style
    if style in MEN_STYLES:
        high = -2.6 if style == "short" else -1.0
        line: Points = join(
            smooth((-7.9, 12), (-8.5, 6), (-6.0, high + 1.2), (0, high), (6.2, high + 1.0), (8.5, 6), (7.9, 12)),
            smooth((7.3, 10), (6.9, 6.4), (3.5, 4.2), (-2.5, 4.9), (-6.6, 6.2), (-7.3, 10)),
        )
        return [Part(line, cloth, round_cm=3, depth=0.45, shadow=0.3)]
    parting = 1.8
    half = join(
        smooth((parting, 2.2), (5.4, 5.2), (7.0, 11), (7.6, 17)),
        smooth((8.8, 18), (9.4, 10), (7.4, 2.0), (3.2, -1.5), (parting, -1.8)),
    )
    other = join(
        smooth((parting, 2.2), (-3.8, 5.0), (-6.8, 11), (-7.5, 17)),
        smooth((-8.8, 18), (-9.4, 10), (-7.4, 2.0), (-3, -1.5), (parting, -1.8)),
    )
    pieces = [Part(one, cloth, round_cm=2.4, depth=0.4, shadow=0.35) for one in (half, other)]
    if style == "bun":
        tight = join(
            smooth((-7.6, 11), (-8.3, 5), (-5, -0.6), (0, -1.6), (5, -0.6), (8.3, 5), (7.6, 11)),
            smooth((7.0, 7.5), (3.6, 3.2), (0, 2.4), (-3.6, 3.2), (-7.0, 7.5)),
        )
        return [
            Part(ellipse(0, -3.2, 4.4, 3.6), cloth.tinted(0.9), round_cm=3, depth=0.5),
            Part(tight, cloth, round_cm=2.6, depth=0.4, shadow=0.3),
        ]
    if style in ("long", "waves"):
        fall = smooth((8.2, 14), (9.6, 24), (11.6, 36), (11, 47), (8.8, 50), (7.4, 40), (7.2, 28), (6.9, 18), (8.2, 14))
        if style == "waves":
            fall = smooth(
                (8.2, 14),
                (10.4, 20),
                (9.8, 28),
                (13.2, 34),
                (11.4, 43),
                (7.6, 40),
                (8.4, 32),
                (6.6, 25),
                (7.0, 17),
                (8.2, 14),
            )
        pieces += [Part(one, cloth, round_cm=2.2, depth=0.45, shadow=0.35) for one in (fall, flipped(fall))]
    return pieces
