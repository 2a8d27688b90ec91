"""Small files that are slow to decode: thousands of scans or chunks, each costing a pass or a loop of the decoder.

A progressive JPEG may repeat a 75-byte scan as often as it likes, and every repeat costs the decoder a pass over all
pixels: within 20 MiB one file could keep a core busy for an hour. So the pieces are counted before decoding, as far as
the limit. Real photos have about ten scans and a few dozen segments; large PNGs have some thousand chunks.
"""

from __future__ import annotations

import re

MAX_SCANS = 64
MAX_SEGMENTS = 2_000
MAX_CHUNKS = 20_000
MAX_PADDING_BYTES = 64 * 1024  # between the segments of a JPEG header, read byte by byte

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # neither a stuffed byte, nor a restart, nor padding
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = (0x01, 0xD8)


def overgrown(data: bytes, kind: str) -> bool:
    """Whether a file of this media type has more pieces than a photo can need."""
    if kind == "image/jpeg":
        return _jpeg_overgrown(data)
    if kind == "image/png":
        return _png_overgrown(data)
    return False


def _jpeg_overgrown(data: bytes) -> bool:
    scans = segments = padding = 0
    at = 2
    found = _MARKER.search(data, at)
    while found and scans <= MAX_SCANS and segments <= MAX_SEGMENTS and padding <= MAX_PADDING_BYTES:
        padding += found.start() - at if scans == 0 else 0
        marker, at = data[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        scans += marker == _START_OF_SCAN
        segments += 1
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
        found = _MARKER.search(data, at)
    return scans > MAX_SCANS or segments > MAX_SEGMENTS or padding > MAX_PADDING_BYTES


def _png_overgrown(data: bytes) -> bool:
    chunks, at = 0, 8
    while at < len(data) and chunks <= MAX_CHUNKS:
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        chunks += 1
    return chunks > MAX_CHUNKS
