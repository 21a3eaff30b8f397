"""What the hot path does not remember: looked up beside the writer, within a scope."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.hot.gathered import Gathered
from emobility_adapters.sql.hot.live import StationMemory
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_adapters.sql.prices import SqlTariffVersions
from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.sessions import ACTIVE, ENDED, SqlReadings, SqlSessions, session_of
from emobility_adapters.sql.work import SITE, STATION
from emobility_core.charging import EndedSession, MeterReading, Session
from emobility_core.ids import SessionId, StationId, TariffVersionId
from emobility_core.network import ConnectorState, Site, Station, StationState
from emobility_core.tariffs import TariffVersion, UnknownTariffVersion
from emobility_core.work import Scope

# Behind every identity: of a station that is not on record nothing is known.
_LAST = chr(sys.maxunicode)


class SqlShelf:
    """Implements the `Shelf` of hot units over the SQL repositories."""

    def __init__(self, database: Database, everything: Scope) -> None:
        self._database = database
        self._everything = everything
        self._stations = Gathered[StationId, StationMemory](self._load_stations)
        self._versions = Remembered[TariffVersionId, TariffVersion](self._version)

    async def station(self, station: StationId, scope: Scope) -> StationMemory:
        known = await self._stations.get(station)
        assert known is not None, "every station that is asked for has a memory, be it empty"
        return known.within(scope)

    async def _load_stations(self, stations: Sequence[StationId]) -> dict[StationId, StationMemory]:
        """What runs on stations and how they are; sessions past are looked up one by one where needed."""
        session, station = tables.charging_session, tables.station
        found = {one: StationMemory(None, {}, {}, complete=False, last_start=_LAST) for one in stations}
        mine = session.c.station == station.c.id
        past = sa.select(session.c.id).where(mine, ENDED).exists()
        # Sought for each station apart: grouped, it would read all their sessions.
        last = sa.select(sa.func.max(session.c.start_identity)).where(mine).scalar_subquery()
        known = sa.select(station.c.id, ~past, last).where(station.c.id.in_(stations))
        async with self._database.reading(self._everything) as connection:
            for id, complete, last_start in await connection.execute(known):
                found[StationId(id)] = StationMemory(None, {}, {}, complete, last_start or "")
            for row in await _of(connection, session, stations, ACTIVE):
                found[row["station"]].keep(session_of(row))
            for row in await _of(connection, tables.station_state, stations):
                found[row["station"]].keep(rows.structure(row, StationState))
            for row in await _of(connection, tables.connector, stations):
                found[row["station"]].keep(rows.structure(row, ConnectorState))
        return found

    async def session(self, id: SessionId, scope: Scope) -> Session:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).get(id)

    async def start(self, station: StationId, identity: str, scope: Scope) -> Session | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_start(station, identity)

    async def transaction(self, station: StationId, number: int, scope: Scope) -> Session | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_transaction(station, number)

    async def stopped(self, station: StationId, identity: str, scope: Scope) -> EndedSession | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_stopped(station, identity)

    async def estimated(self, station: StationId, scope: Scope) -> list[EndedSession]:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).estimated_on(station)

    async def tariff_version(self, id: TariffVersionId, scope: Scope) -> TariffVersion:
        """Published versions never change; a session names only what its own line has published."""
        version = await self._versions.get(id)
        if version is None:
            raise UnknownTariffVersion(id)
        return version

    async def station_record(self, id: UUID, scope: Scope) -> Station:
        async with self._database.reading(scope) as connection:
            return await SqlRecords(connection, scope, STATION).get(id)

    async def site(self, id: UUID, scope: Scope) -> Site:
        async with self._database.reading(scope) as connection:
            return await SqlRecords(connection, scope, SITE).get(id)

    async def readings(
        self, session: SessionId, scope: Scope, *, after: int, limit: int
    ) -> list[MeterReading]:
        async with self._database.reading(scope) as connection:
            return await SqlReadings(connection, scope).of_session(session, after=after, limit=limit)

    async def _version(self, id: TariffVersionId) -> TariffVersion | None:
        async with self._database.reading(self._everything) as connection:
            try:
                return await SqlTariffVersions(connection, self._everything).get(id)
            except UnknownTariffVersion:
                return None


async def _of(
    connection: AsyncConnection,
    table: sa.Table,
    stations: Sequence[StationId],
    *where: sa.ColumnElement[bool],
) -> Sequence[Any]:
    query = sa.select(table).where(table.c.station.in_(stations), *where).order_by(*table.primary_key)
    return (await connection.execute(query)).mappings().all()
