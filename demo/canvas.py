"""Where pieces of cloth become pixels: fills outlines without jags, lights them, and remembers who owns each pixel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.cloth import FINISHES, Part, Stroke, lit, relief
from demo.geometry import Matrix, Points, project, shifted
from demo.prints import Floats, floats

Box = tuple[float, float, float, float]
Light = tuple[float, float, float]
ABOVE_LEFT: Light = (-0.42, -0.55, 0.72)
SLIVER = 0.03  # share of what is seen of a garment below which an island of it does not count
OWNED = 0.5  # cover from which on a pixel belongs to a piece


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rectangle as an index into (H, W)."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)


class Canvas:
    """A picture in the making: `pixels` (H, W, 3) float32 in 0..1, `owner` (H, W) the number of whom is seen there."""

    def __init__(self, pixels: Floats, light: Light = ABOVE_LEFT) -> None:
        self.pixels = pixels
        self.owner: NDArray[np.uint8] = np.zeros(pixels.shape[:2], np.uint8)
        self._light = light

    def paint(self, part: Part, camera: Matrix, owner: int = 0, span: tuple[float, float] = (0.0, 100.0)) -> None:
        """Lay a piece over the picture. `span` is the garment's top and hem, which gradients follow."""
        edge = project(camera, part.outline)
        scale = _pixels_per_cm(camera, part.outline)
        window = _around(edge, 3 + 2.0 * scale, self.owner.shape)
        if window is None:
            return
        cover = filled(edge, window)
        self._cast_shadow(part.shadow, cover, window, scale)
        u, v = _places(camera, window)
        colours = self._coloured(part, u, v, scale, span)
        height = _height(part, cover, u, v, scale)
        for stroke in part.strokes:
            _draw(stroke, camera, window, scale, colours, height)
        shade, gloss = _light_on(part, height, cover, scale, self._light)
        seen = colours * shade[..., None] + gloss[..., None]
        below = self.pixels[window.slices]
        below += (seen - below) * (cover * part.opacity)[..., None]
        if part.opacity > OWNED:
            self.owner[window.slices][cover > OWNED] = owner

    def drop_shadow(
        self,
        outlines: Iterable[Points],
        camera: Matrix,
        offset_cm: tuple[float, float],
        blur_cm: float,
        strength: float,
    ) -> None:
        """Darken the backdrop where the outlines, moved by an offset and blurred, keep the light away."""
        height, width = self.owner.shape
        edges = [project(camera, points + np.asarray(offset_cm)) for points in outlines]
        small = np.zeros((height // 2, width // 2), np.uint8)
        for edge in edges:
            cv2.fillPoly(small, [np.round(edge * 8).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        scale = _pixels_per_cm(camera, np.zeros((1, 2)))
        soft = cv2.GaussianBlur(small, (0, 0), max(0.6, blur_cm * scale / 2))
        dark = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
        self.pixels *= 1 - strength * dark[..., None]

    def tidy(self, owner: int) -> None:
        """Let go of slivers: pixels that peep out between other pieces, far less than the rest of what is seen."""
        count, number, sizes, _ = cv2.connectedComponentsWithStats((self.owner == owner).astype(np.uint8))
        areas = sizes[1:, cv2.CC_STAT_AREA]
        small = [place for place, area in enumerate(areas, start=1) if area < max(SLIVER * areas.sum(), 4)]
        if count > 1 and small:
            self.owner[np.isin(number, small)] = 0

    def box(self, owner: int) -> Box | None:
        """Return the frame of what is seen of an owner, in 0..1, or None where it is hidden."""
        mask = self.owner == owner
        xs, ys = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        if not len(xs):
            return None
        height, width = mask.shape
        return xs[0] / width, ys[0] / height, (xs[-1] + 1) / width, (ys[-1] + 1) / height

    def _cast_shadow(self, strength: float, cover: Floats, window: Window, scale: float) -> None:
        if strength <= 0:
            return
        lx, ly, _ = self._light
        step = 2 if scale > 2.5 else 1
        small = (max(1, cover.shape[1] // step), max(1, cover.shape[0] // step))
        shift = np.array([[1 / step, 0, -lx * scale * 0.9 / step], [0, 1 / step, -ly * scale * 0.9 / step]], np.float32)
        dark = cv2.GaussianBlur(cv2.warpAffine(cover, shift, small), (0, 0), max(0.6, 0.55 * scale / step)) * strength
        if step > 1:
            dark = cv2.resize(dark, cover.shape[::-1], interpolation=cv2.INTER_LINEAR)
        dark[self.owner[window.slices] == 0] *= 0.35
        self.pixels[window.slices] *= (1 - dark)[..., None]

    def _coloured(self, part: Part, u: Floats, v: Floats, scale: float, span: tuple[float, float]) -> Floats:
        place = (v - span[0]) / max(span[1] - span[0], 1e-6)
        if part.grain:
            x, y = part.outline[0]
            cos, sin = np.cos(np.radians(part.grain)), np.sin(np.radians(part.grain))
            u, v = cos * (u - x) + sin * (v - y), -sin * (u - x) + cos * (v - y)
        return part.cloth.colours(np.asarray(u, np.float32), np.asarray(v, np.float32), scale, place)


def filled(edge: Points, window: Window) -> Floats:
    """Return how much of each pixel of the window lies inside the outline, 0..1."""
    width, height = window.x1 - window.x0, window.y1 - window.y0
    big = np.zeros((height * 2, width * 2), np.uint8)
    corners = (edge - (window.x0, window.y0)) * 2 - 0.5
    cv2.fillPoly(big, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    small: Floats = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small / 255, np.float32)


def _pixels_per_cm(camera: Matrix, points: Points) -> float:
    middle = points.mean(axis=0)
    corners = project(camera, np.array([middle, shifted(middle, 1, 0), shifted(middle, 0, 1)]))
    (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
    return float(np.sqrt(abs(ax * by - ay * bx)))


def _places(camera: Matrix, window: Window) -> tuple[Floats, Floats]:
    """Return the place on the cloth (cm) of every pixel of the window."""
    x = np.arange(window.x0, window.x1, dtype=np.float32)[None, :] + 0.5
    y = np.arange(window.y0, window.y1, dtype=np.float32)[:, None] + 0.5
    back = np.linalg.inv(camera).astype(np.float32)
    below = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    return (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / below, (
        back[1, 0] * x + back[1, 1] * y + back[1, 2]
    ) / below


def _height(part: Part, cover: Floats, u: Floats, v: Floats, scale: float) -> Floats:
    """Return how far each pixel of the piece stands out, in cm: the roundness of its edges and its folds."""
    step = 2 if min(cover.shape) > 64 else 1
    inside = (cover[::step, ::step] > OWNED).astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5) * (step / scale)
    t = np.clip(distance / part.round_cm, 0, 1)
    height = part.depth * part.round_cm * t * (2 - t)
    height = cv2.GaussianBlur(height, (0, 0), max(0.7, 0.12 * part.round_cm * scale / step))
    if part.folds.kind != "none":
        depth = FINISHES[part.cloth.finish].folds
        height = height + depth * relief(part.folds, u[::step, ::step], v[::step, ::step])
    if step > 1:
        height = cv2.resize(height.astype(np.float32), cover.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(height, np.float32)


def _draw(stroke: Stroke, camera: Matrix, window: Window, scale: float, colours: Floats, height: Floats) -> None:
    """Draw a line into the colours and the relief of a piece."""
    points = project(camera, _dashed(stroke) if stroke.dash else stroke.points) - (window.x0, window.y0)
    width = max(stroke.width * scale, 0.35)
    place = _around(points, 2 * width + 4, height.shape)
    if place is None:
        return
    line = _line(shifted(points, -(place.x0), -(place.y0)), width, place, bool(stroke.dash)) * stroke.strength
    if stroke.soft:
        line = cv2.GaussianBlur(line, (0, 0), max(0.8, width * 0.4))
    if stroke.colour is not None:
        colours[place.slices] += (floats(stroke.colour) - colours[place.slices]) * line[..., None]
    if stroke.groove:
        height[place.slices] += stroke.groove * cv2.GaussianBlur(line, (0, 0), max(0.8, width * 0.5))


def _around(points: Points, pad: float, shape: tuple[int, ...]) -> Window | None:
    x0, y0 = np.floor(points.min(axis=0) - pad)
    x1, y1 = np.ceil(points.max(axis=0) + pad)
    place = Window(max(0, int(x0)), max(0, int(y0)), min(shape[1], int(x1)), min(shape[0], int(y1)))
    return place if place.x1 - place.x0 > 1 and place.y1 - place.y0 > 1 else None


def _line(points: Points, width: float, place: Window, dashed: bool) -> Floats:
    shape = (place.y1 - place.y0, place.x1 - place.x0)
    big = np.zeros((shape[0] * 2, shape[1] * 2), np.uint8)
    corners = np.round((points * 2 - 0.5) * 16).astype(np.int32)
    lines = [*corners.reshape(-1, 2, 2)] if dashed else [corners]
    cv2.polylines(big, lines, False, 255, max(1, round(width * 2)), cv2.LINE_AA, shift=4)
    line: Floats = cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    return line * (min(1.0, width * 1.4) / 255)


def _dashed(stroke: Stroke) -> Points:
    """Return the ends of the dashes of a stitched line, two by two."""
    steps = np.linalg.norm(np.diff(stroke.points, axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    marks = np.arange(0, max(travelled[-1], stroke.dash), stroke.dash / 2)
    marks = marks[: len(marks) // 2 * 2]
    if not len(marks):
        return stroke.points[:2]
    return np.stack([np.interp(marks, travelled, stroke.points[:, axis]) for axis in (0, 1)], axis=1)


def _light_on(part: Part, height: Floats, cover: Floats, scale: float, light: Light) -> tuple[Floats, Floats]:
    shade, gloss = lit(height, scale, light, FINISHES[part.cloth.finish].shine)
    soft = cv2.GaussianBlur(cover, (0, 0), max(0.8, 0.45 * scale))
    return shade * (1 - part.edge + part.edge * np.clip(soft * 2 - 1, 0, 1)), gloss
