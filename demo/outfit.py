"""Puts garments on bodies: which pieces each garment has, and in which order pieces lie over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from demo import bags, figure, hats, legs, shoes, skirts, sunglasses, tops
from demo.bags import Bag
from demo.body import BETWEEN, MAN, WOMAN, Body
from demo.canvas import Canvas
from demo.cloth import Part, moved
from demo.designs import ProductSpec
from demo.figure import Person
from demo.geometry import Matrix, affine, bounds
from demo.hats import Hat
from demo.legs import Legs
from demo.shoes import Shoe
from demo.skirts import Fall
from demo.sunglasses import Glasses
from demo.tops import Top

# what is put on first comes first
ORDER = ("shoe", "pants", "shorts", "shirt", "skirt", "dress", "jacket", "sunglasses", "hat", "bag")


@dataclass(frozen=True, slots=True)
class Layer:
    """A piece, whose it is (0: the body's), and the top and hem of the garment it belongs to."""

    part: Part
    owner: int = 0
    span: tuple[float, float] = (0.0, 100.0)


def laid(spec: ProductSpec, view: int) -> list[Part]:
    """Return a garment's pieces as it lies on a table, from back to front; two views lie differently."""
    body = _form(spec, view)
    cloth, trim, shape = spec.cloth, spec.trim, spec.design.shape
    match shape:
        case Shoe():
            return shoes.pair(shape, cloth, trim) if view == 0 else _two_shoes(shape, spec)
        case Bag():
            return bags.cut(shape, cloth, trim)
        case Glasses():
            return sunglasses.cut(shape, cloth, trim, folded=True)
        case _:
            return sorted(_fitted(spec, body), key=lambda part: not part.behind)


def _two_shoes(shape: Shoe, spec: ProductSpec) -> list[Part]:
    one = shoes.cut(shape, spec.cloth, spec.trim)
    other = affine((-0.98, 0.98), 0, (31.0, -11.0))
    return [*(moved(part, other) for part in one), *one]


def _form(spec: ProductSpec, view: int) -> Body:
    """Return the body that gives a laid garment its form: arms and legs spread, more so in the first view."""
    body = {"male": MAN, "female": WOMAN}.get(spec.design.gender, BETWEEN)
    short = isinstance(spec.design.shape, Top) and spec.design.shape.sleeve < 0.5
    if view == 0:
        arm, feet = (58.0, 54.0) if short else (27.0, 19.0), 17.0
    else:
        arm, feet = (42.0, 30.0) if short else (27.0, -6.0), 14.0
    return replace(body, left_arm=arm, right_arm=arm, feet=feet)


def _fitted(spec: ProductSpec, body: Body) -> list[Part]:
    shape, cloth, trim = spec.design.shape, spec.cloth, spec.trim
    match shape:
        case Top():
            return tops.cut(shape, cloth, trim, body, spec.seed)
        case Legs():
            return legs.cut(shape, cloth, trim, body, spec.seed)
        case Fall():
            return skirts.cut(shape, cloth, trim, body, spec.seed)
        case Hat():
            return hats.cut(shape, cloth, trim)
        case Glasses():
            return sunglasses.cut(shape, cloth, trim, folded=False)
        case Shoe():
            return shoes.worn(shape, cloth, trim, body)
        case Bag():
            return _carried(shape, spec, body)


def _carried(shape: Bag, spec: ProductSpec, body: Body) -> list[Part]:
    """Return a bag hanging from the hand of the arm that hangs down most."""
    side = 1 if abs(body.right_arm[0]) <= abs(body.left_arm[0]) else -1
    _, elbow, wrist = body.arm(side)
    away = np.subtract(wrist, elbow) / np.hypot(*np.subtract(wrist, elbow))
    hand = np.asarray(wrist) + away * 10.5
    held = replace(shape, handle=min(shape.handle, 13.0))
    x, y = bags.grip(held)
    if shape.kind == "clutch":
        y = -shape.height * 0.85
    at = affine(0.95, 0, (float(hand[0] - x), float(hand[1] - y * 0.95)))
    return [moved(part, at) for part in bags.cut(held, spec.cloth, spec.trim)]


def dressed(person: Person, wardrobe: Sequence[ProductSpec], first_owner: int = 1) -> list[Layer]:
    """Return all pieces of a person in clothes, from back to front.

    The garment at place i of `wardrobe` owns its pieces as number `first_owner` + i.
    """
    worn = {spec.category: (spec, first_owner + place) for place, spec in enumerate(wardrobe)}
    pieces = {name: _layers(_tucked(*worn[name], worn), person.body, worn[name][1]) for name in ORDER if name in worn}
    behind = [
        layer
        for name in ("hat", "jacket", "dress", "shirt", "skirt")
        for layer in pieces.get(name, [])
        if layer.part.behind
    ]
    front = {name: [layer for layer in layers if not layer.part.behind] for name, layers in pieces.items()}
    heel = _heel(worn.get("shoe"))
    feet = [Layer(shoes.foot(person.body, side, person.skin_cloth, heel)) for side in (-1, 1)]
    clothes = [layer for name in ORDER[:7] for layer in front.get(name, [])]
    extras = [layer for name in ORDER[7:] for layer in front.get(name, [])]
    return [
        *_bare(figure.back_hair(person)),
        *behind,
        *_bare(figure.trunk(person)),
        *feet,
        *clothes,
        *_bare(figure.head(person)),
        *extras,
    ]


def _heel(worn: tuple[ProductSpec, int] | None) -> float:
    shape = worn[0].design.shape if worn else None
    return shape.heel if isinstance(shape, Shoe) and shape.kind in ("pump", "flat") else 0.0


def _bare(parts: Sequence[Part]) -> list[Layer]:
    return [Layer(part) for part in parts]


def _tucked(spec: ProductSpec, owner: int, worn: dict[str, tuple[ProductSpec, int]]) -> ProductSpec:
    """Return the garment as it is worn with the others: a shirt inside a skirt, short sleeves inside a jacket."""
    shape = spec.design.shape
    if spec.category != "shirt" or not isinstance(shape, Top):
        return spec
    if "skirt" in worn:
        shape = replace(shape, hem=71.0, hem_band=0.0, hem_curve=0.3, waist=min(shape.waist, 1.5))
    if "jacket" in worn:
        shape = replace(
            shape, sleeve=0.0, bare_shoulder=1.0, hem=min(shape.hem, 76.0), ease=0.5, waist=0.5, hem_band=0.0
        )
    return replace(spec, design=replace(spec.design, shape=shape))


def _layers(spec: ProductSpec, body: Body, owner: int) -> list[Layer]:
    parts = _fitted(spec, body)
    return [Layer(part, owner, span_of(parts)) for part in parts]


def span_of(parts: Sequence[Part]) -> tuple[float, float]:
    """Return the top and the hem of a garment."""
    _, top, _, hem = bounds(np.vstack([part.outline for part in parts]))
    return top, hem


def paint(canvas: Canvas, layers: Sequence[Layer], camera: Matrix) -> None:
    """Paint the layers in their order."""
    for layer in layers:
        canvas.paint(layer.part, camera, layer.owner, layer.span)
