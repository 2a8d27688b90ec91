"""What can be wrong with a request itself, before any part of ours is asked. `api.errors` gives each its status."""

from __future__ import annotations


class RequestError(Exception):
    """Base of all faults of a request; `field` names the part of it that is at fault."""

    field: str | None = None

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class KeyMissing(RequestError):
    """No API key came with the request."""


class KeyRefused(RequestError):
    """The API key is unknown or revoked."""


class ScopeMissing(RequestError):
    """The API key is good, but not for this."""


class BrokenBody(RequestError):
    """The body is not what its content type says."""


class UnsupportedBody(RequestError):
    """The content type is none that this endpoint reads."""


class BadOption(RequestError):
    """An option or a body field that makes no sense."""


class BatchTooLarge(RequestError):
    """More lines or bytes than one batch may have."""


class FeedTooLarge(RequestError):
    """More bytes than a feed may have."""


class NotReady(RequestError):
    """The service is alive but cannot answer searches yet; `waiting_for` maps each part to what is wrong with it."""

    def __init__(self, waiting_for: dict[str, str]) -> None:
        super().__init__("not ready: " + ", ".join(sorted(waiting_for)))
        self.waiting_for = waiting_for
