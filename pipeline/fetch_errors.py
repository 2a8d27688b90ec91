"""What can go wrong while fetching, said so that a merchant can act on it, and whether trying again may help."""

from __future__ import annotations

import re

_SHOWN_PATH = 60


class FetchError(Exception):
    """Base of all faults of a fetch. `permanent`: the same address will fail again until somebody changes something.

    `retry_after_seconds` is what the other side asked for, None if it did not.
    """

    permanent = True
    retry_after_seconds: float | None = None


class BadAddress(FetchError):
    """Not an address that a photo can be fetched from."""


class ForbiddenAddress(FetchError):
    """The address, or the one it redirects to, does not lie on the public internet."""


class FetchTimedOut(FetchError):
    """The photo did not arrive whole within the time allowed."""

    permanent = False


class ResponseTooLarge(FetchError):
    """More bytes than a photo may have."""


class TooManyRedirects(FetchError):
    """One redirect after the other."""


class HostUnreachable(FetchError):
    """No answer: the name is not known, nobody listens, the certificate is not good, or the connection broke."""

    permanent = False


class HostPaused(FetchError):
    """The host is left alone for a while: it asked for that, or could not be reached again and again."""

    permanent = False

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BadStatus(FetchError):
    """The host answered, but not with the photo."""

    def __init__(self, message: str, *, status: int, permanent: bool, retry_after_seconds: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.permanent = permanent
        self.retry_after_seconds = retry_after_seconds


class NotAnImage(FetchError):
    """The host answered with something else than a photo."""


def shortened(url: str) -> str:
    """Return the address as it may be shown and logged: without user, query and fragment, its path cut short."""
    bare = re.sub(r"[\x00-\x20\x7f]", "", url)
    address, mark, _ = re.split(r"([?#]|$)", bare, maxsplit=1)
    scheme, slashes, rest = address.rpartition("//")
    authority, slash, path = rest.partition("/")
    authority = authority.rpartition("@")[2][:100]
    path = path if len(path) <= _SHOWN_PATH else f"…{path[-_SHOWN_PATH:]}"
    return f"{scheme[:10]}{slashes}{authority}{slash}{path}{'?…' if mark == '?' else ''}"
