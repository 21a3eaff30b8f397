"""The writer's PostgreSQL side: arrays in, one execution a statement, one commit a batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from emobility_adapters.sql.hot._batch import Missed, first_fault, grouped, pieces, stale
from emobility_adapters.sql.hot.statements import Kind, Statement
from emobility_adapters.sql.hot.writer import Unit
from emobility_core.errors import EmobilityError

# What lies with the rows of some unit: a broken promise, or a value that driver or server cannot take
# (the driver's own error for that is a ValueError).
_FAULTS = (Missed, asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, ValueError, OverflowError)


class PostgresqlBackend:
    """Writes over its own connection, as the role that may touch the hot tables only.

    `connect` opens it; `unavailable` translates any failure that is no broken promise of the schema.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        *,
        unavailable: Callable[[Exception], EmobilityError],
    ) -> None:
        self._connect = connect
        self._unavailable = unavailable
        self._connection: asyncpg.Connection | None = None

    async def write(self, units: Sequence[Unit]) -> list[Exception | None]:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            return await self._together(self._connection, units)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            await self.close()
            raise self._unavailable(error) from error

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()

    async def _together(
        self, connection: asyncpg.Connection, units: Sequence[Unit]
    ) -> list[Exception | None]:
        try:
            async with connection.transaction():
                for statement, rows in grouped(units):
                    await _execute(connection, statement, rows)
        except _FAULTS:
            async with connection.transaction():
                return [
                    first_fault([await _alone(connection, piece) for piece in pieces(unit)]) for unit in units
                ]
        return [None] * len(units)


async def _alone(connection: asyncpg.Connection, unit: Unit) -> Exception | None:
    try:
        async with connection.transaction():
            for statement, rows in grouped([unit]):
                await _execute(connection, statement, rows)
    except Missed:
        return stale(unit)
    except _FAULTS as error:
        return unit.refuse(error)
    return None


async def _execute(
    connection: asyncpg.Connection, statement: Statement, rows: list[tuple[object, ...]]
) -> None:
    # asyncpg keeps the statement prepared, by its text.
    status = await connection.execute(statement.postgresql, *map(list, zip(*rows, strict=True)))
    if statement.kind is Kind.UPDATE and int(status.rpartition(" ")[2]) != len(rows):
        raise Missed()
