"""Reading bodies: what is refused here is refused before any part of ours sees it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, NoReturn

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api.faults import BadOption, BatchTooLarge, BrokenBody, UnsupportedBody

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "multipart/form-data"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/json-lines", "application/ndjson")
PHOTO_FIELD = "photo"
_MEMORY_BYTES = 1024 * 1024  # what a batch may hold in memory before it goes to disk
_CHUNK_BYTES = 64 * 1024
_INTEGER_DIGITS = 18
_DRAINED_BYTES = 1024 * 1024


def json_object(*media_types: str, max_bytes: int | None = None) -> dict[str, object]:
    """Return the JSON object of the body. Raises UnsupportedBody or BrokenBody; a body over `max_bytes` is refused."""
    accepted = media_types or (JSON,)
    if request.mimetype not in accepted:
        raise UnsupportedBody(
            f"send {' or '.join(accepted)}, not {request.mimetype or 'a body without a content type'}"
        )
    if max_bytes is not None:
        request.max_content_length = max_bytes
    return as_object(request.get_data(cache=max_bytes is not None), "the body")


def as_object(text: str | bytes, what: str) -> dict[str, object]:
    """Return the JSON object in `text`. Raises BrokenBody, saying that it is `what` that is wrong."""
    try:
        found = json.loads(text, parse_int=_integer, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BrokenBody(f"{what} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BrokenBody(f"{what} must be a JSON object, like {{...}}")
    return found


def _integer(digits: str) -> int | float:
    """Read an integer as one if it fits 64 bits; a number of a thousand digits must not stop us."""
    return int(digits) if len(digits) <= _INTEGER_DIGITS else float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def drain() -> None:
    """Read what a refused request still sends, if it is not much, so that its connection can serve the next one.

    A server closes a connection on which it finds more than a little unread, and the client learns it too late.
    """
    if request.environ.get("wsgi.input_terminated") and (request.content_length or 0) <= _DRAINED_BYTES:
        unread = request.environ["wsgi.input"]
        for _ in range(_DRAINED_BYTES // _CHUNK_BYTES):
            if not unread.read(_CHUNK_BYTES):
                return


def uploaded_photo() -> bytes:
    """Return the bytes of the photo: the form's file `photo`, or the body itself if it is an image."""
    if request.mimetype.startswith("image/"):
        return request.get_data(cache=False)
    if request.mimetype != FORM:
        raise UnsupportedBody(f"send the photo as {FORM}, or as the body with its own content type (image/jpeg, ...)")
    if PHOTO_FIELD not in request.files:
        raise BadOption(f"the form has no file {PHOTO_FIELD!r}", PHOTO_FIELD)
    data: bytes = request.files[PHOTO_FIELD].read()
    return data


def decoded_base64(text: str) -> bytes:
    """Return the bytes of a base64 text; a data address (``data:image/jpeg;base64,...``) is read too."""
    _, _, payload = text.rpartition(",") if text.startswith("data:") else ("", "", text)
    try:
        return base64.b64decode("".join(payload.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadOption("is not base64", "image_base64") from None


@contextmanager
def batch_lines(max_bytes: int, max_lines: int) -> Iterator[IO[bytes]]:
    """Yield the lines of an NDJSON body, held on disk, after checking that there are not too many of them.

    Nothing of a batch is applied before its size is known, so that a refused batch leaves no trace.
    Raises UnsupportedBody or BatchTooLarge.
    """
    if request.mimetype not in NDJSON:
        raise UnsupportedBody(f"send {NDJSON[0]}: one JSON object per line")
    request.max_content_length = max_bytes
    with SpooledTemporaryFile(_MEMORY_BYTES) as file:
        try:
            _spool(file, max_bytes, max_lines)
        except RequestEntityTooLarge:
            raise _too_many_bytes(max_bytes) from None
        file.seek(0)
        yield file


def _spool(file: IO[bytes], max_bytes: int, max_lines: int) -> None:
    size, lines, last = 0, 0, b"\n"
    while chunk := request.stream.read(_CHUNK_BYTES):
        size, lines, last = size + len(chunk), lines + chunk.count(b"\n"), chunk[-1:]
        if size > max_bytes:
            raise _too_many_bytes(max_bytes)
        if lines + (last != b"\n") > max_lines:
            raise BatchTooLarge(f"a batch may have {max_lines:,} lines; send the rest in another one")
        file.write(chunk)


def _too_many_bytes(max_bytes: int) -> BatchTooLarge:
    return BatchTooLarge(f"a batch may have {max_bytes:,} bytes; send the rest in another one")
