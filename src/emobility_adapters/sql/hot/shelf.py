"""What the hot path does not remember: looked up beside the writer, within a scope."""

from __future__ import annotations

from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.hot.live import REMEMBERED_OF_A_STATION, StationMemory
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_adapters.sql.prices import SqlTariffVersions
from emobility_adapters.sql.sessions import SqlSessions
from emobility_adapters.sql.work import SqlWork
from emobility_core.charging import EndedSession, Session
from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId, TariffVersionId
from emobility_core.tariffs import TariffVersion, UnknownTariffVersion
from emobility_core.work import Scope


class SqlShelf:
    """Implements the `Shelf` of hot units over the SQL repositories."""

    def __init__(self, database: Database, everything: Scope) -> None:
        self._database = database
        self._everything = everything
        self._versions = Remembered[TariffVersionId, TariffVersion](self._version)

    async def station(self, station: StationId, scope: Scope) -> StationMemory:
        async with self._database.reading(scope) as connection:
            work = SqlWork(connection, scope)
            latest = await work.sessions.latest_of(station, REMEMBERED_OF_A_STATION)
            running = await work.sessions.active_on(station)
            known = {session.id: session for session in (*running, *reversed(latest))}
            return StationMemory(
                state=await work.station_states.find(station),
                connectors={one.number: one for one in await work.connectors.of(station)},
                sessions=known,
                complete=len(latest) < REMEMBERED_OF_A_STATION,
            )

    async def session(self, id: SessionId, scope: Scope) -> Session:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).get(id)

    async def start(self, station: StationId, identity: str, scope: Scope) -> Session | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_start(station, identity)

    async def transaction(self, station: StationId, number: int, scope: Scope) -> Session | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_transaction(station, number)

    async def stopped(
        self, station: StationId, reported: str | None, meter: Energy | None, scope: Scope
    ) -> EndedSession | None:
        async with self._database.reading(scope) as connection:
            return await SqlSessions(connection, scope).find_stopped(station, reported, meter)

    async def tariff_version(self, id: TariffVersionId, scope: Scope) -> TariffVersion:
        """Published versions never change; a session names only what its own line has published."""
        version = await self._versions.get(id)
        if version is None:
            raise UnknownTariffVersion(id)
        return version

    async def _version(self, id: TariffVersionId) -> TariffVersion | None:
        async with self._database.reading(self._everything) as connection:
            try:
                return await SqlTariffVersions(connection, self._everything).get(id)
            except UnknownTariffVersion:
                return None
