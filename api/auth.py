"""Who asks: an API key, which also says which store. No address or body ever names a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request
from flask_openapi3.types import SecuritySchemesDict

from api.faults import KeyMissing, KeyRefused, ScopeMissing
from api.parts import service
from catalog import Key, Scope
from telemetry import logs

SECURITY_SCHEMES: SecuritySchemesDict = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer vit_...`"},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "`X-Api-Key: vit_...`"},
    "image_token": {"type": "apiKey", "in": "query", "name": "token", "description": "From an image's address"},
}
SECURITY: list[dict[str, list[Any]]] = [{"bearer": []}, {"api_key": []}]

Handler = TypeVar("Handler", bound=Callable[..., Any])


def needs(*scopes: Scope) -> Callable[[Handler], Handler]:
    """Mark a handler: a key with one of these scopes, or with admin, may call it."""

    def mark(handler: Handler) -> Handler:
        handler.__dict__["scopes"] = frozenset({*scopes, Scope.ADMIN})
        return handler

    return mark


def check() -> None:
    """Refuse a request whose handler is marked and whose key will not do. Runs before anything is read or validated."""
    scopes = getattr(current_app.view_functions.get(request.endpoint or ""), "scopes", None)
    if scopes is not None and request.method != "OPTIONS":
        admit(scopes)


def admit(scopes: frozenset[Scope]) -> str:
    """Return the store of the request's key. Raises KeyMissing, KeyRefused or ScopeMissing."""
    key = service().catalog.keys.authenticate(_secret())
    if key is None:
        raise KeyRefused("this key is unknown or revoked; check that it was copied whole ('vit_...')")
    if not key.scopes & scopes:
        needed = " or ".join(sorted(scopes - {Scope.ADMIN})) or Scope.ADMIN
        raise ScopeMissing(f"this needs a key with scope {needed}; this key has {', '.join(sorted(key.scopes))}")
    g.key = key
    logs.add_context(store=key.store, key=key.prefix)
    return key.store


def store() -> str:
    """Return the store that the request's key belongs to."""
    key: Key = g.key
    return key.store


def _secret() -> str:
    """Return the key as it was sent, by either header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    secret = token.strip() if scheme.lower() == "bearer" else request.headers.get("X-Api-Key", "").strip()
    if not secret:
        raise KeyMissing("send 'Authorization: Bearer vit_...' or 'X-Api-Key: vit_...'")
    return secret
