"""What stations report of themselves, over one connection, within one scope."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy as sa
import sqlalchemy.dialects.postgresql as postgresql_dialect
import sqlalchemy.dialects.sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.scoping import of_these, require_seen, within
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import ConnectorState, StationReport, StationState
from emobility_core.work import Scope


async def upsert(
    connection: AsyncConnection, table: sa.Table, key: tuple[str, ...], *values: Any, marks: str = ""
) -> None:
    """Insert rows or overwrite the one of the key of each, which then is marked in the column `marks`."""
    insert = insert_into(connection, table)
    changes = {name: insert.excluded[name] for name in values[0] if name not in key}
    if marks:
        changes[marks] = sa.true()
    statement = insert.on_conflict_do_update(index_elements=list(key), set_=changes)
    await connection.execute(statement, values)


def insert_into(connection: AsyncConnection, table: sa.Table) -> Any:
    """An insert that knows what to do where its key is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql_dialect.insert(table)
    return sqlite_dialect.insert(table)


# Written out: SQLite takes a partial index only for the very words of its condition.
AWAY: sa.ColumnElement[bool] = sa.literal_column("NOT station_state.online AND NOT station_state.unreachable")


@attrs.frozen
class SqlStationStates:
    connection: AsyncConnection
    scope: Scope

    async def find(self, station: StationId) -> StationState | None:
        found = await self.of(station)
        return found[0] if found else None

    async def of(self, *stations: StationId) -> list[StationState]:
        query = of_these(tables.station_state, self.scope)
        found = await self.connection.execute(query, {"stations": stations})
        return [rows.structure(row, StationState) for row in found.mappings()]

    async def put(self, state: StationState) -> None:
        await require_seen(self.connection, self.scope, state)
        await upsert(self.connection, tables.station_state, ("station",), rows.unstructure(state))

    async def away_since(self, before: Instant) -> list[StationState]:
        table = tables.station_state
        query = sa.select(table).where(AWAY, table.c.last_seen_at < before, within(table, self.scope))
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, StationState) for row in found]

    async def online(self) -> list[StationState]:
        table = tables.station_state
        query = sa.select(table).where(table.c.online.is_(True), within(table, self.scope))
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, StationState) for row in found]


@attrs.frozen
class SqlConnectors:
    connection: AsyncConnection
    scope: Scope

    async def find(self, station: StationId, number: int) -> ConnectorState | None:
        return next((one for one in await self.of(station) if one.number == number), None)

    async def of(self, *stations: StationId) -> list[ConnectorState]:
        query = of_these(tables.connector, self.scope)
        found = await self.connection.execute(query, {"stations": stations})
        return [rows.structure(row, ConnectorState) for row in found.mappings()]

    async def put(self, state: ConnectorState) -> None:
        await require_seen(self.connection, self.scope, state)
        await upsert(self.connection, tables.connector, ("station", "number"), rows.unstructure(state))


@attrs.frozen
class SqlStationReports:
    connection: AsyncConnection
    scope: Scope

    async def add(self, report: StationReport) -> None:
        await require_seen(self.connection, self.scope, report)
        await self.connection.execute(tables.station_report.insert().values(rows.unstructure(report)))

    async def latest(self, station: StationId, *, limit: int) -> list[StationReport]:
        table = tables.station_report
        mine = (table.c.station == station, within(table, self.scope))
        query = sa.select(table).where(*mine).order_by(table.c.id.desc()).limit(limit)
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, StationReport) for row in found]
