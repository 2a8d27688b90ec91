"""One decoder per kind of photo that is accepted; each is loaded when the first photo of its kind comes.

The decoder classes are used directly rather than through ``PIL.Image.open``: other libraries in the process replace
that function by one that tries to install packages when it meets bytes it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


def _jpeg(file: BytesIO) -> ImageFile:
    from PIL.JpegImagePlugin import JpegImageFile

    return JpegImageFile(file)


def _png(file: BytesIO) -> ImageFile:
    from PIL.PngImagePlugin import PngImageFile

    return PngImageFile(file)


def _webp(file: BytesIO) -> ImageFile:
    from PIL.WebPImagePlugin import WebPImageFile

    return WebPImageFile(file)


def _avif(file: BytesIO) -> ImageFile:
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(file)


def _heic(file: BytesIO) -> ImageFile:
    from pillow_heif.as_plugin import HeifImageFile

    opened: ImageFile = HeifImageFile(file)
    return opened


def _gif(file: BytesIO) -> ImageFile:
    from PIL.GifImagePlugin import GifImageFile

    return GifImageFile(file)


def _tiff(file: BytesIO) -> ImageFile:
    from PIL.TiffImagePlugin import TiffImageFile

    return TiffImageFile(file)


def _bmp(file: BytesIO) -> ImageFile:
    from PIL.BmpImagePlugin import BmpImageFile

    return BmpImageFile(file)


DECODERS: dict[str, Callable[[BytesIO], ImageFile]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/avif": _avif,
    "image/heic": _heic,
    "image/gif": _gif,
    "image/tiff": _tiff,
    "image/bmp": _bmp,
}
