"""Every kind of photo that is accepted comes out as the same upright sRGB pixels."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from pillow_heif import from_bytes, from_pillow

from pipeline.photo import PhotoLimits, decode, image_id, thumbnail

RED, GREEN, BLUE, WHITE = (200, 30, 40), (20, 160, 60), (30, 60, 180), (255, 255, 255)


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green / blue, white: no turn or mirroring of it looks like another."""
    image = Image.new("RGB", (width, height), WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def corners(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    height, width = pixels.shape[:2]
    rows, columns = [height // 4, height * 3 // 4], [width // 4, width * 3 // 4]
    return np.array([[pixels[row, column] for column in columns] for row in rows], dtype=np.int64)


def assert_shows_quarters(pixels: NDArray[np.uint8], tolerance: int = 12) -> None:
    assert pixels.dtype == np.uint8
    difference = np.abs(corners(pixels) - np.array([[RED, GREEN], [BLUE, WHITE]]))
    assert difference.max() <= tolerance


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("AVIF", "image/avif"),
        ("GIF", "image/gif"), ("TIFF", "image/tiff"), ("BMP", "image/bmp"),
    ],
)  # fmt: skip
def test_accepted_kinds_are_decoded_and_named_by_their_content(kind: str, media_type: str) -> None:
    photo = decode(written(quarters(), kind))
    assert photo.media_type == media_type
    assert photo.pixels.shape == (48, 64, 3)
    assert (photo.width, photo.height) == (64, 48)
    assert_shows_quarters(photo.pixels)


def test_heic_is_decoded() -> None:
    file = BytesIO()
    from_pillow(quarters()).save(file, quality=90)
    photo = decode(file.getvalue())
    assert photo.media_type == "image/heic"
    assert_shows_quarters(photo.pixels)


def test_pixels_may_be_written_to() -> None:
    pixels = decode(written(quarters(), "PNG")).pixels
    pixels[0, 0] = 7
    assert pixels.flags.c_contiguous
    assert pixels[0, 0].tolist() == [7, 7, 7]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("max_side", [None, 32])
def test_every_exif_orientation_comes_out_upright(kind: str, orientation: int, max_side: int | None) -> None:
    turned_back = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = quarters() if turned_back is None else quarters().transpose(turned_back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = written(stored, kind, exif=exif)
    photo = decode(data, max_side=max_side)
    assert (photo.width, photo.height) == (64, 48)
    assert photo.pixels.shape == ((48, 64, 3) if max_side is None else (24, 32, 3))
    assert_shows_quarters(photo.pixels, tolerance=20)


@pytest.mark.parametrize(
    ("orientation", "turned_back"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)],
)
def test_turned_heic_comes_out_upright(orientation: int, turned_back: Image.Transpose) -> None:
    stored = quarters().transpose(turned_back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    heic = from_bytes("RGB", stored.size, stored.tobytes())
    heic.info["exif"] = exif.tobytes()
    file = BytesIO()
    heic.save(file, quality=90)
    photo = decode(file.getvalue())
    assert b"irot" in file.getvalue()
    assert (photo.width, photo.height) == (64, 48)
    assert_shows_quarters(photo.pixels)


def test_broken_exif_does_not_cost_the_photo() -> None:
    photo = decode(written(quarters(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff\x01"))
    assert_shows_quarters(photo.pixels)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_first_frame_of_an_animation_is_the_photo(kind: str) -> None:
    later = [Image.new("RGB", (64, 48), colour) for colour in (BLUE, GREEN)]
    data = written(quarters(), kind, save_all=True, append_images=later, duration=100)
    assert_shows_quarters(decode(data).pixels)


def test_first_page_of_a_tiff_and_first_picture_of_a_burst_are_the_photo() -> None:
    for kind in ("TIFF", "MPO"):
        data = written(quarters(), kind, save_all=True, append_images=[Image.new("RGB", (64, 48), BLUE)])
        assert_shows_quarters(decode(data).pixels)


def test_cmyk_jpeg_is_read_the_right_way_round() -> None:
    assert_shows_quarters(decode(written(quarters().convert("CMYK"), "JPEG")).pixels)
    assert_shows_quarters(decode(written(quarters().convert("CMYK"), "TIFF")).pixels)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_brightness(kind: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    photo = decode(written(Image.fromarray(ramp), kind))
    assert photo.pixels.shape == (4, 256, 3)
    assert np.array_equal(photo.pixels[0, :, 0], (ramp[0] >> 8).astype(np.uint8))


def test_16_bit_colour_png_keeps_its_colours(tmp_path: Path) -> None:
    bgr = np.asarray(quarters())[:, :, ::-1].astype(np.uint16) * 257
    for name in ("deep.png", "deep.tiff"):
        assert cv2.imwrite(str(tmp_path / name), bgr)
        assert_shows_quarters(decode((tmp_path / name).read_bytes()).pixels, tolerance=1)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_black_and_white_and_palette_become_rgb(mode: str) -> None:
    image = quarters().convert(mode)
    photo = decode(written(image, "PNG"))
    assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA"), ("TIFF", "RGBA")])
def test_transparency_is_laid_on_white(kind: str, mode: str) -> None:
    image = Image.new(mode, (32, 32), (0, 0, 0, 0) if mode == "RGBA" else (0, 0))
    image.paste((0, 0, 0, 255) if mode == "RGBA" else (0, 255), (0, 0, 16, 32))
    image.paste((0, 0, 0, 128) if mode == "RGBA" else (0, 128), (0, 0, 16, 16))
    pixels = decode(written(image, kind)).pixels
    assert pixels[8, 24].tolist() == [255, 255, 255]
    assert pixels[24, 8].tolist() == [0, 0, 0]
    assert abs(int(pixels[8, 8, 0]) - 127) <= 2


def test_transparent_colours_of_palettes_and_plain_pngs_are_laid_on_white() -> None:
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert decode(written(palette, "GIF", transparency=0)).pixels.min() == 255
    assert decode(written(palette, "PNG", transparency=0)).pixels.min() == 255
    assert decode(written(Image.new("RGB", (8, 8), RED), "PNG", transparency=RED)).pixels.min() == 255


def profile_with_red_and_green_swapped() -> bytes:
    """A matrix ICC profile (version 2) that calls green what sRGB calls red, and the other way round."""
    xyz = {b"rXYZ": (0.3851, 0.7169, 0.0971), b"gXYZ": (0.4361, 0.2225, 0.0139), b"bXYZ": (0.1431, 0.0606, 0.7142)}
    tags = {
        name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))
        for name, values in {**xyz, b"wtpt": (0.9642, 1.0, 0.8249)}.items()
    }
    gamma = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(2.2 * 256), 0)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma)
    tags[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", 8) + b"swapped\0" + bytes(80)
    tags[b"cprt"] = b"text\0\0\0\0none\0\0\0\0"
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = 128 + len(table) + len(body)
    header = struct.pack(">I", size) + bytes(4) + b"\2\x20\0\0mntrRGB XYZ " + bytes(12) + b"acsp"
    return header.ljust(128, b"\0") + table + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_embedded_profile_is_converted_to_srgb(kind: str, mode: str) -> None:
    image = quarters().convert(mode if kind != "JPEG" else "RGB")
    data = written(image, kind, icc_profile=profile_with_red_and_green_swapped())
    found = corners(decode(data).pixels)
    expected = np.array([[(30, 200, 40), (160, 20, 60)], [(60, 30, 180), WHITE]])
    assert np.abs(found - expected).max() <= 14


def test_profile_of_another_pixel_layout_or_of_srgb_changes_nothing() -> None:
    for space in ("LAB", "XYZ", "sRGB"):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
        assert_shows_quarters(decode(written(quarters(), "PNG", icc_profile=profile)).pixels, tolerance=0)


def test_broken_profile_does_not_cost_the_photo() -> None:
    data = written(quarters(), "PNG", icc_profile=b"no profile at all" * 20)
    assert_shows_quarters(decode(data).pixels, tolerance=0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_max_side_reduces_large_photos_and_keeps_their_shape(kind: str) -> None:
    data = written(quarters(640, 480), kind)
    photo = decode(data, max_side=200)
    assert photo.pixels.shape == (150, 200, 3)
    assert (photo.width, photo.height) == (640, 480)
    assert_shows_quarters(photo.pixels)


def test_max_side_leaves_small_photos_alone() -> None:
    for max_side in (64, 48):  # up to a third above counts as small
        assert decode(written(quarters(), "JPEG"), max_side=max_side).pixels.shape == (48, 64, 3)
    assert decode(written(quarters(), "JPEG"), max_side=47).pixels.shape == (35, 47, 3)


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
def test_thinnest_photos_keep_at_least_one_pixel(size: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG"):
        pixels = decode(written(Image.new("RGB", size, RED), kind), max_side=100).pixels
        assert pixels.shape == (min(size[1], 100), min(size[0], 100), 3)


def test_same_bytes_give_the_same_pixels() -> None:
    data = written(quarters(640, 480), "JPEG")
    assert np.array_equal(decode(data, max_side=200).pixels, decode(data, max_side=200).pixels)


def test_large_photos_may_be_decoded_by_many_threads() -> None:
    data = written(Image.new("L", (4100, 4100), 7), "PNG")
    with ThreadPoolExecutor(4) as pool:
        shapes = list(pool.map(lambda _: decode(data, max_side=1000).pixels.shape, range(4)))
    assert shapes == [(1000, 1000, 3)] * 4


def test_photo_at_the_very_limit_is_accepted() -> None:
    data = written(quarters(), "PNG")
    assert decode(data, PhotoLimits(max_bytes=len(data), max_pixels=64 * 48)).pixels.shape == (48, 64, 3)


def test_image_id_is_the_sha_256_of_the_bytes() -> None:
    assert image_id(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_thumbnail_is_a_small_jpeg_of_the_same_shape() -> None:
    small = decode(thumbnail(np.asarray(quarters(640, 480)), 100))
    assert small.media_type == "image/jpeg"
    assert small.pixels.shape == (75, 100, 3)
    assert_shows_quarters(small.pixels)
    assert decode(thumbnail(np.asarray(quarters(64, 48)), 100)).pixels.shape == (48, 64, 3)


def test_importing_loads_no_decoder() -> None:
    code = "import sys, pipeline.photo; print([name for name in sys.modules if name.split('.')[0] in "
    code += "('PIL', 'pillow_heif', 'torch', 'cv2')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
