"""A SQLite connection with a thread of its own, for SQLAlchemy's asynchronous engine.

aiosqlite goes to its thread and back four times for each statement: for a cursor, to execute, to fetch, to
close. Here a statement is one visit with all its rows. What only reads begins and ends without any: neither
waits for a lock or a disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

T = TypeVar("T")


class SqliteConnection:
    """What the dialect asks of a connection of aiosqlite; at most one statement is under way."""

    def __init__(self, *, only_reads: bool) -> None:
        self._connection: sqlite3.Connection | None = None
        self._only_reads = only_reads
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        # The last visit, until it is done: what came of it is not held here.
        self._visit: Future[Any] | None = None

    @classmethod
    async def open(cls, path: str, *, only_reads: bool, **options: Any) -> Self:
        """Raises sqlite3.Error for a file that cannot be opened; no thread is left behind then."""
        opened = cls(only_reads=only_reads)
        # Transactions begin and end as they are told to, not as the driver thinks best.
        options |= {"isolation_level": None, "check_same_thread": False}
        try:
            opened._connection = await opened.visit(lambda: sqlite3.connect(path, **options))
        except BaseException:
            opened._thread.shutdown(wait=False)
            raise
        return opened

    async def visit(self, work: Callable[[], T]) -> T:
        """Let the thread work. What nobody waits for any more is done all the same: visits end in order."""
        visit = self._visit = self._thread.submit(work)
        try:
            return await asyncio.shield(asyncio.wrap_future(visit))
        finally:
            if self._visit is visit and visit.done():
                self._visit = None

    async def end(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Begin or end a transaction. A visit that nobody waits for any more may still be under way."""
        connection = self.opened()
        if self._only_reads and (self._visit is None or self._visit.done()):
            return work(connection)
        return await self.visit(lambda: work(connection))

    def opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.OperationalError("connection closed")
        return self._connection

    def cursor(self) -> SqliteCursor:
        return SqliteCursor(self)

    async def commit(self) -> None:
        await self.end(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        if self.opened().in_transaction:
            await self.end(sqlite3.Connection.rollback)

    async def create_function(self, *definition: Any, **options: Any) -> None:
        self.opened().create_function(*definition, **options)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await self.visit(connection.close)
            finally:
                self._thread.shutdown(wait=False)

    def stop(self) -> None:
        """Close without waiting, as soon as a statement under way is done."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown(wait=False)


class SqliteCursor:
    """Holds what came of its statement: all rows, on this side of the thread."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        run = self._connection.end if statement == "BEGIN" else self._visit
        self._take(*await run(lambda connection: _outcome(connection.execute(statement, parameters))))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._take(
            *await self._visit(lambda connection: _outcome(connection.executemany(statement, parameters)))
        )

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is held."""

    async def _visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection.opened()
        return await self._connection.visit(lambda: work(connection))

    def _take(self, rows: Sequence[Any], description: Any, rowcount: int, lastrowid: int | None) -> None:
        self._rows, self.description, self.rowcount, self.lastrowid = rows, description, rowcount, lastrowid


def _outcome(cursor: sqlite3.Cursor) -> tuple[Sequence[Any], Any, int, int | None]:
    # The count of rows that were changed is known once those to be returned are fetched.
    rows = cursor.fetchall()
    found = rows, cursor.description, cursor.rowcount, cursor.lastrowid
    cursor.close()
    return found
