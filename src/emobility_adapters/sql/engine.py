"""Opening a database: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from emobility_adapters.sql.sqlite_connection import SqliteConnection
from emobility_adapters.sql.urls import sqlite_path, without_password
from emobility_core.errors import Invalid, Unavailable
from emobility_core.work import Scope

APP_ROLE = "emobility_app"
WRITER_ROLE = "emobility_writer"
_BUSY_MS = 10_000


@attrs.frozen
class UnknownDatabaseKind(Invalid):
    """A database URL begins with neither sqlite:/// nor postgresql://.

    Remedy: write sqlite:///PATH (four slashes before an absolute path) or postgresql://USER@HOST/NAME.
    """

    code = "unknown-database-kind"
    url: str


@attrs.frozen
class DatabaseUnavailable(Unavailable):
    """The database cannot be opened or does not answer.

    Remedy: see the reason; check that the file or server is there, not locked by another program, and
    that the URL's user may use it. Then try again.
    """

    code = "database-unavailable"
    url: str
    reason: str


@attrs.frozen(kw_only=True)
class Database:
    """An open database. `turn` is the write lock that all writers of the process share on SQLite."""

    url: str
    dialect: str
    writer: AsyncEngine
    reader: AsyncEngine
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    def unavailable(self, error: BaseException) -> DatabaseUnavailable:
        words = str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__]
        return DatabaseUnavailable(without_password(self.url), words[0])

    @asynccontextmanager
    async def writing(self, scope: Scope) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; on SQLite one at a time, from its beginning."""
        async with self._turn(), self._open(self.writer, scope) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, beside any writer."""
        async with self._open(self.reader, scope) as connection:
            yield connection

    @asynccontextmanager
    async def _open(self, engine: AsyncEngine, scope: Scope) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.begin() as connection:
                if not self.is_sqlite:
                    await connection.execute(_SET_SCOPE, _settings(scope))
                yield connection
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, OSError) as error:
            raise self.unavailable(error) from error
        except sa.exc.DBAPIError as error:
            if isinstance(error, sa.exc.IntegrityError):
                raise
            raise self.unavailable(error) from error

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if not self.is_sqlite:
            yield
            return
        async with self.turn:
            yield

    def connect_sqlite(self) -> sqlite3.Connection:
        """A plain connection with the durability that acknowledged reports rely on."""
        path = sqlite_path(self.url)
        assert path is not None, "only a SQLite database is asked for such a connection"
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        _settle_writer(connection.cursor())
        return connection

    async def connect_postgresql(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"SET ROLE {WRITER_ROLE}")
        return connection

    async def dispose(self) -> None:
        await self.writer.dispose()
        await self.reader.dispose()


_SET_SCOPE = sa.text(
    "SELECT set_config('emobility.scope', :path, true), set_config('emobility.stations', :stations, true)"
)


def _settings(scope: Scope) -> dict[str, str]:
    """What row-level security reads; the empty text is no limit, `{}` a limit to no station."""
    limited = "" if scope.stations is None else f"{{{','.join(sorted(map(str, scope.stations)))}}}"
    return {"path": scope.path, "stations": limited}


def open_database(url: str) -> Database:
    """Make a database of a URL; nothing is connected yet. Raises `UnknownDatabaseKind`."""
    if sqlite_path(url):
        return _sqlite(url)
    if url.startswith("postgresql://"):
        return _postgresql(url)
    raise UnknownDatabaseKind(without_password(url))


def _sqlite(url: str) -> Database:
    driver = url.replace("sqlite:", "sqlite+aiosqlite:", 1)
    writer = _sqlite_engine(driver, pool_size=1, only_reads=False)
    reader = _sqlite_engine(driver, pool_size=4, only_reads=True)
    for engine, begin, settle in (
        (writer, "BEGIN IMMEDIATE", _settle_writer),
        (reader, "BEGIN", _settle_reader),
    ):
        sa.event.listen(engine.sync_engine, "connect", _on_connect(settle))
        sa.event.listen(engine.sync_engine, "begin", _on_begin(begin))
    return Database(url=url, dialect="sqlite", writer=writer, reader=reader)


def owner_engine(url: str) -> AsyncEngine:
    """An engine that works as the URL's own user, for migrations; on SQLite it writes in turn."""
    open_database(url)
    if url.startswith("sqlite:"):
        return _sqlite(url).writer
    return _engine(url, pool_size=1)


def _sqlite_engine(driver: str, *, pool_size: int, only_reads: bool) -> AsyncEngine:
    connect = {"async_creator_fn": SqliteConnection.open, "only_reads": only_reads}
    return create_async_engine(driver, pool_size=pool_size, max_overflow=0, connect_args=connect)


def _on_connect(settle: Callable[[Any], None]) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _: Any) -> None:
        try:
            cursor = connection.cursor()
            settle(cursor)
            cursor.close()
        except sqlite3.Error:
            # The pool forgets a connection that fails here, but its thread would outlive the loop.
            connection.close()
            raise

    return on_connect


def _on_begin(statement: str) -> Callable[[sa.Connection], None]:
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    return on_begin


def _settle_reader(cursor: Any) -> None:
    """Leaves the file as it is: who only looks must not convert it."""
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA query_only=ON")


def _settle_writer(cursor: Any) -> None:
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # The same pages of an index change in every batch: in 16 MB of log most copies are the last but one.
    cursor.execute("PRAGMA wal_autocheckpoint=4000")
    cursor.execute("PRAGMA synchronous")
    if tuple(cursor.fetchone()) != (2,):
        raise sqlite3.OperationalError("synchronous=FULL does not hold")


def _postgresql(url: str) -> Database:
    engine = _engine(url, pool_size=8, max_overflow=8)
    sa.event.listen(engine.sync_engine, "connect", _take_role)
    return Database(url=url, dialect="postgresql", writer=engine, reader=engine)


def _engine(url: str, **sizes: int) -> AsyncEngine:
    # The driver reads the URL itself: SQLAlchemy would hand it `sslmode` and others as unknown arguments.
    return create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), **sizes)


def _take_role(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET ROLE {APP_ROLE}")
    cursor.close()
    connection.commit()
