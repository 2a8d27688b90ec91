"""Rendered products and streets: the classes of which no photo shows one alone (bags, sunglasses), on white and worn.

One design in five is held out (`held_out_design`), for the benchmark.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from demo.catalog import SCENES
from demo.designs import Design, ProductSpec
from demo.garments import VIEWS, Labelled, Rendered, render_product
from demo.scenes import render_scene
from demo.shop import DESIGNS, products
from detector import CATEGORIES

PRODUCTS = 1000  # of the shop: every design in about fourteen looks
SIDE = 448  # pixels of a product's picture
STREETS = 0.2  # share of streets with dressed people among the pictures
STREET = (672, 504)  # pixels, height and width


def held_out_design(design: Design) -> bool:
    """Whether a design is kept away from training: about one in five of each category."""
    rivals = sorted((other.id for other in DESIGNS if other.category == design.category), key=_draw)
    return design.id in rivals[: round(len(rivals) / 5)]


def _draw(text: str) -> int:
    return zlib.crc32(text.encode())


def renderings(count: int, random: np.random.Generator) -> Iterator[tuple[Image.Image, str]]:
    """Yield `count` pictures and their YOLO label text: products of all classes alike, and streets."""
    specs = [spec for spec in products(PRODUCTS) if not held_out_design(spec.design)]
    for _ in range(count):
        rendered = _street(specs, random) if random.random() < STREETS else _product(specs, random)
        yield Image.fromarray(rendered.pixels), "".join(map(_line, rendered.boxes))


def _product(specs: Sequence[ProductSpec], random: np.random.Generator) -> Rendered:
    return render_product(_one(specs, str(random.choice(CATEGORIES)), random), int(random.integers(len(VIEWS))), SIDE)


def _street(specs: Sequence[ProductSpec], random: np.random.Generator) -> Rendered:
    """Render a street; men's garments stay at home, because not every two people could wear a mixed choice."""
    for_all = [spec for spec in specs if spec.design.gender != "male"]
    worn = [_one(for_all, category, random) for category in SCENES[random.integers(len(SCENES))]]
    return render_scene(worn, int(random.integers(1 << 31)), *STREET)


def _one(specs: Sequence[ProductSpec], category: str, random: np.random.Generator) -> ProductSpec:
    fitting = [spec for spec in specs if spec.category == category]
    return fitting[int(random.integers(len(fitting)))]


def _line(one: Labelled) -> str:
    x0, y0, x1, y1 = one.box
    middle = f"{(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f}"
    return f"{CATEGORIES.index(one.category)} {middle} {x1 - x0:.5f} {y1 - y0:.5f}\n"
