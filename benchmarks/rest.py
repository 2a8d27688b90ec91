"""A merchant's client: REST over connections that are kept, one per thread, without any retries of its own."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

JSON = {"Content-Type": "application/json"}
IDLE_SECONDS = 1.0  # a server closes what is idle for longer, and a request may meet that


class NoAnswer(Exception):
    """The connection broke or the time ran out: whether the request was carried out is not known.

    Where the time ran out (`late`), it may yet be carried out.
    """

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, and the JSON read."""

    status: int
    body: Any


class Client:
    """Calls of one API process with one key. Safe to use from many threads; each has a connection of its own."""

    def __init__(self, port: int, key: str = "", timeout_seconds: float = 60.0) -> None:
        self.port = port
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout_seconds = timeout_seconds
        self._of_thread = threading.local()

    def put(self, sku: str, fields: Mapping[str, object]) -> Reply:
        """Create or replace a product."""
        return self.ask("PUT", f"/v1/products/{quote(sku)}", fields)

    def patch(self, sku: str, fields: Mapping[str, object]) -> Reply:
        """Change some fields of a product."""
        return self.ask("PATCH", f"/v1/products/{quote(sku)}", fields)

    def delete(self, sku: str) -> Reply:
        """Delete a product."""
        return self.ask("DELETE", f"/v1/products/{quote(sku)}")

    def upload(self, photo: bytes) -> Reply:
        """Send a photo in."""
        return self.ask("POST", "/v1/images", photo, {"Content-Type": "image/jpeg"})

    def put_many(self, lines: Iterable[Mapping[str, object]]) -> Reply:
        """Put many products, each with its `sku`, in one batch."""
        body = b"\n".join(orjson.dumps(line) for line in lines)
        return self.ask("POST", "/v1/products/batch", body, {"Content-Type": "application/x-ndjson"})

    def search(self, **asked: object) -> Reply:
        """Search by JSON."""
        return self.ask("POST", "/v1/search", asked)

    def is_ready(self) -> bool:
        """Whether the process says that searches can be answered."""
        try:
            return self.ask("GET", "/readyz").status == 200
        except NoAnswer:
            return False

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | bytes | None = None,
        headers: Mapping[str, str] = JSON,
    ) -> Reply:
        """Send a request and read its answer. Raises NoAnswer; the next request takes a new connection then."""
        data = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        headers = self._headers | (dict(headers) if data is not None else {})
        connection = self._connection()
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            late = isinstance(error, TimeoutError)
            raise NoAnswer(f"{method} {path}: {error or type(error).__name__}", late=late) from None
        self._of_thread.used_at = time.monotonic()
        kind = answer.headers.get_content_type()
        return Reply(answer.status, orjson.loads(content) if content and kind.endswith("json") else content.decode())

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if found is None:
            found = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout_seconds)
            self._of_thread.connection = found
        elif time.monotonic() - self._of_thread.used_at > IDLE_SECONDS:
            found.close()
        self._of_thread.used_at = time.monotonic()
        return found


def skus_found(reply: Reply) -> set[str]:
    """Return the SKUs of all hits of a search's answer."""
    return {hit["product"]["sku"] for region in reply.body["regions"] for hit in region["hits"]}
