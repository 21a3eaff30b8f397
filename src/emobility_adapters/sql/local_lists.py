"""Local lists and owed cache clearings over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import upsert
from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.local_authorization import CacheClearing, DueList, LocalList
from emobility_core.work import Scope

_list, _clearing, _state = tables.local_list, tables.cache_clearing, tables.station_state
# Written out: SQLite takes a partial index only for the very words of its condition.
_FREE: sa.ColumnElement[bool] = sa.literal_column("command IS NULL")


def _along(path: str) -> sa.Select[tuple[object]]:
    """The tenants along the line of the one at `path`: itself, those above, those below."""
    tenant = tables.tenant.c
    above = sa.literal(path).startswith(tenant.path)
    return sa.select(tenant.id).where(sa.or_(tenant.path.startswith(path), above))


class SqlLocalLists(SqlRecords[LocalList]):
    """Implements the core's `LocalLists`."""

    async def find(self, station: StationId) -> LocalList | None:
        query = sa.select(_list).where(_list.c.station == station, within(_list, self.scope))
        found = await self._select(query)
        return found[0] if found else None

    async def due(self, at: Instant, *, limit: int) -> list[DueList]:
        free = sa.select(_list).where(_FREE, _list.c.due_at <= at, within(_list, self.scope)).subquery()
        online = sa.select(_state.c.station).where(_state.c.station == free.c.station, _state.c.online)
        query = sa.select(free.c.id, free.c.tenant, free.c.version).where(online.exists())
        found = await self.connection.execute(query.order_by(free.c.due_at, free.c.id).limit(limit))
        return [rows.structure(row, DueList) for row in found.mappings()]

    async def mark(self, path: str, *, at: Instant) -> None:
        later = sa.or_(_list.c.due_at.is_(None), _list.c.due_at > at)
        marked = _list.update().where(_list.c.tenant.in_(_along(path)), later, within(_list, self.scope))
        changes = {"due_at": at, "updated_at": at, "version": _list.c.version + 1}
        await self.connection.execute(marked.values(changes))
        # What is due already may be under way with what is not true any more.
        stale = _list.update().where(_list.c.tenant.in_(_along(path)), ~later, within(_list, self.scope))
        await self.connection.execute(stale.values(version=_list.c.version + 1))


@attrs.frozen
class SqlCacheClearings:
    """Implements the core's `CacheClearings`."""

    connection: AsyncConnection
    scope: Scope

    async def owe(self, path: str, *, at: Instant) -> None:
        station = tables.station
        owing = sa.select(station.c.id, station.c.tenant, sa.literal(at, _clearing.c.since.type))
        owing = owing.where(station.c.tenant.in_(_along(path)), within(station, self.scope))
        known = sa.select(_clearing.c.station).where(within(_clearing, self.scope))
        again = _clearing.update().where(_clearing.c.tenant.in_(_along(path)), within(_clearing, self.scope))
        await self.connection.execute(again.values(command=None))
        new = owing.where(station.c.id.not_in(known))
        await self.connection.execute(_clearing.insert().from_select(["station", "tenant", "since"], new))

    async def due(self, *, limit: int) -> list[CacheClearing]:
        free = sa.select(_clearing).where(_FREE, within(_clearing, self.scope)).subquery()
        online = sa.select(_state.c.station).where(_state.c.station == free.c.station, _state.c.online)
        query = sa.select(free).where(online.exists()).order_by(free.c.since, free.c.station).limit(limit)
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, CacheClearing) for row in found]

    async def of(self, stations: Sequence[StationId]) -> list[CacheClearing]:
        theirs = (_clearing.c.station.in_(stations), within(_clearing, self.scope))
        found = (await self.connection.execute(sa.select(_clearing).where(*theirs))).mappings()
        return [rows.structure(row, CacheClearing) for row in found]

    async def put(self, *clearings: CacheClearing) -> None:
        for clearing in {one.tenant: one for one in clearings}.values():
            await require_seen(self.connection, self.scope, clearing)
        if clearings:
            await upsert(self.connection, _clearing, ("station",), *map(rows.unstructure, clearings))

    async def drop(self, *stations: StationId) -> None:
        theirs = (_clearing.c.station.in_(stations), within(_clearing, self.scope))
        if stations:
            await self.connection.execute(_clearing.delete().where(*theirs))
