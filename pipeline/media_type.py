"""What bytes are, told by the bytes themselves: headers and file names of strangers are never believed.

Photos of the kinds in `PHOTO_TYPES` are decoded; everything else is named, so that an error can say what came instead.
"""

from __future__ import annotations

PHOTO_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "image/gif", "image/tiff", "image/bmp",
)  # fmt: skip
ACCEPTED = "JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF or BMP"
UNKNOWN = "application/octet-stream"

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<p", b"<div", b"<!--")
_NAMES = {
    "text/html": "an HTML page",
    "image/svg+xml": "an SVG drawing",
    "application/pdf": "a PDF document",
    "application/xml": "an XML document",
    "application/json": "JSON text",
    "text/plain": "plain text",
    "image/vnd.adobe.photoshop": "a Photoshop file",
    "image/jp2": "a JPEG 2000 picture",
    "image/jxl": "a JPEG XL picture",
    "image/x-icon": "an icon file",
    "video/webm": "a video",
    "video/mp4": "a video",
    "application/zip": "a ZIP archive",
    "application/gzip": "a gzip archive",
}


def media_type(data: bytes) -> str:
    """Return the media type that the first bytes show; `UNKNOWN` if they show none."""
    for signature, found in _SIGNATURES:
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _type_of_brands(data)
    return _type_of_text(data[:1024])


def named(kind: str) -> str:
    """Return what a person calls data of this media type: "an HTML page"; "no known kind of image" if unknown."""
    return _NAMES.get(kind, "no known kind of image" if kind == UNKNOWN else f"data of type {kind}")


def _type_of_brands(data: bytes) -> str:
    """Tell AVIF, HEIC and video apart: all three begin with a box that lists the brands the file conforms to."""
    end = min(int.from_bytes(data[:4], "big"), 512)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "image/avif"
    return "image/heic" if brands & _HEIC_BRANDS else "video/mp4"


def _type_of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text or b"\x00" in text:
        return UNKNOWN
    if b"<svg" in text and text.startswith(b"<"):
        return "image/svg+xml"
    if text.startswith(b"<?xml"):
        return "text/html" if b"<html" in text else "application/xml"
    if text.startswith(_HTML_STARTS):
        return "text/html"
    if text.startswith((b"{", b"[")):
        return "application/json"
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in text)
    return "text/plain" if printable >= 0.9 * len(text) else UNKNOWN
