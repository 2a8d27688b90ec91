"""Every error as RFC 9457 problem details; the only place that knows which fault has which HTTP status.

A fault that is not listed here is ours: it is logged with its traceback, and the client learns the request id only.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Flask, Response, g, json, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from api import bodies, faults
from catalog import (
    BadSku,
    CatalogUnavailable,
    FeedExists,
    JobNotWaiting,
    KeyReused,
    OutdatedWrite,
    RequestUnderWay,
    UnknownDelivery,
    UnknownFeed,
    UnknownImage,
    UnknownJob,
    UnknownProduct,
    UnknownStore,
    UnknownWebhook,
    VersionMismatch,
)
from pipeline.admission import ClientLeft, Overloaded
from pipeline.answers import BadCursor, BadQuery, ProductNotSearchable
from pipeline.feed_intake import NothingToFetch
from pipeline.fetch import BadAddress, FetchError, ForbiddenAddress
from pipeline.filters import BadFilter
from pipeline.photo import EmptyPhoto, PhotoError, PhotoTooLarge, TooManyPixels
from pipeline.sync import InvalidProduct, problems_of
from telemetry import logs

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:vitrine:problem:"
RETRY_AFTER_SECONDS = "2"

log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its HTTP status, its name within the problem types, and its title."""

    status: int
    name: str
    title: str


KINDS: Mapping[type[Exception], Kind] = {
    faults.BrokenBody: Kind(400, "broken-body", "The body cannot be read"),
    faults.KeyMissing: Kind(401, "key-missing", "An API key is needed"),
    faults.KeyRefused: Kind(401, "key-refused", "This API key is unknown or revoked"),
    faults.ScopeMissing: Kind(403, "scope-missing", "This API key may not do that"),
    UnknownProduct: Kind(404, "unknown-product", "No such product"),
    UnknownImage: Kind(404, "unknown-image", "No such image"),
    UnknownStore: Kind(404, "unknown-store", "No such store"),
    UnknownFeed: Kind(404, "unknown-feed", "No such feed"),
    UnknownJob: Kind(404, "unknown-job", "No such job"),
    UnknownWebhook: Kind(404, "unknown-webhook", "The store has no webhook"),
    UnknownDelivery: Kind(404, "unknown-delivery", "No such delivery"),
    FeedExists: Kind(409, "feed-exists", "There is a feed of that name"),
    NothingToFetch: Kind(409, "nothing-to-fetch", "The feed has no address"),
    JobNotWaiting: Kind(409, "job-not-waiting", "The job's state does not allow that"),
    ProductNotSearchable: Kind(409, "product-not-searchable", "No photo of the product is searchable yet"),
    OutdatedWrite: Kind(409, "outdated-write", "The product has a newer revision"),
    RequestUnderWay: Kind(409, "request-under-way", "This request is being answered"),
    VersionMismatch: Kind(412, "version-mismatch", "The product is not at that version"),
    faults.BatchTooLarge: Kind(413, "batch-too-large", "The batch is too large"),
    faults.FeedTooLarge: Kind(413, "feed-too-large", "The feed is too large"),
    PhotoTooLarge: Kind(413, "photo-too-large", "The photo is too large"),
    TooManyPixels: Kind(413, "too-many-pixels", "The photo has too many pixels"),
    faults.UnsupportedBody: Kind(415, "unsupported-content-type", "This content type is not read here"),
    BadSku: Kind(422, "invalid-fields", "Some fields are not valid"),
    ValidationError: Kind(422, "invalid-fields", "Some fields are not valid"),
    InvalidProduct: Kind(422, "invalid-fields", "Some fields are not valid"),
    faults.BadOption: Kind(422, "bad-option", "An option makes no sense"),
    BadQuery: Kind(422, "bad-option", "An option makes no sense"),
    KeyReused: Kind(422, "idempotency-key-reused", "This key came with another request"),
    BadFilter: Kind(422, "bad-filter", "A filter cannot be understood"),
    BadCursor: Kind(422, "bad-cursor", "The cursor is not good for this request"),
    EmptyPhoto: Kind(422, "empty-photo", "The photo is empty"),
    PhotoError: Kind(422, "unreadable-photo", "The photo cannot be read"),
    BadAddress: Kind(422, "bad-address", "The address is not one that can be fetched"),
    ForbiddenAddress: Kind(422, "forbidden-address", "The address may not be fetched"),
    FetchError: Kind(422, "fetch-failed", "The photo could not be fetched"),
    ClientLeft: Kind(499, "client-left", "The client left before it was answered"),
    Overloaded: Kind(503, "overloaded", "Too many searches are under way"),
    CatalogUnavailable: Kind(503, "catalog-unavailable", "The catalog cannot be reached"),
    faults.NotReady: Kind(503, "not-ready", "The service is not ready"),
}
HTTP_NAMES = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-content-type"}
DISK_REFUSES = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
NO_ROOM = Kind(503, "storage-unavailable", "There is no room to take this in")
OURS = Kind(500, "internal-error", "Something went wrong on our side")
UNEXPLAINED = {  # the reason is for the log, not for clients
    OURS: "The fault is logged under this request id; try again, and tell the operator if it goes on.",
    KINDS[CatalogUnavailable]: "The catalog's database cannot be used at the moment; try again shortly.",
    NO_ROOM: "The disk takes nothing at the moment; try again shortly, and tell the operator if it goes on.",
}


def install(app: Flask) -> None:
    """Make `app` answer every exception with a problem."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """Return the answer to a request that failed with `error`."""
    kind = kind_of(error)
    if kind in UNEXPLAINED:
        log.error("request_failed", exc_info=error)
    bodies.drain()
    headers = {}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="vitrine"'
    if kind.status == 503:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if isinstance(error, HTTPException):
        headers |= {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    body = json.dumps(problem(error, kind))
    return Response(body, kind.status, headers, content_type=MEDIA_TYPE)


def reject(error: ValidationError) -> NoReturn:
    """Let a fault of a path or query take the way of all errors; the extension would answer it by itself."""
    raise error


def kind_of(error: Exception) -> Kind:
    """Return the kind of problem that `error` is, by its most specific listed class."""
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            return KINDS[ancestor]
    if isinstance(error, OSError) and error.errno in DISK_REFUSES:
        return NO_ROOM
    if isinstance(error, HTTPException) and error.code is not None and 400 <= error.code < 500:
        return Kind(error.code, HTTP_NAMES.get(error.code, error.name.lower().replace(" ", "-")), error.name)
    return OURS


def problem(error: Exception, kind: Kind) -> dict[str, Any]:
    """Return the problem document of `error`: RFC 9457 members, the request id, and the fields at fault if known."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + kind.name,
        "title": kind.title,
        "status": kind.status,
        "detail": _detail(error, kind),
        "instance": request.path,
        "request_id": g.get("request_id", ""),
    }
    errors = fields_at_fault(error)
    return document | {"errors": errors} if errors else document


def fields_at_fault(error: Exception) -> list[dict[str, str]]:
    """Return which fields are wrong and why, as far as `error` knows: ``[{"field", "message"}]``."""
    if isinstance(error, ValidationError):
        return [{"field": one.field or "body", "message": one.message} for one in problems_of(error)]
    if isinstance(error, InvalidProduct):
        return [{"field": one.field or "body", "message": one.message} for one in error.problems]
    if isinstance(error, faults.NotReady):
        return [{"field": name, "message": reason} for name, reason in error.waiting_for.items()]
    field = getattr(error, "field", None)
    return [{"field": str(field), "message": str(error)}] if field else []


def _detail(error: Exception, kind: Kind) -> str:
    """Say what is wrong and what to do, in words fit for a client."""
    if kind in UNEXPLAINED:
        return UNEXPLAINED[kind]
    if isinstance(error, ValidationError):
        return "; ".join(f"{one['field']}: {one['message']}" for one in fields_at_fault(error)[:3])
    if isinstance(error, HTTPException):
        return error.description or error.name
    return str(error)
