"""One log line and one count per request, and an id that ties the answer, the problem and the lines together."""

from __future__ import annotations

import re
import time
import uuid

from flask import Flask, Response, g, request

from telemetry import logs, metrics

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_QUIET = ("/healthz", "/readyz", "/metrics")  # asked every few seconds; counted, logged only where they fail

log = logs.logger(__name__)


def install(app: Flask) -> None:
    """Give every request of `app` an id, a log line and a count."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    """Take the client's request id if it is a sane one, or make one."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
    g.started = time.perf_counter()
    logs.begin_context(request_id=g.request_id)


def end(response: Response) -> Response:
    """Count and log the request, and tell the client its id. Neither addresses' queries nor keys are logged."""
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule else "none"
    metrics.REQUESTS.labels(method=request.method, route=route, status=response.status_code).inc()
    metrics.REQUEST_SECONDS.labels(method=request.method, route=route).observe(seconds)
    response.headers[HEADER] = g.request_id
    if request.path not in _QUIET or response.status_code >= 400:
        log.info(
            "request", method=request.method, path=request.path, status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )  # fmt: skip
    return response
