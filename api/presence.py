"""Whether the client of a request still waits for its answer."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from flask import request


def client_of_request() -> Callable[[], bool]:
    """Return what tells whether the client of the present request is there; where nobody can know, it always is.

    A connection that the client has closed, or shut down for writing, reads as at its end. A proxy in front closes
    its own connection when its client leaves.
    """
    connection = request.environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket) or isinstance(connection, ssl.SSLSocket):
        return lambda: True
    return lambda: not _is_at_end(connection)


def _is_at_end(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
