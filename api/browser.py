"""What browsers are told: which other origins may call, and that an answer is data and loads nothing."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, Response, request

_POLICY = "default-src 'none'; frame-ancestors 'none'"  # data, not pages; the pages bring their own


def install(app: Flask, origins: Collection[str]) -> None:
    """Let pages of these origins call `app` (``*`` means all; none by default), and guard every answer."""
    allowed = frozenset(origins)

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        if allowed:
            _admit(response, allowed)
        return response


def _admit(response: Response, allowed: frozenset[str]) -> None:
    """Add the CORS headers where the asking origin is allowed. Keys travel in headers, so no cookie is ever needed."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if not origin or not ({origin, "*"} & allowed):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Api-Key, X-Request-Id"
        response.headers["Access-Control-Max-Age"] = "600"
