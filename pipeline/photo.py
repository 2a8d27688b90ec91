"""From the bytes of a stranger to a photo: (H, W, 3) uint8 sRGB, upright; or an error that says what to do.

Only the decoder that the content itself calls for ever sees the bytes, and only after size, declared pixels and
structure have been found harmless. Of a file with several pictures (animation, burst, pages) the first one is the
photo. Transparency becomes white, as a shop would show it. A damaged or cut-off file is refused, never filled up.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.decoders import DECODERS
from pipeline.media_type import ACCEPTED, PHOTO_TYPES, media_type, named
from pipeline.structure import overgrown

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Photo = NDArray[np.uint8]
THUMBNAIL_QUALITY = 85
TOLERATED = 4 / 3  # of `max_side`
LARGE_PIXELS = 16_000_000
_ONE_LARGE_PHOTO = threading.Lock()  # at the pixel limit one takes up to 1 GB: a process decodes them one by one
_ORIENTATION = 0x0112  # the EXIF tag
_ON_ITS_SIDE = (5, 6, 7, 8)


class PhotoError(Exception):
    """Base of all faults of a photo; the message is meant for the person who sent it."""


class EmptyPhoto(PhotoError):
    """No bytes at all."""


class UnreadablePhoto(PhotoError):
    """Bytes that are damaged, cut off, or of a kind that is not read."""


class UnsupportedPhoto(UnreadablePhoto):
    """Bytes of a kind that is not read: a page, a document, a drawing, a video, or nothing known."""


class PhotoTooLarge(PhotoError):
    """More bytes than allowed."""


class TooManyPixels(PhotoError):
    """The file declares more pixels than allowed; none of them was decoded."""


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """The most a photo may be."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """Upright `pixels`, and what they came from: `width` and `height` are those of the photo as sent, upright too."""

    pixels: Photo
    media_type: str
    width: int
    height: int


DEFAULT_LIMITS = PhotoLimits()


def decode(data: bytes, limits: PhotoLimits = DEFAULT_LIMITS, *, max_side: int | None = None) -> DecodedPhoto:
    """Return the photo that `data` holds: (H, W, 3) uint8 sRGB, EXIF rotation applied, transparency on white.

    With `max_side`, in pixels, a larger photo is reduced so that its long side is `max_side`, which is several times
    faster for a JPEG of a camera; one at most a third larger stays as it is, for reducing it would cost more than it
    saves. An embedded colour profile is converted to sRGB.
    Raises EmptyPhoto, PhotoTooLarge, TooManyPixels, or UnreadablePhoto (UnsupportedPhoto where the kind is not read).
    """
    kind = _checked_kind(data, limits)
    try:
        with DECODERS[kind](BytesIO(data)) as image:
            _check_pixels(image, limits)
            return _photo(image, kind, max_side)
    except PhotoError:
        raise
    except Exception as error:  # decoders meet hostile bytes here, and raise whatever their authors did not foresee
        raise UnreadablePhoto(_damaged(kind)) from error


def image_id(data: bytes) -> str:
    """Return the id of an image: the SHA-256 of its bytes, 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def thumbnail(pixels: Photo, side: int) -> bytes:
    """Return the photo as a JPEG whose long side is at most `side` pixels; a smaller photo keeps its size."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    written = BytesIO()
    image.save(written, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)
    return written.getvalue()


def _checked_kind(data: bytes, limits: PhotoLimits) -> str:
    if not data:
        raise EmptyPhoto("the photo is empty (0 bytes); send the image file itself")
    if len(data) > limits.max_bytes:
        raise PhotoTooLarge(
            f"the photo has {_mebibytes(len(data))} MiB, {_mebibytes(limits.max_bytes)} are allowed; "
            "send a smaller or more strongly compressed one"
        )
    kind = media_type(data)
    if kind not in PHOTO_TYPES:
        raise UnsupportedPhoto(f"this is {named(kind)}, not a photo; send {ACCEPTED}")
    if overgrown(data, kind):
        raise UnreadablePhoto("the file is made of far more pieces than a photo needs; save it again as plain JPEG")
    return kind


def _check_pixels(image: Image, limits: PhotoLimits) -> None:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise TooManyPixels(
            f"the photo has {width} x {height} pixels, {limits.max_pixels / 1e6:g} million are allowed; "
            "send a smaller version"
        )


def _photo(image: ImageFile, kind: str, max_side: int | None) -> DecodedPhoto:
    """Decode, and bring to sRGB: everything after the shrinking is done on few pixels."""
    from pipeline.colour import eight_bit, srgb

    width, height = image.size
    target = _reduced(width, height, max_side)
    if target != (width, height):
        image.draft(None, target)  # JPEG is decoded at 1/2, 1/4 or 1/8, never below the target
    with _ONE_LARGE_PHOTO if image.width * image.height > LARGE_PIXELS else nullcontext():
        image.load()
        plain = eight_bit(image)
        if plain is None:
            raise UnreadablePhoto(f"the photo's pixel format {image.mode!r} is not read; save it as 8-bit JPEG or PNG")
        colours = srgb(_shrunk(plain, target), image.info.get("icc_profile"))
        upright, on_its_side = _upright(colours, _orientation(image))
        pixels = np.array(upright, dtype=np.uint8)
    return DecodedPhoto(pixels, kind, height, width) if on_its_side else DecodedPhoto(pixels, kind, width, height)


def _reduced(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    if max_side is None or max(width, height) <= max_side * TOLERATED:
        return width, height
    scale = max_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(image: Image, target: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    if image.width <= target[0] and image.height <= target[1]:
        return image
    return image.resize(target, Resampling.BILINEAR, reducing_gap=2.0)


def _orientation(image: Image) -> int:
    """Return the EXIF orientation; broken EXIF is as good as none, it must not cost the photo."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # EXIF is a TIFF in miniature, and its reader fails in as many ways
        return 1


def _upright(image: Image, orientation: int) -> tuple[Image, bool]:
    """Return the picture turned upright, and whether width and height changed places."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return (image if turn is None else image.transpose(turn)), orientation in _ON_ITS_SIDE


def _damaged(kind: str) -> str:
    name = kind.removeprefix("image/").upper()
    return f"the {name} is damaged, cut off or without pixels; send the complete file, or save it again as JPEG"


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.4g}"
