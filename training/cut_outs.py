"""Garments as a shop shows them: cut out of other photos and set on white, on plain colours, or before a wall.

Nobody photographs a bed for a catalog. A detector that knows garments alone from beds and floors only takes a skirt
on white for a bag, so real garments are set on the grounds of shops, one or a few at a time, small and large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.outlines import Mask, Photo, box_of, outline

SHAPES = ((512, 512), (512, 512), (384, 512), (512, 384))  # pixels, width and height
SEVERAL = 0.3  # share of pictures with two or three garments
FILLS = (0.4, 0.96)  # of its place in the picture, by the garment's longer side
SOFT = 1.2  # pixels over which a garment's edge fades
SHADOW = (0.0, 0.35)
TRIES = 12

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """A garment cut out: its pixels, where they count, and its class."""

    pixels: Photo
    mask: Mask
    index: int


Draw = Callable[[np.random.Generator], Piece | None]  # a garment drawn at random, None where none could be cut out


def cut_outs(
    draw: Draw, grounds: Sequence[Image.Image], count: int, random: np.random.Generator
) -> Iterator[tuple[Image.Image, str]]:
    """Yield `count` pictures, and their YOLO label text, of garments that are drawn; of the ground where none could be.

    `grounds` are pictures without a garment; one picture in four has one of them as its ground.
    """
    for _ in range(count):
        width, height = SHAPES[random.integers(len(SHAPES))]
        picture = _ground(width, height, grounds, random)
        wanted = int(random.integers(2, 4)) if random.random() < SEVERAL else 1
        pieces = [piece for piece in (draw(random) for _ in range(wanted)) if piece]
        lines = [_set_down(picture, place, len(pieces), piece, random) for place, piece in enumerate(pieces)]
        yield Image.fromarray(picture.astype(np.uint8)), "".join(lines)


def laid(garments: Sequence[tuple[Path, int]]) -> Draw:
    """Return what draws a garment out of flat-lay photos (path, class), all classes alike."""
    by_class: dict[int, list[Path]] = {}
    for path, index in garments:
        by_class.setdefault(index, []).append(path)
    return lambda random: _piece(by_class, random)


def _ground(width: int, height: int, grounds: Sequence[Image.Image], random: np.random.Generator) -> Numbers:
    draw = random.random()
    if draw < 0.25 and grounds:
        chosen = grounds[int(random.integers(len(grounds)))]
        return np.asarray(chosen.convert("RGB").resize((width, height)), np.float64)
    colour = random.uniform(225, 255) + random.normal(0, 2, 3) if draw < 0.8 else random.uniform(0, 255, 3)
    if random.random() < 0.4:
        colour = np.full(3, 255.0)
    fall = np.linspace(1, random.uniform(0.85, 1), height)[:, None, None]  # of the light, downwards
    return (colour.clip(0, 255) * fall * np.ones((1, width, 1))).clip(0, 255)


def _piece(by_class: dict[int, list[Path]], random: np.random.Generator) -> Piece | None:
    """Return a garment of a class drawn at random, None where none could be told from its ground."""
    for _ in range(TRIES if by_class else 0):
        index = int(random.choice(sorted(by_class)))
        with Image.open(by_class[index][int(random.integers(len(by_class[index])))]) as image:
            photo = np.asarray(image.convert("RGB"))
        mask = outline(photo)
        if mask is not None:
            x0, y0, x1, y1 = box_of(mask)
            return Piece(photo[y0:y1, x0:x1], mask[y0:y1, x0:x1], index)
    return None


def _set_down(picture: Numbers, place: int, places: int, piece: Piece, random: np.random.Generator) -> str:
    """Lay a garment on its place in the picture, one of several side by side, and return its label line."""
    height, width, _ = picture.shape
    room = np.array([width / places, height])
    sides = np.array(piece.mask.shape[::-1])
    size = (sides * (room / sides).min() * random.uniform(*FILLS)).astype(int).clip(12)
    low = (random.uniform(0, 1, 2) * (room - size) + (place * room[0], 0)).astype(int).clip(0)
    x0, y0 = low.tolist()
    pixels = cv2.resize(piece.pixels, size.tolist(), interpolation=cv2.INTER_CUBIC)
    alpha = cv2.resize(piece.mask.astype(np.float64), size.tolist())
    alpha = (cv2.GaussianBlur(alpha, (0, 0), SOFT) * 2 - 0.9).clip(0, 1)[..., None]  # a little inside the outline
    part = picture[y0 : y0 + size[1], x0 : x0 + size[0]]
    shadow = cv2.GaussianBlur(alpha, (0, 0), size.max() / 25)[..., None] * random.uniform(*SHADOW)
    part *= 1 - shadow[: part.shape[0], : part.shape[1]]
    part += (pixels - part) * alpha[: part.shape[0], : part.shape[1]]
    middle, share = (low + size / 2) / (width, height), size / (width, height)
    return f"{piece.index} {middle[0]:.5f} {middle[1]:.5f} {share[0]:.5f} {share[1]:.5f}\n"
