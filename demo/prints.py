"""Colours by name, and prints: tiles that repeat, drawn once and shrunk to the size they are seen at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
RGB = tuple[float, float, float]

TILE = 256  # pixels of a print's repeat

PALETTE: dict[str, str] = {
    "black": "#1d1d20", "white": "#f4f3ef", "ivory": "#f0e9d8", "cream": "#efe0bf", "beige": "#d8c3a0",
    "camel": "#bd8d54", "brown": "#6e4528", "chocolate": "#452b20", "grey": "#93969a", "charcoal": "#43474c",
    "silver": "#c3c7cb", "navy": "#1f2a4d", "royal blue": "#2547b5", "sky blue": "#82b6e3", "light blue": "#b5d1ea",
    "indigo": "#2b3f68", "teal": "#16727a", "turquoise": "#39b9b4", "mint": "#a5dcc0", "green": "#2f8a4c",
    "forest green": "#1f4a35", "olive": "#69683a", "khaki": "#a59a6c", "yellow": "#f3cf3c", "mustard": "#cd9a22",
    "orange": "#e97f2c", "rust": "#aa4a27", "coral": "#f0786a", "red": "#c8202f", "burgundy": "#691c32",
    "pink": "#f0a3bb", "blush": "#e8c4bd", "fuchsia": "#cf2f86", "lilac": "#b9a2d6", "purple": "#65388d",
    "gold": "#cba552",
}  # fmt: skip

# centimetres of one repeat
PERIODS: dict[str, float] = {
    "stripes": 6.0, "breton": 4.2, "pinstripes": 2.6, "gingham": 4.0, "tartan": 13.0, "dots": 5.6, "floral": 15.0,
    "chevron": 7.0, "camouflage": 34.0, "leopard": 13.0, "stars": 9.0,
}  # fmt: skip
PRINTS = ("plain", *PERIODS, "gradient", "colour block")


def floats(values: ArrayLike) -> Floats:
    """Return the numbers as an array to reckon with."""
    return np.asarray(values, np.float32)


def rgb(colour: str) -> RGB:
    """Return a palette name or ``#rrggbb`` as red, green, blue in 0..1."""
    code = PALETTE.get(colour, colour).removeprefix("#")
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


@dataclass(frozen=True, slots=True)
class Print:
    """What is on the cloth: a kind of `PRINTS`, its ground colour, the colours on it, and its size."""

    kind: str
    ground: RGB
    ink: RGB = (1.0, 1.0, 1.0)
    accent: RGB = (0.5, 0.5, 0.5)
    size: float = 1.0

    def colours(self, u: Floats, v: Floats, pixels_per_cm: float, height: Floats) -> Floats:
        """Return (H, W, 3) colours at cloth places `u`, `v` (cm); `height` is 0 at the garment's top, 1 at its hem."""
        if self.kind == "gradient":
            return _blend(self.ground, self.ink, np.clip(height * 1.3 - 0.15, 0, 1))
        if self.kind == "colour block":
            lower = _blend(self.ground, self.ink, (height > 0.36).astype(np.float32))
            return np.where((height > 0.66)[..., None], floats(self.accent), lower)
        if self.kind == "plain":
            return np.broadcast_to(floats(self.ground), (*u.shape, 3)).copy()
        period = PERIODS[self.kind] * self.size
        return repeat(_shrunk(self, _seen_side(period * pixels_per_cm)), u / period, v / period)


def repeat(tile: Floats, u: Floats, v: Floats) -> Floats:
    """Return the colours of an endlessly repeated tile at `u`, `v`, counted in repeats."""
    side = tile.shape[0]
    padded = cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP)
    found: Floats = cv2.remap(padded, (u - np.floor(u)) * side, (v - np.floor(v)) * side, cv2.INTER_LINEAR)
    return found


def _blend(one: RGB, other: RGB, share: Floats) -> Floats:
    start = floats(one)
    return start + (floats(other) - start) * share[..., None]


def _seen_side(pixels: float) -> int:
    """Return the tile side, of a few sizes, at which a repeat that covers `pixels` is drawn without flicker."""
    return int(min(TILE, 2 ** round(np.log2(max(pixels, 4.0)))))


@lru_cache(maxsize=512)
def _shrunk(what: Print, side: int) -> Floats:
    tile: Floats = cv2.resize(_tile(what), (side, side), interpolation=cv2.INTER_AREA)
    return tile


@lru_cache(maxsize=128)
def _tile(what: Print) -> Floats:
    tile = np.empty((TILE, TILE, 3), np.float32)
    tile[:] = what.ground
    _DRAWN[what.kind](tile, what)
    return tile


def _stripes(tile: Floats, what: Print) -> None:
    tile[: TILE // 2] = what.ink


def _breton(tile: Floats, what: Print) -> None:
    tile[: TILE // 3] = what.ink


def _pinstripes(tile: Floats, what: Print) -> None:
    tile[:, : TILE // 9] = what.ink


def _gingham(tile: Floats, what: Print) -> None:
    ink = floats(what.ink)
    tile[: TILE // 2] += (ink - tile[: TILE // 2]) * 0.5
    tile[:, : TILE // 2] += (ink - tile[:, : TILE // 2]) * 0.5


def _tartan(tile: Floats, what: Print) -> None:
    bands = [
        (0.0, 0.3, what.ink, 0.5),
        (0.12, 0.18, what.accent, 0.6),
        (0.55, 0.6, what.accent, 0.75),
        (0.72, 0.76, what.ink, 0.7),
    ]
    for start, end, colour, share in bands:
        span = slice(int(start * TILE), int(end * TILE))
        tile[span] += (floats(colour) - tile[span]) * share * 0.7
        tile[:, span] += (floats(colour) - tile[:, span]) * share * 0.7


def _dots(tile: Floats, what: Print) -> None:
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        cv2.circle(tile, (int(x * TILE), int(y * TILE)), TILE // 8, what.ink, -1, cv2.LINE_AA)


def _chevron(tile: Floats, what: Print) -> None:
    x = np.arange(TILE)
    wave = np.abs((x * 2) % TILE - TILE // 2)
    tile[(x[:, None] + wave[None, :]) % TILE < TILE * 0.45] = what.ink


def _floral(tile: Floats, what: Print) -> None:
    random = np.random.default_rng(7)
    leaf = tuple(0.55 * part + 0.45 * green for part, green in zip(what.ground, (0.2, 0.45, 0.2), strict=True))
    for place in range(15):
        x, y = (place % 4 + random.uniform(0, 0.7)) / 4, (place // 4 + random.uniform(0, 0.7)) / 4
        size, turn = random.uniform(0.045, 0.085), random.uniform(0, 72)
        _flower(tile, x, y, size, turn, what.ink if place % 3 else what.accent, leaf, what)


def _flower(
    tile: Floats, x: float, y: float, size: float, turn: float, colour: RGB, leaf: tuple[float, ...], what: Print
) -> None:
    for angle in (turn + 20, turn + 200):
        _petal(tile, x, y, size * 1.9, angle, leaf, 0.3)
    for petal in range(5):
        _petal(tile, x, y, size, turn + 72 * petal, colour, 0.62)
    _everywhere(tile, x, y, size * 0.32, size * 0.32, 0, what.ground if what.accent == colour else what.accent)


def _petal(tile: Floats, x: float, y: float, size: float, angle: float, colour: tuple[float, ...], wide: float) -> None:
    dx, dy = np.cos(np.radians(angle)) * size * 0.7, np.sin(np.radians(angle)) * size * 0.7
    _everywhere(tile, x + dx, y + dy, size * 0.72, size * wide, angle, colour)


def _everywhere(
    tile: Floats, x: float, y: float, long: float, wide: float, angle: float, colour: tuple[float, ...]
) -> None:
    """Draw an ellipse, and what leaves the tile on one side comes in on the other."""
    axes = (max(1, round(long * TILE)), max(1, round(wide * TILE)))
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            centre = (round((x + dx) * TILE), round((y + dy) * TILE))
            cv2.ellipse(tile, centre, axes, angle, 0, 360, colour, -1, cv2.LINE_AA)


def _stars(tile: Floats, what: Print) -> None:
    for x, y, size, turn in (
        (0.25, 0.3, 0.13, 10),
        (0.75, 0.72, 0.16, 40),
        (0.72, 0.2, 0.08, 0),
        (0.22, 0.8, 0.09, 60),
    ):
        angles = np.radians(np.arange(10) * 36 + turn)
        radii = np.where(np.arange(10) % 2, 0.42, 1.0) * size * TILE
        star = np.stack([x * TILE + radii * np.cos(angles), y * TILE + radii * np.sin(angles)], axis=1)
        cv2.fillPoly(tile, [np.round(star * 16).astype(np.int32)], what.ink, cv2.LINE_AA, shift=4)


def _camouflage(tile: Floats, what: Print) -> None:
    for seed, colour, above in ((3, what.ink, 0.54), (4, what.accent, 0.6), (5, rgb("black"), 0.68)):
        tile[clouds(seed, 9) > above] = colour


def _leopard(tile: Floats, what: Print) -> None:
    random = np.random.default_rng(11)
    for place in range(36):
        x, y = (place % 6 + random.uniform(0, 0.7)) / 6, (place // 6 + random.uniform(0, 0.7)) / 6
        size, angle = random.uniform(0.045, 0.06), random.uniform(0, 180)
        _everywhere(tile, x, y, size * 1.15, size * 0.85, angle, what.accent)
        _everywhere(tile, x + 0.008, y + 0.006, size * 0.66, size * 0.42, angle, what.ink)


_DRAWN = {
    "stripes": _stripes, "breton": _breton, "pinstripes": _pinstripes, "gingham": _gingham, "tartan": _tartan,
    "dots": _dots, "floral": _floral, "chevron": _chevron, "camouflage": _camouflage, "leopard": _leopard,
    "stars": _stars,
}  # fmt: skip


@lru_cache(maxsize=256)
def clouds(seed: int, cells: int) -> Floats:
    """Return smooth noise in 0..1 that repeats, (TILE, TILE): about `cells` bumps a side."""
    grid = np.random.default_rng(seed).random((cells, cells), np.float32)
    wide = cv2.resize(np.tile(grid, (3, 3)), (TILE * 3, TILE * 3), interpolation=cv2.INTER_CUBIC)
    middle = wide[TILE : 2 * TILE, TILE : 2 * TILE]
    return np.asarray((middle - middle.min()) / (np.ptp(middle) + 1e-6), np.float32)
