"""Reading a feed that is sent: a form with a file, or the bytes themselves, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api import bodies
from api.faults import BadOption, FeedTooLarge
from api.feed_schemas import UploadQuery
from pipeline.feed_intake import UploadOptions

FILE_FIELD = "file"
_ENDINGS = {
    "text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/xml": ".xml", "text/xml": ".xml",
    "application/rss+xml": ".xml", "application/atom+xml": ".xml", **dict.fromkeys(bodies.NDJSON, ".jsonl"),
}  # fmt: skip


@contextmanager
def uploaded_feed(query: UploadQuery, max_bytes: int) -> Iterator[tuple[IO[bytes], UploadOptions]]:
    """Yield the stream of the file and what is said of it. Raises BadOption, FeedTooLarge, also while it is read."""
    request.max_content_length = max_bytes
    try:
        if request.mimetype == bodies.FORM:
            if FILE_FIELD not in request.files:
                raise BadOption(f"the form has no file {FILE_FIELD!r}", FILE_FIELD)
            file = request.files[FILE_FIELD]
            yield file.stream, _options(_with_fields(query), file.filename or "")
        else:
            yield request.stream, _options(query, f"upload{_ENDINGS.get(request.mimetype, '')}")
    except RequestEntityTooLarge:
        raise FeedTooLarge(f"a feed may have {max_bytes:,} bytes; compress it with gzip, or split it") from None


def _with_fields(query: UploadQuery) -> UploadQuery:
    return UploadQuery.model_validate(query.model_dump(exclude_none=True) | request.form.to_dict())


def _options(said: UploadQuery, file_name: str) -> UploadOptions:
    mapping = bodies.as_object(said.mapping, "the option mapping") if said.mapping else {}
    return UploadOptions(
        name=said.name or file_name[-100:] or "upload",
        feed_id=said.feed,
        mode=said.mode,
        format=said.format,
        mapping=cast(Mapping[str, str | None], mapping),
        currency=said.currency,
        encoding=said.encoding,
        shop_url=said.shop_url,
        max_missing_share=said.max_missing_share,
    )
