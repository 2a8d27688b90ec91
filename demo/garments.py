"""Draws products: as a packshot, laid on a surface from another angle, or worn by somebody."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from demo import backdrops, figure, outfit
from demo.bags import Bag
from demo.canvas import Box, Canvas
from demo.cloth import Part, plain
from demo.designs import ProductSpec
from demo.geometry import Matrix, affine, bounds, fit, limb
from demo.prints import Floats, floats
from demo.shoes import Shoe
from demo.tops import Top
from demo.wardrobe import completed

SIDE = 512
PORTRAIT = 0.75  # width to height of pictures of what is tall
_GRAIN = 640
VIEWS = ("packshot", "laid", "worn")

# top and bottom (cm below the crown) of what a picture of a worn garment shows
TALL = ("dress", "pants", "skirt")
FRAMES: dict[str, tuple[float, float]] = {
    "shirt": (-9, 128), "jacket": (-9, 138), "dress": (-9, 184), "pants": (-9, 184), "shorts": (-9, 184),
    "skirt": (-9, 184), "shoe": (-9, 184), "hat": (-16, 122), "sunglasses": (-10, 118), "bag": (-9, 184),
}  # fmt: skip


Size = tuple[int, int]  # height and width in pixels


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
    """Return one view of a product: 0 a packshot, 1 laid on a surface, 2 worn. Same call, same pixels.

    Pictures are `side` pixels high, and as wide, or three quarters of it where the view is a tall one.
    """
    random = np.random.default_rng([spec.seed, view, zlib.crc32(spec.sku.encode())])
    draw = {"packshot": _packshot, "laid": _laid, "worn": _worn}[VIEWS[view]]
    tall = spec.category in TALL or VIEWS[view] == "worn"
    return draw(spec, (side, round(side * PORTRAIT) if tall else side), random)


def finished(
    canvas: Canvas,
    wardrobe: Sequence[ProductSpec],
    known: Sequence[ProductSpec],
    random: np.random.Generator,
    noise: float,
) -> Rendered:
    """Return the picture of a canvas as a camera takes it; garments that are hidden are left out of its boxes."""
    for owner in range(1, len(wardrobe) + 1):
        canvas.tidy(owner)
    seen = [(owner, spec, canvas.box(owner)) for owner, spec in enumerate(wardrobe, start=1)]
    renumbered = np.zeros_like(canvas.owner)
    boxes = []
    for owner, spec, box in seen:
        if box is not None:
            boxes.append(Labelled(spec.category, box, spec.sku if spec in known else None))
            renumbered[canvas.owner == owner] = len(boxes)
    return Rendered(_developed(canvas, random, noise), tuple(boxes), renumbered)


def _developed(canvas: Canvas, random: np.random.Generator, noise: float) -> NDArray[np.uint8]:
    height, width = canvas.owner.shape
    y, x = random.integers(0, _GRAIN, 2)
    rows, columns = (np.arange(height) + y) % _GRAIN, (np.arange(width) + x) % _GRAIN
    grain = _grain()[rows][:, columns] * np.float32(noise * 255)
    return np.asarray(np.clip(canvas.pixels * 255 + (grain + 0.5)[..., None], 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _grain() -> Floats:
    """Return the noise of a camera's sensor; each picture takes it from another place."""
    return np.random.default_rng(0).standard_normal((_GRAIN, _GRAIN), np.float32)


def _packshot(spec: ProductSpec, size: Size, random: np.random.Generator) -> Rendered:
    canvas = Canvas(backdrops.studio(*size, float(random.choice([1.0, 1.0, 0.4, 0.0]))))
    parts = outfit.laid(spec, 0)
    camera = fit(_points(parts), size[1], size[0], _margin(spec))
    standing = isinstance(spec.design.shape, (Shoe, Bag))
    _shadow(canvas, parts, camera, 0.28 if standing else 0.16, (0.0, 0.035) if standing else (0.01, 0.02), 0.03)
    _paint(canvas, parts, camera)
    return finished(canvas, [spec], [spec], random, 0.003)


def _margin(spec: ProductSpec) -> float:
    return 0.1 if spec.category in ("sunglasses", "hat", "shoe", "bag") else 0.06


def _laid(spec: ProductSpec, size: Size, random: np.random.Generator) -> Rendered:
    kind = str(random.choice(backdrops.SURFACES))
    light = (float(random.uniform(-0.55, 0.55)), -0.5, 0.7)
    canvas = Canvas(backdrops.surface(kind, *size, random), light)
    parts = outfit.laid(spec, 1)
    if kind == "wall" and isinstance(spec.design.shape, Top):
        parts = [*_hanger(), *parts]
    camera = fit(_points(parts), size[1], size[0], 0.09, _tilted(parts, random, kind == "wall"))
    _shadow(canvas, parts, camera, 0.42, (-light[0] * 0.035, 0.03), 0.014)
    _paint(canvas, parts, camera)
    canvas.pixels *= np.float32(random.uniform(0.86, 1.06)) * floats(
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


def _worn(spec: ProductSpec, size: Size, random: np.random.Generator) -> Rendered:
    person = figure.somebody(random, spec.design.gender)
    wardrobe = completed([spec], random)
    canvas = Canvas(_scenery(size, random, FRAMES[spec.category]))
    layers = outfit.dressed(person, wardrobe)
    top, bottom = _frame(spec)
    height, width = size
    scale = height / (bottom - top)
    camera = affine(scale, to=(width / 2 + float(random.uniform(-0.03, 0.03)) * width, -top * scale))
    if spec.category == "bag":  # look a little to its side
        left, _, right, _ = bounds(_points([layer.part for layer in layers if layer.owner == 1]))
        camera[0, 2] -= 0.3 * scale * (left + right) / 2
    canvas.drop_shadow([layer.part.outline for layer in layers], camera, (2.5, 1.5), 4.0, 0.22)
    outfit.paint(canvas, layers, camera)
    return finished(canvas, wardrobe, [spec], random, 0.008)


def _frame(spec: ProductSpec) -> tuple[float, float]:
    top, bottom = FRAMES[spec.category]
    hem = getattr(spec.design.shape, "hem", 0.0)
    return top, max(bottom, hem + 12.0)


def _scenery(size: Size, random: np.random.Generator, frame: tuple[float, float]) -> NDArray[np.float32]:
    if random.random() < 0.35:
        return backdrops.street(*size, random, 0.75 if frame[1] > 135 else 1.0)
    if random.random() < 0.5:
        return backdrops.studio(*size, 0.2)
    return backdrops.surface("wall", *size, random)


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
