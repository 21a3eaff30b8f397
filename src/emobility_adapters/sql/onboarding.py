"""Stations that nobody has registered yet, over one connection, within one scope."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.records import SqlRecords, within
from emobility_core.ids import QuarantinedStationId
from emobility_core.instants import Instant
from emobility_core.network import QuarantinedStation, StationIdentity


class SqlQuarantinedStations(SqlRecords[QuarantinedStation]):
    """Unknown stations that were let in to be seen; there are never many."""

    async def find(self, identity: StationIdentity) -> QuarantinedStation | None:
        table = tables.quarantined_station
        mine = (table.c.folded == identity.folded, within(table, self.scope))
        found = await self._select(sa.select(table).where(*mine))
        return found[0] if found else None

    async def count(self) -> int:
        table = tables.quarantined_station
        query = sa.select(sa.func.count()).select_from(table).where(within(table, self.scope))
        return int((await self.connection.execute(query)).scalar_one())

    async def remove(self, id: QuarantinedStationId) -> None:
        await self._drop(tables.quarantined_station.c.id == id)

    async def forget(self, before: Instant) -> None:
        await self._drop(tables.quarantined_station.c.last_seen_at < before)

    async def _drop(self, condition: sa.ColumnElement[bool]) -> None:
        table = tables.quarantined_station
        await self.connection.execute(table.delete().where(condition, within(table, self.scope)))
