"""``Idempotency-Key``: a write that is sent again, because its answer was lost, is answered again and not done again.

As in the IETF's draft "The Idempotency-Key HTTP Header Field" (2025,
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import IO, Any

from flask import Response, current_app, request

from api import auth
from api.faults import BadOption
from api.parts import service
from catalog import Answered

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Answer = dict[str, Any] | tuple[dict[str, Any], int]


def once(answer: Callable[[], Answer], body: IO[bytes] | None = None) -> Response:
    """Return the answer, made now or, where a request with this key was answered before, as it was then.

    `body` is the request's own, where it is not the one that Flask keeps. An answer that is a problem is not kept:
    nothing was changed, so the request may be tried again. Raises KeyReused or RequestUnderWay.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return current_app.make_response(answer())
    if not _KEY.fullmatch(key):
        raise BadOption("must be 1 to 255 visible characters", HEADER)
    store, requests = auth.store(), service().catalog.requests
    if before := requests.begin(store, key, _digest(body)):
        again = Response(before.body, before.status, content_type="application/json")
        again.headers["Idempotent-Replayed"] = "true"
        return again
    try:
        made = current_app.make_response(answer())
    except BaseException:
        requests.give_up(store, key)
        raise
    requests.finish(store, key, Answered(made.status_code, made.get_data()))
    return made


def _digest(body: IO[bytes] | None) -> bytes:
    asked = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if body is None:
        asked.update(request.get_data())
    else:
        while chunk := body.read(1 << 20):
            asked.update(chunk)
        body.seek(0)
    return asked.digest()
