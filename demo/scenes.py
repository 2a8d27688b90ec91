"""Street scenes: people in a street who wear garments of the shop, for searches whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from demo import backdrops, figure, outfit
from demo.body import GROUND_Y
from demo.canvas import Canvas
from demo.designs import ProductSpec
from demo.garments import Rendered, finished
from demo.geometry import Matrix, affine, ellipse
from demo.prints import floats
from demo.wardrobe import completed, gender_of, shared_out

HEIGHT, WIDTH = 896, 672
CROWN_Y = -6.0  # cm; room for a hat


def render_scene(products: Sequence[ProductSpec], seed: int, height: int = HEIGHT, width: int = WIDTH) -> Rendered:
    """Return a street with one or two people who wear all `products`; plain garments fill up what they lack.

    Boxes of `products` bear their SKU, those of the plain garments None. What is hidden altogether has no box.
    Same call, same pixels. Raises UnwearableOutfit where two people cannot wear them all.
    """
    random = np.random.default_rng([seed, len(products)])
    wardrobes = shared_out(products)
    ground = float(random.uniform(0.62, 0.74))
    light = (float(random.choice([-0.5, 0.5])), -0.5, 0.7)
    canvas = Canvas(backdrops.street(height, width, random, ground), light)
    everything: list[ProductSpec] = []
    for place, worn in enumerate(wardrobes):
        person = figure.somebody(random, gender_of(worn))
        full = completed(worn, random)
        camera = _stand(height, width, random, place, len(wardrobes))
        _ground_shadow(canvas, camera, light[0])
        outfit.paint(canvas, outfit.dressed(person, full, len(everything) + 1), camera)
        everything += full
    _weather(canvas, random)
    return finished(canvas, everything, products, random, float(random.uniform(0.008, 0.018)))


def _stand(height: int, width: int, random: np.random.Generator, place: int, people: int) -> Matrix:
    """Return the camera for the person at a place in the row."""
    tall = height * (random.uniform(0.84, 0.9) if people == 1 else random.uniform(0.72, 0.76))
    scale = tall / (GROUND_Y - CROWN_Y)
    x = width * (
        0.5 + random.uniform(-0.06, 0.06) if people == 1 else (0.29, 0.72)[place] + random.uniform(-0.02, 0.02)
    )
    return affine(
        scale, float(random.uniform(-1.2, 1.2)), (x, height * float(random.uniform(0.94, 0.965)) - GROUND_Y * scale)
    )


def _ground_shadow(canvas: Canvas, camera: Matrix, light_x: float) -> None:
    canvas.drop_shadow([ellipse(-light_x * 22, GROUND_Y - 1, 34, 3.4)], camera, (0, 0), 2.5, 0.35)
    canvas.drop_shadow([ellipse(0, GROUND_Y, 20, 2.6)], camera, (0, 0), 1.2, 0.45)


def _weather(canvas: Canvas, random: np.random.Generator) -> None:
    """Change the light of the whole picture: bright or dull, warm or cold, darker in the corners, a little soft."""
    height, width = canvas.owner.shape
    warm = random.uniform(-0.05, 0.06)
    canvas.pixels *= floats([1 + warm, 1.0, 1 - warm]) * np.float32(random.uniform(0.86, 1.1))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    canvas.pixels *= (1.03 - 0.22 * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2)[..., None]
    canvas.pixels = cv2.GaussianBlur(canvas.pixels, (0, 0), float(random.uniform(0.4, 0.8)))
