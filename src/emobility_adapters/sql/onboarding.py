"""Stations that are new: who calls unregistered, and how each is configured, within one scope."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.scoping import of_these, within
from emobility_core.configuration import StationConfiguration
from emobility_core.ids import QuarantinedStationId, StationId
from emobility_core.instants import Instant
from emobility_core.network import QuarantinedStation, StationIdentity, StationState


class SqlQuarantinedStations(SqlRecords[QuarantinedStation]):
    """Unknown stations that were let in to be seen; there are never many."""

    async def find(self, identity: StationIdentity) -> QuarantinedStation | None:
        table = tables.quarantined_station
        mine = (table.c.folded == identity.folded, within(table, self.scope))
        found = await self._select(sa.select(table).where(*mine))
        return found[0] if found else None

    async def remove(self, id: QuarantinedStationId) -> None:
        await self._drop(tables.quarantined_station.c.id == id)

    async def forget(self, before: Instant) -> None:
        await self._drop(tables.quarantined_station.c.last_seen_at < before)

    async def _drop(self, condition: sa.ColumnElement[bool]) -> None:
        table = tables.quarantined_station
        await self.connection.execute(table.delete().where(condition, within(table, self.scope)))


class SqlStationConfigurations(SqlRecords[StationConfiguration]):
    """What is known of stations' configurations."""

    async def find(self, station: StationId) -> StationConfiguration | None:
        found = await self.of(station)
        return found[0] if found else None

    async def of(self, *stations: StationId) -> list[StationConfiguration]:
        query = of_these(tables.station_configuration, self.scope)
        return await self._select(query, stations=stations)

    async def online_after(
        self, station: StationId | None, *, limit: int
    ) -> list[tuple[StationState, StationConfiguration | None]]:
        table = tables.station_state
        query = sa.select(table).where(table.c.online.is_(True), within(table, self.scope))
        if station is not None:
            query = query.where(table.c.station > station)
        found = (await self.connection.execute(query.order_by(table.c.station).limit(limit))).mappings().all()
        states = [rows.structure(row, StationState) for row in found]
        known = {one.station: one for one in await self.of(*(one.station for one in states))}
        return [(one, known.get(one.station)) for one in states]
