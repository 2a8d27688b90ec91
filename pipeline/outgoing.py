"""Requests to servers whose addresses merchants gave, for feeds and webhooks, under the rules that photos have too.

A name is looked up once, every address it has must be public, and the connection goes to exactly such an address.
Bytes are streamed; the time for everything has a limit that no answer can stretch.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.addresses import Address, AllowedHosts, Target, is_public
from pipeline.exchange import Patience, opened
from pipeline.fetch import Resolver, resolved, system_resolver
from pipeline.fetch_errors import FetchTimedOut, ForbiddenAddress, shortened

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

USER_AGENT = "Vitrine/0.1 (visual product search; feeds and webhooks)"
_WEB_PORTS = (80, 443)
_FIRST_FREE_PORT = 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait for a connection, for the next bytes, and for everything together, redirects included."""

    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    total_seconds: float = 30.0

    def patience(self) -> Patience:
        """Return the patience of a request that begins now."""
        return Patience(self.connect_seconds, self.read_seconds, time.monotonic() + self.total_seconds)


class Outgoing:
    """Asks servers; safe to use from many threads at once, for it keeps nothing between requests.

    `allowed_hosts` ("name" or "name:port") may lie in private networks and use any port.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = AllowedHosts(allowed_hosts)
        self._resolver = resolver
        self._tls = tls or ssl.create_default_context()

    @contextmanager
    def ask(
        self, method: str, target: Target, headers: Mapping[str, str], patience: Patience, body: bytes | None = None
    ) -> Iterator[BaseHTTPResponse]:
        """Yield the response, its body not read yet. Redirects are answers like others. Raises FetchError."""
        addresses = self._addresses(target, patience)
        with opened(target, addresses, patience=patience, tls=self._tls) as connection:
            connection.timeout = max(0.001, min(patience.read_seconds, patience.left_seconds))
            sent = {"Host": target.host_header, "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
            sent |= {"Connection": "close", **headers}
            connection.request(method, target.path, body, sent, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                yield response
            if not patience.left_seconds:  # the line was cut, which looks like the end of a body of unknown length
                raise FetchTimedOut(f"{shortened(target.url)} did not answer in time; see that its host is fast")

    def _addresses(self, target: Target, patience: Patience) -> list[Address]:
        """Return the addresses to connect to, all of them found harmless. The only look-up of the name is here."""
        trusted = target in self._allowed
        if not trusted and target.port not in _WEB_PORTS and target.port < _FIRST_FREE_PORT:
            raise ForbiddenAddress(f"{shortened(target.url)} uses port {target.port}; use 80, 443 or one from 1024 on")
        addresses = [target.address] if target.address else resolved(self._resolver, target, patience)
        if not trusted and not all(is_public(address) for address in addresses):
            raise ForbiddenAddress(
                f"{shortened(target.url)} is not on the public internet; use a public host, or have the operator "
                f"allow the host {target.host}"
            )
        return addresses
