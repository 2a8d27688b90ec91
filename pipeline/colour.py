"""From any pixel layout a photo may come in to plain 8-bit sRGB."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsTransform

MAX_PROFILE_BYTES = 4 * 1024 * 1024
_PLAIN = ("L", "LA", "RGB", "RGBA", "CMYK")
_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def eight_bit(image: Image) -> Image | None:
    """Return the picture as 8-bit L, LA, RGB, RGBA or CMYK; None where its values have no agreed meaning as a photo.

    16-bit greys keep their upper byte (16-bit colour is brought to 8 bits by its decoder); a palette is looked up;
    a transparent colour becomes alpha. 32-bit and floating-point samples, and Lab, are not read.
    """
    from PIL import Image as Images

    if image.mode.startswith("I;16"):
        return Images.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F", "LAB", "HSV"):
        return None
    if image.mode not in ("LA", "RGBA") and image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in _PLAIN else image.convert("RGB")


def srgb(image: Image, profile: object) -> Image:
    """Return the picture as RGB in sRGB, transparency on white.

    `profile` is the embedded ICC profile, or None. One that is broken, oversized or made for another layout is passed
    over, as browsers do; CMYK without one is converted by plain subtraction.
    """
    flat = _on_white(image) if image.mode in ("LA", "RGBA") else image
    if isinstance(profile, bytes) and 0 < len(profile) <= MAX_PROFILE_BYTES:
        transform = _to_srgb(profile, flat.mode)
        if transform is not None:
            return transform.apply(flat)
    return flat.convert("RGB")


def _on_white(image: Image) -> Image:
    from PIL import Image as Images

    colours = image.mode.removesuffix("A")
    white = Images.new(colours, image.size, "white")
    white.paste(image.convert(colours), mask=image.getchannel("A"))
    return white


@lru_cache(maxsize=32)
def _to_srgb(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """Return what converts pixels of `mode` from `profile` to sRGB; None if there is nothing (safe) to convert."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != _PROFILE_SPACES[mode]:
            return None
        if mode == "RGB" and "srgb" in (source.profile.profile_description or "").lower():
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
