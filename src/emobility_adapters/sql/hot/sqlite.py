"""The writer's SQLite side: one thread, one connection, one hop a batch."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain

from emobility_adapters.sql.hot._batch import Missed, Rows, first_fault, grouped, pieces, stale
from emobility_adapters.sql.hot.statements import Kind, Statement
from emobility_adapters.sql.hot.writer import Unit
from emobility_core.errors import EmobilityError

# What lies with the rows of some unit: a broken promise, or a value that the driver cannot take.
_FAULTS = (
    Missed,
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
    UnicodeError,
)
# SQLite takes 32,766 values a statement; the widest row has some forty.
_MOST_ROWS = 256


class SqliteBackend:
    """Writes to a database that other connections of this process write to as well, in turn.

    `turn` is the process's write lock. `connect` opens a connection with the durability settings;
    `unavailable` translates any failure that is no broken promise of the schema.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        *,
        turn: asyncio.Lock,
        unavailable: Callable[[sqlite3.Error], EmobilityError],
    ) -> None:
        self._connect = connect
        self._turn = turn
        self._unavailable = unavailable
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._connection: sqlite3.Connection | None = None

    async def write(self, units: Sequence[Unit]) -> list[Exception | None]:
        async with self._turn:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._write, units)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, units: Sequence[Unit]) -> list[Exception | None]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            return self._together(self._connection, units)
        except sqlite3.Error as error:
            self._disconnect()
            raise self._unavailable(error) from error

    def _together(self, connection: sqlite3.Connection, units: Sequence[Unit]) -> list[Exception | None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, rows in grouped(units):
                _execute(connection, statement, rows)
        except _FAULTS:
            connection.execute("ROLLBACK")
            return self._one_by_one(connection, units)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return [None] * len(units)

    def _one_by_one(self, connection: sqlite3.Connection, units: Sequence[Unit]) -> list[Exception | None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            faults = [first_fault([_alone(connection, piece) for piece in pieces(unit)]) for unit in units]
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return faults


def _alone(connection: sqlite3.Connection, unit: Unit) -> Exception | None:
    connection.execute("SAVEPOINT unit")
    fault = _fault(connection, unit)
    if fault is not None:
        connection.execute("ROLLBACK TO unit")
    connection.execute("RELEASE unit")
    return fault


def _fault(connection: sqlite3.Connection, unit: Unit) -> Exception | None:
    try:
        for statement, rows in grouped([unit]):
            _execute(connection, statement, rows)
    except Missed:
        return stale(unit)
    except _FAULTS as error:
        return unit.refuse(error)
    return None


def _execute(connection: sqlite3.Connection, statement: Statement, rows: Rows) -> None:
    done = 0
    while done < len(rows):
        # One step a statement: each step hands the interpreter lock to the event loop and waits to get
        # it back. Powers of two, so that few statements serve any number of rows.
        count = min(_MOST_ROWS, 1 << (len(rows) - done).bit_length() - 1)
        values = tuple(chain.from_iterable(rows[done : done + count]))
        cursor = connection.execute(_text(statement, count), values)
        if statement.kind is Kind.UPDATE and cursor.rowcount != count:
            raise Missed()
        done += count


@cache
def _text(statement: Statement, count: int) -> str:
    return statement.sqlite(count)
