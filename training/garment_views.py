"""Five views of one garment, so that a projection can learn what of a vector is the garment and what is the photo.

The first is the crop as it is; then another light; another crop, turn and sharpness as well; and twice another ground
(white, even or a piece of a street), the garment cut out by GrabCut (C. Rother, V. Kolmogorov, A. Blake, "GrabCut",
2004). Garments that no mask holds are seen askew instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.float32]

VIEWS = 5
AS_IT_IS, ELSEWHERE = 0, 3  # the two views that the components are taken from

_MASK_SIDE = 112
_SHARE = (0.12, 0.85)  # of the crop that a mask must cover to be believed
_WHITE = np.array([255, 255, 255])


def views(
    base: Picture, near: Callable[[], Picture], margin: float, grounds: Sequence[Picture], chance: np.random.Generator
) -> list[Picture]:
    """Return VIEWS pictures of a garment, each (H, W, 3) uint8 of its own size.

    `base` is its crop, `near` cuts it out again a little otherwise; the outer `margin` of the crop is ground.
    """
    mask = _mask(base, margin)
    seen = [base, _relit(near(), chance)]
    moved = _mirrored(_part(_turned(near(), chance, 12, 0.06), chance, 0.6), chance)
    seen.append(_worsened(_relit(moved, chance, 0.8), chance))
    if mask is None:
        return [*seen, _askew(base, chance), _askew(near(), chance)]
    turned, cut = _turned_with(base, mask, chance)
    which = chance.random()
    ground = _WHITE if which < 0.35 else chance.integers(150, 250, 3) if which < 0.5 else _any(grounds, chance)
    seen.append(_worsened(_relit(_on(turned, cut, ground), chance, 0.7), chance))
    turned, cut = _turned_with(base, mask, chance)
    ground = _WHITE if chance.random() < 0.6 else _any(grounds, chance)
    return [*seen, _mirrored(_on(turned, cut, ground), chance)]


def part_of(picture: Picture, chance: np.random.Generator) -> Picture:
    """Return at least three quarters of a picture: a single garment, cut out a little otherwise."""
    return _part(picture, chance, 0.75)


def _mask(picture: Picture, margin: float) -> Mask | None:
    """Return how much of each pixel is garment, in 0..1, or None where the mask convinces nobody."""
    height, width = picture.shape[:2]
    scale = _MASK_SIDE / max(height, width)
    size = max(16, int(width * scale)), max(16, int(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    guess = np.full(small.shape[:2], cv2.GC_PR_FGD, np.uint8)
    y, x = max(2, int(size[1] * margin)), max(2, int(size[0] * margin))
    guess[:y] = guess[-y:] = guess[:, :x] = guess[:, -x:] = cv2.GC_BGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), guess, None, *models, 2, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few colours to tell two grounds apart
        return None
    found = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if not _SHARE[0] < found.mean() < _SHARE[1]:
        return None
    large = cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    soft: Mask = cv2.GaussianBlur(large, (0, 0), max(height, width) / 224).clip(0, 1)
    return soft


def _relit(picture: Picture, chance: np.random.Generator, strength: float = 1.0) -> Picture:
    """Return a picture in another light: gamma, brightness, white balance, contrast, saturation."""
    light = picture.astype(np.float32) / 255
    if chance.random() < 0.6:
        light = light ** np.exp(chance.uniform(-0.35, 0.35) * strength)
    gain = np.exp(chance.uniform(-0.45, 0.4) * strength)
    warm, green = chance.uniform(-0.13, 0.13) * strength, chance.uniform(-0.05, 0.05) * strength
    light = light * np.array([gain * (1 + warm), gain * (1 + green), gain * (1 - warm)], np.float32)
    if chance.random() < 0.5:
        middle = light.mean()
        light = (light - middle) * np.float32(np.exp(chance.uniform(-0.25, 0.25) * strength)) + middle
    if chance.random() < 0.5:
        grey = light.mean(-1, keepdims=True)
        light = grey + (light - grey) * np.float32(np.exp(chance.uniform(-0.3, 0.25) * strength))
    return np.clip(light.clip(0, 1) * 255 + 0.5, 0, 255).astype(np.uint8)


def _worsened(picture: Picture, chance: np.random.Generator) -> Picture:
    """Return a picture that may be blurred, sampled coarsely, and squeezed by JPEG."""
    if chance.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.4, 1.4))
    if chance.random() < 0.3:
        scale, (height, width) = chance.uniform(0.35, 0.8), picture.shape[:2]
        size = max(8, int(width * scale)), max(8, int(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if chance.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(35, 90))]
        data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)[1]
        picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return picture


def _mirrored(picture: Picture, chance: np.random.Generator) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1]) if chance.random() < 0.5 else picture


def _part(picture: Picture, chance: np.random.Generator, least: float) -> Picture:
    height, width = picture.shape[:2]
    side, stretch = chance.uniform(least, 1) ** 0.5, np.exp(chance.uniform(-0.22, 0.22))
    tall, wide = min(height, max(8, int(height * side * stretch))), min(width, max(8, int(width * side / stretch)))
    y, x = chance.integers(0, height - tall + 1), chance.integers(0, width - wide + 1)
    return picture[y : y + tall, x : x + wide]


def _camera(picture: Picture, chance: np.random.Generator, degrees: float, slant: float) -> NDArray[np.float64]:
    """Return a matrix that turns a picture and looks at it from one side."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + chance.uniform(-slant, slant, (4, 2)).astype(np.float32) * [width, height]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), chance.uniform(-degrees, degrees), chance.uniform(0.85, 1.1)
    )
    slanted = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(np.vstack([turn, [0, 0, 1]]) @ slanted)


def _turned(picture: Picture, chance: np.random.Generator, degrees: float, slant: float) -> Picture:
    camera, size = _camera(picture, chance, degrees, slant), picture.shape[1::-1]
    turned: Picture = cv2.warpPerspective(picture, camera, size, borderMode=cv2.BORDER_REPLICATE)
    return turned


def _turned_with(picture: Picture, mask: Mask, chance: np.random.Generator) -> tuple[Picture, Mask]:
    camera, size = _camera(picture, chance, 12, 0.05), picture.shape[1::-1]
    return (
        cv2.warpPerspective(picture, camera, size, borderValue=(255, 255, 255)),
        cv2.warpPerspective(mask, camera, size),
    )


def _askew(picture: Picture, chance: np.random.Generator) -> Picture:
    turned = _turned(_mirrored(picture, chance), chance, 20, 0.1)
    return _worsened(_relit(_part(turned, chance, 0.5), chance, 1.1), chance)


def _on(picture: Picture, mask: Mask, ground: NDArray[np.uint8] | NDArray[np.int64]) -> Picture:
    """Return the garment on another ground, a picture or one colour."""
    under = np.empty_like(picture)
    under[:] = ground if ground.ndim == 1 else cv2.resize(ground, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    share = mask[..., None]
    return np.asarray(picture * share + under * (1 - share), np.float32).astype(np.uint8)


def _any(grounds: Sequence[Picture], chance: np.random.Generator) -> Picture:
    return grounds[int(chance.integers(len(grounds)))]
