"""Fetches photos from addresses that strangers gave, without being led astray, held up or flooded by them.

A host name is resolved once, every address it has must be public, and the connection goes to exactly such an address:
a name that changes its mind between look-up and connection gains nothing. Redirects are followed by hand under the
same rules. Bytes and time have limits that no answer can stretch. What came is a photo if its bytes say so.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib import import_module
from urllib.parse import urljoin

from catalog import NOTHING_SAID, Validators
from pipeline.addresses import Address, AllowedHosts, Target, is_public, read_address, read_target
from pipeline.exchange import Patience, Reply, exchange
from pipeline.fetch_errors import (
    BadAddress,
    BadStatus,
    FetchError,
    FetchTimedOut,
    ForbiddenAddress,
    HostPaused,
    HostUnreachable,
    NotAnImage,
    ResponseTooLarge,
    TooManyRedirects,
    shortened,
)
from pipeline.hosts import Hosts
from pipeline.media_type import PHOTO_TYPES, media_type, named

__all__ = [
    "BadAddress", "BadStatus", "FetchError", "FetchLimits", "FetchTimedOut", "Fetched", "Fetcher", "ForbiddenAddress",
    "HostPaused", "HostUnreachable", "NotAnImage", "ResponseTooLarge", "TooManyRedirects",
]  # fmt: skip

Resolver = Callable[[str], Sequence[str]]

ACCEPT = "image/jpeg, image/png, image/webp;q=0.9, image/*;q=0.8, */*;q=0.1"
MAX_RETRY_AFTER_SECONDS = 86_400.0
MAX_VALIDATOR = 256
BUSY_SECONDS = 5.0
UNSAID_PAUSE_SECONDS = 10.0  # for a host that says "too many requests" and not for how long
_PAUSING_STATUSES = (429, 503)
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING_STATUSES = (408, 425, 429)  # and all from 500 on: the same request may succeed later


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The most a fetch may take, and how it introduces itself. `total_seconds` includes every redirect."""

    max_bytes: int = 20 * 1024 * 1024
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 20.0
    max_redirects: int = 3
    user_agent: str = "Vitrine/0.1 (visual product search; fetches product photos)"
    connections_per_host: int = 4


@dataclass(frozen=True, slots=True)
class Fetched:
    """A photo's bytes, the media type these bytes show, the address they came from in the end, and what the host
    said of them."""

    data: bytes
    media_type: str
    url: str
    validators: Validators = NOTHING_SAID


def system_resolver(host: str) -> list[str]:
    """Return the addresses of a name, in the order in which the system would try them. Raises OSError if none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


DEFAULT_LIMITS = FetchLimits()


class Fetcher:
    """Fetches photos; safe to use from many threads at once. Of a fetch it keeps only how its host behaved (`hosts`).

    `allowed_hosts` ("name" or "name:port") may lie in private networks and use any port: for shops with an internal
    image host. Everybody else must be public, on port 80, 443 or from 1024 on. Proxies of the environment are not
    used, because behind one nobody knows which address is connected to. `clock` gives the time since 1970 in seconds
    and reads Retry-After dates; `tls` says which certificates are good.
    """

    def __init__(
        self,
        limits: FetchLimits = DEFAULT_LIMITS,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        resolver: Resolver = system_resolver,
        clock: Callable[[], float] = time.time,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        import_module("urllib3.connection")  # its parts import each other: two threads would meet it half loaded
        self.hosts = Hosts(limits.connections_per_host)
        self._limits = limits
        self._allowed = AllowedHosts(allowed_hosts)
        self._resolver = resolver
        self._clock = clock
        self._tls = tls or ssl.create_default_context()

    def fetch(self, url: str, allowed_hosts: frozenset[str] = frozenset()) -> Fetched:
        """Return the photo at `url`. Raises a FetchError, whose message names the address and says what to do.

        `allowed_hosts` are allowed this time, besides those that always are.
        """
        return self._photo(*self._followed(url, allowed_hosts, {}))

    def fetch_if_changed(
        self, url: str, known: Validators, allowed_hosts: frozenset[str] = frozenset()
    ) -> Fetched | None:
        """Return the photo at `url`, None if its host says that it is still the one of which it said `known`."""
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        asked = {name: value for name, value in headers.items() if value}
        target, reply = self._followed(url, allowed_hosts, asked)
        return None if asked and reply.status == 304 else self._photo(target, reply)

    def _followed(self, url: str, allowed_hosts: frozenset[str], headers: Mapping[str, str]) -> tuple[Target, Reply]:
        """Return the first reply that is no redirect, and what it is the reply of."""
        limits = self._limits
        patience = Patience(limits.connect_seconds, limits.read_seconds, time.monotonic() + limits.total_seconds)
        allowed = AllowedHosts(allowed_hosts)
        target = read_target(url)
        for _ in range(limits.max_redirects + 1):
            trusted = target in self._allowed or target in allowed
            reply = self._ask(target, trusted, headers, patience)
            if reply.status not in _REDIRECTS:
                return target, reply
            target = _redirected(target, reply)
        raise TooManyRedirects(
            f"{shortened(url)} redirects more than {limits.max_redirects} times; link to the photo itself"
        )

    def _ask(self, target: Target, trusted: bool, headers: Mapping[str, str], patience: Patience) -> Reply:
        """Ask a host, if it wants to be asked, and remember how it behaved."""
        host = target.host_header
        self.hosts.check(host)
        try:
            addresses = self._addresses(target, trusted, patience)
            with self.hosts.turn(host, patience.left_seconds) as came:
                if not came:
                    raise HostPaused(f"{host} is busy with other photos; this one is tried again", BUSY_SECONDS)
                reply = self._exchange(target, addresses, headers, patience)
        except (HostUnreachable, FetchTimedOut):
            self.hosts.failed(host)
            raise
        self.hosts.answered(host)
        pause_seconds = _pause_seconds(reply, self._clock())
        if pause_seconds:
            self.hosts.asked_for_pause(host, pause_seconds)
        return reply

    def _exchange(
        self, target: Target, addresses: Sequence[Address], headers: Mapping[str, str], patience: Patience
    ) -> Reply:
        headers = {"User-Agent": self._limits.user_agent, "Accept": ACCEPT, **headers}
        return exchange(target, addresses, headers, patience=patience, max_bytes=self._limits.max_bytes, tls=self._tls)

    def _addresses(self, target: Target, trusted: bool, patience: Patience) -> list[Address]:
        """Return the addresses to connect to, all of them found harmless. The only look-up of the name is here."""
        if not trusted and target.port not in (80, 443) and target.port < 1024:
            raise ForbiddenAddress(f"{shortened(target.url)} uses port {target.port}; use 80, 443 or one from 1024 on")
        addresses = [target.address] if target.address else resolved(self._resolver, target, patience)
        if not trusted and not all(is_public(address) for address in addresses):
            raise ForbiddenAddress(
                f"{shortened(target.url)} is not on the public internet; put the photo on a public host, or have the "
                f"operator allow the host {target.host}"
            )
        return addresses

    def _photo(self, target: Target, reply: Reply) -> Fetched:
        where = shortened(target.url)
        if reply.status != 200:
            raise BadStatus(
                f"{where} answers {reply.status} {reply.reason[:40]}".rstrip() + "; see that it opens without a login",
                status=reply.status,
                permanent=reply.status < 500 and reply.status not in _PASSING_STATUSES,
                retry_after_seconds=_retry_after_seconds(reply.headers.get("Retry-After"), self._clock()),
            )
        kind = media_type(reply.body)
        if kind not in PHOTO_TYPES:
            what = named(kind) if reply.body else "nothing (0 bytes)"
            raise NotAnImage(f"{where} sends {what}; link to the image file itself")
        return Fetched(reply.body, kind, target.url, _validators(reply))


def resolved(resolver: Resolver, target: Target, patience: Patience) -> list[Address]:
    """Look the name up, waiting no longer than patience lasts: the system's own look-up knows no limit."""
    found: list[Address] = []
    faults: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend(read_address(address) for address in resolver(target.host))
        except (OSError, ValueError) as error:
            faults.append(error)

    worker = threading.Thread(target=look_up, name="look-up", daemon=True)
    worker.start()
    worker.join(patience.left_seconds)
    if worker.is_alive():
        raise FetchTimedOut(f"{shortened(target.url)}: the name {target.host} was not looked up in time; try again")
    if faults or not found:
        raise HostUnreachable(f"{shortened(target.url)}: no host {target.host} is known; check how it is written")
    return found


def _validators(reply: Reply) -> Validators:
    """Return what the host said of the photo; what is too long to be kept was not said."""
    said = (reply.headers.get(name) for name in ("ETag", "Last-Modified"))
    return Validators(*(one if one and one.isprintable() and len(one) <= MAX_VALIDATOR else None for one in said))


def _redirected(target: Target, reply: Reply) -> Target:
    location = reply.headers.get("Location")
    if not location:
        raise BadStatus(
            f"{shortened(target.url)} redirects without saying where to; link to the photo itself",
            status=reply.status,
            permanent=True,
            retry_after_seconds=None,
        )
    written = location.encode("latin-1", "replace").decode("utf-8", "replace")  # headers come as Latin-1
    try:
        return read_target(urljoin(target.url, written))
    except ValueError:
        raise BadAddress(f"{shortened(target.url)} redirects to no valid address; link to the photo itself") from None


def _pause_seconds(reply: Reply, now: float) -> float:
    """Return how long a host asks to be left alone; 0 if it does not."""
    if reply.status not in _PAUSING_STATUSES:
        return 0.0
    asked = _retry_after_seconds(reply.headers.get("Retry-After"), now)
    return (UNSAID_PAUSE_SECONDS if reply.status == 429 else 0.0) if asked is None else asked


def _retry_after_seconds(value: str | None, now: float) -> float | None:
    """Read a Retry-After header, seconds or a date; None where there is none or it makes no sense."""
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(int(text)) if text.isdecimal() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
