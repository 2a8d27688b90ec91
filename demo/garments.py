"""Draws products: as a packshot, laid on a surface from another angle, or worn by somebody."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo import backdrops, figure, outfit
from demo.bags import Bag
from demo.canvas import Box, Canvas
from demo.cloth import Part, plain
from demo.designs import ProductSpec
from demo.geometry import Matrix, affine, bounds, fit, limb
from demo.shoes import Shoe
from demo.tops import Top
from demo.wardrobe import completed

SIDE = 512
VIEWS = ("packshot", "laid", "worn")

# top and bottom (cm below the crown) of what a picture of a worn garment shows
FRAMES: dict[str, tuple[float, float]] = {
    "shirt": (-7, 104), "jacket": (-7, 118), "dress": (-7, 150), "pants": (52, 177), "shorts": (48, 140),
    "skirt": (48, 138), "shoe": (122, 177), "hat": (-14, 42), "sunglasses": (-9, 36), "bag": (8, 150),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A garment seen in a picture: its category, its frame in 0..1, its SKU unless it is nobody's product."""

    category: str
    box: Box
    sku: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture, its garments, and who owns each pixel: 0 nobody, i the garment ``boxes[i - 1]``."""

    pixels: NDArray[np.uint8]
    boxes: tuple[Labelled, ...]
    owner: NDArray[np.uint8]


def render_product(spec: ProductSpec, view: int, side: int = SIDE) -> Rendered:
    """Return one view of a product, (side, side, 3): 0 a packshot, 1 laid on a surface, 2 worn. Same call, same pixels."""
    random = np.random.default_rng([spec.seed, view, zlib.crc32(spec.sku.encode())])
    draw = {"packshot": _packshot, "laid": _laid, "worn": _worn}[VIEWS[view]]
    return draw(spec, side, random)


def finished(
    canvas: Canvas,
    wardrobe: Sequence[ProductSpec | None],
    known: Sequence[ProductSpec],
    random: np.random.Generator,
    noise: float,
) -> Rendered:
    """Return the picture of a canvas as a camera takes it; garments that are hidden are left out of its boxes."""
    seen = [(owner, spec, canvas.box(owner)) for owner, spec in enumerate(wardrobe, start=1) if spec is not None]
    renumbered = np.zeros_like(canvas.owner)
    boxes = []
    for owner, spec, box in seen:
        if box is not None:
            boxes.append(Labelled(spec.category, box, spec.sku if spec in known else None))
            renumbered[canvas.owner == owner] = len(boxes)
    return Rendered(_developed(canvas, random, noise), tuple(boxes), renumbered)


def _developed(canvas: Canvas, random: np.random.Generator, noise: float) -> NDArray[np.uint8]:
    shape = canvas.pixels.shape
    grain = random.standard_normal((shape[0], shape[1], 1), np.float32) * np.float32(noise)
    return np.asarray(np.clip((canvas.pixels + grain) * 255 + 0.5, 0, 255), np.uint8)


def _packshot(spec: ProductSpec, side: int, random: np.random.Generator) -> Rendered:
    canvas = Canvas(backdrops.studio(side, side, float(random.choice([1.0, 1.0, 0.4, 0.0]))))
    parts = outfit.laid(spec, 0)
    camera = fit(_points(parts), side, side, _margin(spec))
    standing = isinstance(spec.design.shape, (Shoe, Bag))
    _shadow(canvas, parts, camera, 0.28 if standing else 0.16, (0.0, 0.035) if standing else (0.01, 0.02), 0.03)
    _paint(canvas, parts, camera)
    return finished(canvas, [spec], [spec], random, 0.003)


def _margin(spec: ProductSpec) -> float:
    return 0.13 if spec.category in ("sunglasses", "hat", "shoe", "bag") else 0.07


def _laid(spec: ProductSpec, side: int, random: np.random.Generator) -> Rendered:
    kind = str(random.choice(backdrops.SURFACES))
    light = (float(random.uniform(-0.55, 0.55)), -0.5, 0.7)
    canvas = Canvas(backdrops.surface(kind, side, side, random), light)
    parts = outfit.laid(spec, 1)
    if kind == "wall" and isinstance(spec.design.shape, Top):
        parts = [*_hanger(), *parts]
    camera = fit(_points(parts), side, side, 0.09, _tilted(parts, random, kind == "wall"))
    _shadow(canvas, parts, camera, 0.42, (-light[0] * 0.035, 0.03), 0.014)
    _paint(canvas, parts, camera)
    canvas.pixels *= np.float32(random.uniform(0.86, 1.06)) * np.float32(
        [1, random.uniform(0.97, 1), random.uniform(0.88, 1.0)]
    )
    return finished(canvas, [spec], [spec], random, 0.01)


def _tilted(parts: Sequence[Part], random: np.random.Generator, hanging: bool) -> Matrix:
    """Return how the camera looks at a laid garment: turned, from one side, or mirrored."""
    x0, y0, x1, y1 = bounds(_points(parts))
    size = max(x1 - x0, y1 - y0)
    centred = affine(1 / size, to=(-(x0 + x1) / 2 / size, -(y0 + y1) / 2 / size))
    aside = np.eye(3)
    aside[2, 0], aside[2, 1] = random.uniform(-0.28, 0.28), random.uniform(-0.25, 0.1)
    mirror = -1.0 if random.random() < 0.5 else 1.0
    turn = 0.0 if hanging else float(random.uniform(-16, 16))
    return np.asarray(aside @ affine((mirror, 1.0), turn) @ centred)


def _hanger() -> list[Part]:
    hook = limb([(0, 27), (0, 20), (2.4, 17.5), (1.2, 14.6), (-1.8, 15.6)], [0.3, 0.3, 0.3])
    wood = limb([(-17.5, 34.5), (-8, 29.5), (0, 26.8), (8, 29.5), (17.5, 34.5)], [1.0, 1.1, 1.0])
    return [
        Part(hook, plain("silver", "metal"), round_cm=0.3, behind=True),
        Part(wood, plain("camel", "rubber"), round_cm=1.0, behind=True),
    ]


def _worn(spec: ProductSpec, side: int, random: np.random.Generator) -> Rendered:
    person = figure.somebody(random, spec.design.gender)
    wardrobe = completed([spec], random)
    canvas = Canvas(_scenery(side, random, FRAMES[spec.category]))
    layers = outfit.dressed(person, wardrobe)
    top, bottom = _frame(spec)
    scale = side / (bottom - top)
    camera = affine(scale, to=(side / 2 + float(random.uniform(-0.03, 0.03)) * side, -top * scale))
    if spec.category == "bag":
        middle = bounds(np.vstack([layer.part.outline for layer in layers if layer.owner == 1]))
        camera[0, 2] -= 0.5 * scale * (middle[0] + middle[2]) / 2
    canvas.drop_shadow([layer.part.outline for layer in layers], camera, (2.5, 1.5), 4.0, 0.22)
    outfit.paint(canvas, layers, camera)
    return finished(canvas, wardrobe, [spec], random, 0.008)


def _frame(spec: ProductSpec) -> tuple[float, float]:
    top, bottom = FRAMES[spec.category]
    hem = getattr(spec.design.shape, "hem", 0.0)
    return top, max(bottom, hem + 12.0)


def _scenery(side: int, random: np.random.Generator, frame: tuple[float, float]) -> NDArray[np.float32]:
    if random.random() < 0.35:
        return backdrops.street(side, side, random, 0.75 if frame[1] > 135 else 1.0)
    if random.random() < 0.5:
        return backdrops.studio(side, side, 0.2)
    return backdrops.surface("wall", side, side, random)


def _shadow(
    canvas: Canvas, parts: Sequence[Part], camera: Matrix, strength: float, offset: tuple[float, float], blur: float
) -> None:
    """Let a shadow fall on the backdrop; offset and blur are shares of the garment's size."""
    x0, y0, x1, y1 = bounds(_points(parts))
    size = max(x1 - x0, y1 - y0)
    canvas.drop_shadow(
        [part.outline for part in parts], camera, (offset[0] * size, offset[1] * size), blur * size, strength
    )


def _paint(canvas: Canvas, parts: Sequence[Part], camera: Matrix) -> None:
    span = outfit.span_of(parts)
    for part in parts:
        canvas.paint(part, camera, 1, span)


def _points(parts: Sequence[Part]) -> NDArray[np.float64]:
    return np.vstack([part.outline for part in parts])
