"""What is no photo is refused with words a shopper or merchant can act on, and without costing time or memory."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import from_pillow

from pipeline.photo import (
    EmptyPhoto,
    PhotoError,
    PhotoLimits,
    PhotoTooLarge,
    TooManyPixels,
    UnreadablePhoto,
    UnsupportedPhoto,
    decode,
)

KINDS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "HEIC"]


def textured(size: tuple[int, int] = (160, 120)) -> Image.Image:
    return Image.effect_noise(size, 60).convert("RGB")


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    if kind == "HEIC":
        from_pillow(image).save(file, quality=60)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


SAMPLES = {kind: written(textured(), kind) for kind in KINDS}
SAMPLES["progressive JPEG"] = written(textured(), "JPEG", progressive=True)
SAMPLES["compressed TIFF"] = written(textured(), "TIFF", compression="tiff_lzw")


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_declaring(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def test_no_bytes_are_an_empty_photo() -> None:
    with pytest.raises(EmptyPhoto, match="0 bytes"):
        decode(b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "an HTML page"),
        (b"\n  <HTML lang=en>", "an HTML page"),
        (b'<?xml version="1.0"?><!-- drawn --><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"\xef\xbb\xbf<svg width='1'/>", "an SVG drawing"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b'{"error": "no such image"}', "JSON text"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "a video"),
        (b"just a few words", "plain text"),
        (bytes(range(1, 200)), "no known kind of image"),
        (b"\x00" * 64, "no known kind of image"),
        (b"\x00\x00\x01\x00\x01\x00\x10\x10", "an icon file"),
        (b"8BPS\x00\x01", "a Photoshop file"),
        (b"\xc5\xd0\xd3\xc6", "no known kind of image"),
    ],
)
def test_what_is_no_photo_is_named_and_the_kinds_accepted_are_listed(data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedPhoto, match=f"this is {said}, not a photo; send JPEG, PNG"):
        decode(data)


@pytest.mark.parametrize("kind", ["PPM", "ICO", "TGA", "DDS", "PCX", "EPS", "JPEG2000", "ICNS"])
def test_formats_that_are_not_on_the_list_are_never_opened(kind: str) -> None:
    with pytest.raises(UnsupportedPhoto):
        decode(written(textured((64, 64)), kind))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.9])
def test_cut_off_photo_is_refused_never_filled_up(name: str, kept: float) -> None:
    data = SAMPLES[name]
    with pytest.raises(UnreadablePhoto, match="cut off"):
        decode(data[: int(len(data) * kept)])


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_off_photo_is_refused_in_the_reduced_size_too(name: str) -> None:
    data = SAMPLES[name]
    with pytest.raises(UnreadablePhoto, match="cut off"):
        decode(data[: len(data) // 2], max_side=40)


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 10), (10, 0)])
def test_photo_without_pixels_is_refused(width: int, height: int) -> None:
    bmp = bytearray(SAMPLES["BMP"])
    bmp[18:26] = struct.pack("<ii", width, height)
    jpeg = SAMPLES["JPEG"]
    frame = jpeg.index(b"\xff\xc0") + 5
    flat_jpeg = jpeg[:frame] + struct.pack(">HH", height, width) + jpeg[frame + 4 :]
    for data in (png_declaring(width, height), bytes(bmp), flat_jpeg):
        with pytest.raises(UnreadablePhoto, match="without pixels"):
            decode(data)


def test_too_many_bytes_are_refused_before_anything_is_looked_at() -> None:
    with pytest.raises(PhotoTooLarge, match=r"0\.0009766 MiB|allowed"):
        decode(b"x" * 1025, PhotoLimits(max_bytes=1024))


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 5_001), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (1, 60_000_000)]
)
def test_declared_pixels_above_the_limit_are_refused_before_decoding(width: int, height: int) -> None:
    with pytest.raises(TooManyPixels, match=f"{width} x {height} pixels, 50 million are allowed; send a smaller"):
        decode(png_declaring(width, height))


@pytest.mark.parametrize("name", SAMPLES)
def test_pixel_limit_holds_for_every_format_and_also_when_reducing(name: str) -> None:
    limits = PhotoLimits(max_pixels=160 * 120 - 1)
    for max_side in (None, 16):
        with pytest.raises(TooManyPixels):
            decode(SAMPLES[name], limits, max_side=max_side)


def test_gif_whose_frame_outgrows_its_screen_is_refused() -> None:
    gif = SAMPLES["GIF"]
    screen = gif[:6] + struct.pack("<HH", 4, 4) + gif[10:]
    with pytest.raises(TooManyPixels):
        decode(screen, PhotoLimits(max_pixels=1000))


def test_jpeg_of_endless_scans_is_refused_before_decoding() -> None:
    jpeg = SAMPLES["progressive JPEG"]
    last_scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    assert decode(jpeg[:-2] + last_scan * 10 + jpeg[-2:]).width == 160
    with pytest.raises(UnreadablePhoto, match="far more pieces"):
        decode(jpeg[:-2] + last_scan * 100 + jpeg[-2:])


def test_bytes_after_the_picture_are_no_part_of_it() -> None:
    film = b"\xff\xda\x00\x08" * 5000  # phones append a short film to the JPEG
    assert decode(SAMPLES["JPEG"] + film).width == 160


def test_jpeg_and_png_of_endless_small_pieces_are_refused_before_decoding() -> None:
    jpeg, png = SAMPLES["JPEG"], SAMPLES["PNG"]
    for data in (
        jpeg[:2] + b"\xff\xe5\x00\x02" * 100_000 + jpeg[2:],
        jpeg[:3] + b"\xff" * 100_000 + jpeg[3:],
        png[:33] + png_chunk(b"abCd", b"") * 30_000 + png[33:],
    ):
        with pytest.raises(UnreadablePhoto, match="far more pieces"):
            decode(data)


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_samples_without_an_agreed_brightness_are_refused(mode: str) -> None:
    with pytest.raises(UnreadablePhoto, match="save it as 8-bit JPEG or PNG"):
        decode(written(Image.new(mode, (8, 8)), "TIFF"))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4)), max_size=8),
)
def test_damaged_photo_is_decoded_or_refused_and_nothing_else(name: str, edits: list[tuple[float, bytes]]) -> None:
    data = bytearray(SAMPLES[name])
    for where, replacement in edits:
        at = int(len(data) * where)
        data[at : at + len(replacement)] = replacement
    try:
        photo = decode(bytes(data), PhotoLimits(max_pixels=1_000_000), max_side=64)
    except PhotoError as error:
        assert str(error)
    else:
        assert max(photo.pixels.shape[:2]) <= 64
