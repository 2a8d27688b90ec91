"""Cloth: a print on a finish (weave, shine), how it falls in folds, and the light on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.geometry import Matrix, Points, project
from demo.prints import TILE, Floats, Print, clouds, repeat, rgb


@dataclass(frozen=True, slots=True)
class Finish:
    """How a material looks: its weave, how strongly that shows, how it shines, how deep it folds."""

    weave: str
    grain: float
    shine: float
    folds: float


FINISHES: dict[str, Finish] = {
    "cotton": Finish("fine", 0.05, 0.0, 1.0), "jersey": Finish("fine", 0.035, 0.0, 1.0),
    "linen": Finish("slub", 0.09, 0.0, 1.2), "poplin": Finish("fine", 0.03, 0.05, 1.2),
    "denim": Finish("twill", 0.17, 0.0, 0.8), "canvas": Finish("slub", 0.1, 0.0, 0.5),
    "wool": Finish("fuzz", 0.06, 0.0, 0.6), "knit": Finish("knit", 0.22, 0.0, 0.6),
    "corduroy": Finish("cord", 0.2, 0.0, 0.6), "satin": Finish("none", 0.0, 0.5, 1.3),
    "viscose": Finish("fine", 0.02, 0.12, 1.2), "nylon": Finish("none", 0.0, 0.28, 0.9),
    "leather": Finish("hide", 0.05, 0.55, 0.5), "suede": Finish("fuzz", 0.09, 0.0, 0.4),
    "patent": Finish("none", 0.0, 1.0, 0.2), "plastic": Finish("none", 0.0, 0.9, 0.0),
    "metal": Finish("none", 0.0, 1.2, 0.0), "rubber": Finish("none", 0.0, 0.15, 0.0),
    "straw": Finish("straw", 0.3, 0.0, 0.0), "felt": Finish("fuzz", 0.05, 0.0, 0.2),
    "skin": Finish("none", 0.0, 0.1, 0.0), "hair": Finish("strands", 0.3, 0.25, 0.0),
}  # fmt: skip

# centimetres of one repeat of a weave
_WEAVE_CM = {"fine": 5.0, "slub": 7.0, "twill": 6.0, "fuzz": 9.0, "knit": 8.0, "cord": 4.0, "hide": 8.0, "straw": 5.0,
             "strands": 9.0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cloth:
    """A print on a finish."""

    print: Print
    finish: str = "cotton"

    def colours(self, u: Floats, v: Floats, pixels_per_cm: float, height: Floats) -> Floats:
        """Return (H, W, 3) colours in 0..1, before light; the arguments are those of `Print.colours`."""
        finish = FINISHES[self.finish]
        colours = self.print.colours(u, v, pixels_per_cm, height)
        if finish.weave != "none":
            period = _WEAVE_CM[finish.weave]
            shown = repeat(_weave_at(finish.weave, _weave_side(period * pixels_per_cm)), u / period, v / period)
            bright = 0.35 + 0.65 * float(np.mean(self.print.ground))
            colours = colours * (1 + finish.grain * shown[..., None]) + finish.grain * 0.12 * bright * shown[..., None]
        return colours

    def tinted(self, factor: float) -> Cloth:
        """Return the same cloth darker (below 1) or lighter (above 1)."""
        shades = [tuple(min(1.0, part * factor) for part in one) for one in (self.print.ground, self.print.ink)]
        (r, g, b), (r2, g2, b2) = shades
        return replace(self, print=replace(self.print, ground=(r, g, b), ink=(r2, g2, b2)))

    def plain(self) -> Cloth:
        """Return cloth of the ground colour alone, as linings and ribs have it."""
        return Cloth(Print("plain", self.print.ground), self.finish)


def plain(colour: str, finish: str = "cotton") -> Cloth:
    """Return cloth of one colour."""
    return Cloth(Print("plain", rgb(colour)), finish)


@dataclass(frozen=True, slots=True)
class Folds:
    """How cloth falls: `crumple`, `drape` (flutes that fan out downwards), `pleats`, `quilt`, `rib` or `none`.

    `top` is the height (cm) at which flutes begin and `fan` how fast they spread; `period` is their width in cm.
    """

    kind: str = "crumple"
    depth: float = 1.0
    period: float = 9.0
    top: float = 60.0
    fan: float = 0.012
    seed: int = 0


def relief(folds: Folds, u: Floats, v: Floats) -> Floats:
    """Return how far the cloth stands out (cm) at the places `u`, `v`."""
    wobble = _noise(folds.seed, u, v, 60.0, 90.0)
    if folds.kind == "crumple":
        one = _noise(folds.seed + 1, u + v * 0.45, v - u * 0.45, 30.0, 110.0)
        other = _noise(folds.seed + 2, u - v * 0.6, v + u * 0.6, 24.0, 90.0)
        return np.asarray(folds.depth * (0.9 * one + 0.8 * other + 1.2 * wobble), np.float32)
    if folds.kind in ("drape", "pleats"):
        spread = 1 + folds.fan * np.maximum(v - folds.top, 0)
        turns = u / (folds.period * spread) + (0.3 * wobble if folds.kind == "drape" else 0)
        grown = np.clip((v - folds.top) / (22 if folds.kind == "drape" else 4), 0, 1) * spread
        return np.asarray(folds.depth * grown * _flute(folds.kind, turns) * folds.period * 0.12, np.float32)
    if folds.kind == "quilt":
        return np.asarray(
            folds.depth * np.sqrt(np.abs(np.sin(np.pi * v / folds.period)) + 0.02) + 0.3 * wobble, np.float32
        )
    if folds.kind == "rib":
        return np.asarray(folds.depth * 0.09 * np.sin(2 * np.pi * u / 0.9), np.float32)
    return np.zeros_like(u)


def hanging(folds: Folds, x: NDArray[np.float64], hem: float) -> NDArray[np.float64]:
    """Return how much lower (cm) a hem hangs at the places `x`, where its flutes come forward."""
    places = x.astype(np.float32)[None, :]
    return np.asarray(relief(folds, places, np.full_like(places, hem))[0], np.float64)


def _flute(kind: str, turns: Floats) -> Floats:
    if kind == "pleats":
        place = np.mod(turns, 1.0)
        return np.asarray(1.6 * np.minimum(place, (1 - place) * 5), np.float32)
    return np.asarray(np.sin(2 * np.pi * turns) + 0.4 * np.sin(4.6 * np.pi * turns + 1), np.float32)


def _noise(seed: int, u: Floats, v: Floats, wide: float, tall: float) -> Floats:
    return repeat(clouds(seed, 5), u / wide, v / tall)


def lit(height: Floats, pixels_per_cm: float, light: tuple[float, float, float], shine: float) -> tuple[Floats, Floats]:
    """Return (shade, gloss) of a relief in cm: factors about 1 for the colour, and white light to add."""
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) * (pixels_per_cm / 8)
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) * (pixels_per_cm / 8)
    length = np.sqrt(dx * dx + dy * dy + 1)
    lx, ly, lz = light
    facing = (-dx * lx - dy * ly + lz) / length
    shade = np.clip(1 + 0.75 * (facing - lz), 0.4, 1.3)
    gloss = np.zeros_like(shade)
    if shine:
        half = np.sqrt(2 + 2 * lz)
        mirror = np.clip((-dx * lx - dy * ly + lz + 1) / (half * length), 0, 1)
        gloss = shine * 0.45 * mirror ** (14 + 40 * shine)
        gloss -= shine * 0.45 * ((lz + 1) / half) ** (14 + 40 * shine)  # flat cloth stays as it is
        gloss = np.maximum(gloss, -0.04)
    return np.asarray(shade, np.float32), np.asarray(gloss, np.float32)


def _weave_side(pixels: float) -> int:
    return int(min(TILE, 2 ** round(np.log2(max(pixels, 4.0)))))


@lru_cache(maxsize=64)
def _weave_at(kind: str, side: int) -> Floats:
    tile: Floats = cv2.resize(_weave(kind), (side, side), interpolation=cv2.INTER_AREA)
    return tile


@lru_cache(maxsize=16)
def _weave(kind: str) -> Floats:
    """Return a weave's pattern, about 0 in the mean and within -1..1, (TILE, TILE)."""
    random = np.random.default_rng(1)
    noise = random.standard_normal((TILE, TILE), np.float32) * 0.6
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.float32) / TILE
    if kind == "twill":
        lines = np.sin(2 * np.pi * (x + y) * 40)
        return np.asarray(0.35 * lines + 0.4 * _smeared(noise, 1, 9) + 0.5 * _smeared(noise, 9, 3), np.float32)
    if kind == "knit":
        rows = np.sin(2 * np.pi * (y * 16 + 0.3 * np.abs(np.sin(2 * np.pi * x * 8))))
        return np.asarray(0.6 * rows - 0.7 * (np.abs(np.sin(2 * np.pi * x * 8)) < 0.25) + 0.1, np.float32)
    if kind == "cord":
        return np.asarray(np.sin(2 * np.pi * x * 8), np.float32)
    if kind == "straw":
        return np.asarray(
            0.6 * np.sin(2 * np.pi * (y * 10 + 0.05 * np.sin(x * 40))) + 0.4 * _smeared(noise, 9, 1), np.float32
        )
    if kind == "slub":
        return _smeared(noise, 21, 1) + _smeared(noise, 1, 21)
    if kind == "strands":
        return np.asarray(
            _smeared(noise, 1, 61) * 1.6 + 0.5 * np.sin(2 * np.pi * x * 12 + 2 * clouds(2, 4)), np.float32
        )
    if kind == "fuzz":
        return np.asarray(_smeared(noise, 3, 3) * 1.5 + clouds(9, 24) - 0.5, np.float32)
    return np.asarray(noise, np.float32)


def _smeared(noise: Floats, wide: int, tall: int) -> Floats:
    blurred = cv2.blur(np.tile(noise, (3, 3)), (wide, tall))[TILE : 2 * TILE, TILE : 2 * TILE]
    return np.asarray(blurred / (blurred.std() + 1e-6) * 0.5, np.float32)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line on cloth: a seam, a stitch, a crease.

    `groove` (cm) raises the cloth, below 0 presses it in; a
    `soft` line has no edges."""

    points: Points
    width: float = 0.25
    colour: tuple[float, float, float] | None = None
    strength: float = 1.0
    groove: float = 0.0
    dash: float = 0.0
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a garment: a closed outline (cm) of cloth, with lines on it.

    `round_cm` is how far from its edge a piece curves away, `depth` how strongly. `grain` turns the print (degrees)
    about the outline's first point. `behind` pieces lie behind the body; `shadow` falls on what lies below;
    `edge` is how dark the piece is along its outline.
    """

    outline: Points
    cloth: Cloth
    folds: Folds = Folds("none")
    strokes: tuple[Stroke, ...] = ()
    round_cm: float = 3.0
    depth: float = 0.35
    grain: float = 0.0
    behind: bool = False
    shadow: float = 0.3
    opacity: float = 1.0
    edge: float = 0.28


def moved(part: Part, matrix: Matrix) -> Part:
    """Return the piece at another place, size or angle."""
    strokes = tuple(replace(stroke, points=project(matrix, stroke.points)) for stroke in part.strokes)
    return replace(part, outline=project(matrix, part.outline), strokes=strokes)
