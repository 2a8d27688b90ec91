"""The database behind the catalog: SQLite in a file by default, PostgreSQL by URL.

Writes on SQLite begin IMMEDIATE, one at a time per process, so that no transaction has to turn
from reader into writer and fail; other processes wait their turn.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from catalog.errors import CatalogError, CatalogUnavailable

BUSY_SECONDS = 60
POOL_SIZE = 8
MAX_CONNECTIONS = 32  # of one process; PostgreSQL gives 100 to all by default
_BEGIN = "vitrine_begin"
_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # faults of a statement, not of the database


class Database:
    """An engine and its three ways to use it: `read`, `snapshot` and `write`."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self._reading = _options(self.engine, self.is_sqlite, "", "AUTOCOMMIT")
        self._snapshot = _options(self.engine, self.is_sqlite, "BEGIN", "REPEATABLE READ")
        self._writing = _options(self.engine, self.is_sqlite, "BEGIN IMMEDIATE", "READ COMMITTED")
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for a query, or for several that need not agree. Raises CatalogUnavailable."""
        with _faults_named(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose queries all see one moment of the catalog. Raises CatalogUnavailable."""
        with _faults_named(), self._snapshot.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by any exception. Raises CatalogUnavailable."""
        with _faults_named(), self._turn if self.is_sqlite else nullcontext(), self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise CatalogError("the database URL cannot be read; write sqlite:///file or postgresql://...") from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise CatalogError(f"{parsed.drivername} is not supported; write sqlite:///file or postgresql://...")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise CatalogError("the catalog needs a file that several processes can open; write sqlite:///file")
    return parsed


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=MAX_CONNECTIONS - POOL_SIZE,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=MAX_CONNECTIONS - POOL_SIZE, pool_pre_ping=True)
    event.listen(engine, "connect", _send_arrays_binary)
    return engine


def _options(engine: Engine, is_sqlite: bool, begin: str, isolation: str) -> Engine:
    return engine.execution_options(**{_BEGIN: begin} if is_sqlite else {"isolation_level": isolation})


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set what SQLite forgets between connections. NORMAL loses nothing when a process dies; a power cut may."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32768")
    cursor.close()


def _send_arrays_binary(connection: psycopg.Connection[object], _entry: ConnectionPoolEntry) -> None:
    """Arrays carry our batches; as text, psycopg takes some 60 times as long to write them."""
    connection.adapters.register_dumper(list, ListBinaryDumper)


def _begin(connection: Connection) -> None:
    if begin := connection.get_execution_options().get(_BEGIN, "BEGIN"):
        connection.exec_driver_sql(begin)


@contextmanager
def _faults_named() -> Iterator[None]:
    """Say that the database cannot be used, without SQL and without the password in the URL."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, _OURS):
            raise
        raise CatalogUnavailable(f"the catalog's database cannot be used now: {str(error.orig).strip()}") from error
    except PoolTimeout as error:
        raise CatalogUnavailable("all connections to the catalog's database are busy; try again") from error
