"""What stands behind a garment: a studio, wood, a bed sheet, a wall, a street. All (H, W, 3) float32 in 0..1."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from demo.prints import RGB, Floats, clouds, floats, repeat, rgb

SHEETS = ("white", "light blue", "beige", "grey", "blush")
WALLS = ("beige", "grey", "light blue", "ivory", "mint", "camel", "teal", "blush")
SURFACES = ("wood", "sheet", "wall", "carpet")


def studio(height: int, width: int, tone: float) -> Floats:
    """Return a seamless studio backdrop, white (`tone` 1) to light grey (0)."""
    y, x = _grid(height, width)
    light = 0.90 + 0.075 * tone - 0.07 * (1 - tone * 0.7) * ((x - 0.42) ** 2 + (y - 0.4) ** 2)
    return _tinted(light, (1.0, 0.998, 0.992))


def surface(kind: str, height: int, width: int, random: np.random.Generator) -> Floats:
    """Return a backdrop of `SURFACES` seen from above or, for a wall, from the front."""
    small = (height // 2, width // 2)
    made = {"wood": _wood, "sheet": _sheet, "wall": _wall, "carpet": _carpet}[kind](*small, random)
    y, x = _grid(*small)
    falling = 1.08 - 0.28 * np.hypot(x - random.uniform(0.2, 0.8), y - random.uniform(0.1, 0.5))
    lit = np.clip(made * falling[..., None], 0, 1)
    wide: Floats = cv2.resize(lit.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return wide


def street(height: int, width: int, random: np.random.Generator, ground: float) -> Floats:
    """Return a blurred street: sky, houses, pavement from `ground` (0..1 of the height) on."""
    picture = np.empty((height, width, 3), np.float32)
    horizon = int(height * ground)
    sky = np.linspace(0, 1, horizon, dtype=np.float32)[:, None, None]
    picture[:horizon] = floats((0.60, 0.72, 0.86)) * (1 - sky) + floats((0.88, 0.90, 0.92)) * sky
    _houses(picture, horizon, random)
    if horizon < height:
        _pavement(picture, horizon, random)
    _greenery(picture, horizon, random)
    blurred: Floats = cv2.GaussianBlur(picture, (0, 0), max(1.0, width / 140))
    return blurred


def _houses(picture: Floats, horizon: int, random: np.random.Generator) -> None:
    width = picture.shape[1]
    x = int(-random.uniform(0, 0.2) * width)
    while x < width:
        wide, top = int(random.uniform(0.18, 0.42) * width), int(random.uniform(-0.1, 0.45) * horizon)
        colour = floats(
            rgb(str(random.choice(["beige", "camel", "grey", "rust", "ivory", "blush", "silver"])))
        ) * random.uniform(0.65, 0.95)
        cv2.rectangle(picture, (x, top), (x + wide, horizon), colour.tolist(), -1)
        _windows(picture, x, top, wide, horizon, colour, random)
        x += wide


def _windows(
    picture: Floats, x: int, top: int, wide: int, horizon: int, colour: Floats, random: np.random.Generator
) -> None:
    columns, tall = int(random.integers(2, 5)), wide / 4
    step = wide / columns
    for row in range(int((horizon - top) / (tall * 1.6))):
        for column in range(columns):
            x0, y0 = int(x + (column + 0.25) * step), int(top + tall * (0.4 + row * 1.6))
            x1, y1 = int(x0 + step * 0.5), int(y0 + tall)
            cv2.rectangle(picture, (x0 - 2, y0 - 2), (x1 + 2, y1 + 2), (np.minimum(colour * 1.25, 1)).tolist(), -1)
            glass = floats((0.25, 0.31, 0.38)) * random.uniform(0.7, 1.7)
            cv2.rectangle(picture, (x0, y0), (x1, y1), glass.tolist(), -1)


def _pavement(picture: Floats, horizon: int, random: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    y = np.linspace(0, 1, height - horizon, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    near = 0.12 + y
    across, away = x / near * 1.6, 1.2 / near
    slabs = np.minimum(np.abs(np.mod(across * 1.5, 1) - 0.5), np.abs(np.mod(away * 2.2, 1) - 0.5)) * 2
    tone = random.uniform(0.52, 0.68) + 0.07 * y - 0.09 * np.exp(-((slabs / 0.05) ** 2))
    grain = random.standard_normal((height - horizon, width), np.float32) * np.float32(0.02)
    picture[horizon:] = _tinted(tone + grain, (1.02, 1.0, 0.96))
    picture[horizon : horizon + max(2, height // 90)] *= 0.72


def _greenery(picture: Floats, horizon: int, random: np.random.Generator) -> None:
    width = picture.shape[1]
    for _ in range(int(random.integers(0, 3))):
        x, size = random.uniform(0, 1) * width, random.uniform(0.08, 0.16) * width
        cv2.rectangle(
            picture,
            (int(x - size * 0.08), int(horizon - size * 2)),
            (int(x + size * 0.08), horizon + 4),
            (0.27, 0.21, 0.16),
            -1,
        )
        for _ in range(110):
            leaf = floats((0.22, 0.38, 0.17)) * random.uniform(0.6, 1.5)
            centre = (int(x + random.normal(0, size * 0.6)), int(horizon - size * 2.7 + random.normal(0, size * 0.6)))
            cv2.circle(picture, centre, int(size * random.uniform(0.06, 0.16)), leaf.tolist(), -1, cv2.LINE_AA)


def _wood(height: int, width: int, random: np.random.Generator) -> Floats:
    y, x = _grid(height, width)
    planks = int(random.integers(4, 7))
    plank = np.floor(y * planks)
    start, colour = int(random.integers(1000)), floats(rgb(str(random.choice(["camel", "brown", "beige"]))))
    shades = random.uniform(0.82, 1.08, planks + 1).astype(np.float32)
    grain = _noise(start, x * 0.7 + plank * 0.37, y * 7) * 0.5 + _noise(start + 1, x * 2 + plank * 0.2, y * 30) * 0.5
    tone = shades[plank.astype(int)] * (0.78 + 0.34 * grain)
    gap = np.abs(np.mod(y * planks, 1) - 0.5) > 0.488
    return np.clip(colour * np.where(gap, 0.35, tone)[..., None], 0, 1)


def _sheet(height: int, width: int, random: np.random.Generator) -> Floats:
    y, x = _grid(height, width)
    start, turn = int(random.integers(1000)), random.uniform(-0.8, 0.8)
    u, v = x + turn * y, y - turn * x
    bumps = cv2.GaussianBlur(_noise(start, u * 0.55, v * 0.28) + 0.35 * _noise(start + 1, u * 1.1, v * 0.5), (0, 0), 2)
    slope = cv2.Sobel(bumps, cv2.CV_32F, 1, 0, ksize=5) + 0.6 * cv2.Sobel(bumps, cv2.CV_32F, 0, 1, ksize=5)
    return np.clip(_tinted(0.92 + 0.045 * slope, rgb(str(random.choice(SHEETS)))), 0, 1)


def _wall(height: int, width: int, random: np.random.Generator) -> Floats:
    y, x = _grid(height, width)
    start = int(random.integers(1000))
    rough = 0.04 * (_noise(start, x * 3, y * 3) + _noise(start + 1, x * 9, y * 9) - 1)
    return np.clip(_tinted(0.94 + rough, rgb(str(random.choice(WALLS)))), 0, 1)


def _carpet(height: int, width: int, random: np.random.Generator) -> Floats:
    y, x = _grid(height, width)
    pile = random.standard_normal((height, width)).astype(np.float32)
    tone = 0.85 + 0.09 * cv2.GaussianBlur(pile, (0, 0), 0.8) + 0.1 * _noise(int(random.integers(1000)), x * 2, y * 2)
    return np.clip(_tinted(tone, rgb(str(random.choice(["grey", "beige", "navy", "khaki", "silver"])))), 0, 1)


def _grid(height: int, width: int) -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y / height, x / width


def _noise(seed: int, u: ArrayLike, v: ArrayLike) -> Floats:
    return repeat(clouds(seed % 64, 9), floats(u), floats(v))


def _tinted(light: ArrayLike, colour: RGB) -> Floats:
    return floats(light)[..., None] * floats(colour)
