"""Reservations over one connection, within one scope."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.scoping import within
from emobility_core.charging import Reservation
from emobility_core.ids import StationId
from emobility_core.instants import Instant

# Written out: SQLite takes a partial index only for the very words of its condition.
_OPEN: sa.ColumnElement[bool] = sa.literal_column("status IN ('requested', 'active')")
_AT_ONCE = 1_000


class SqlReservations(SqlRecords[Reservation]):
    """Implements the core's `Reservations`."""

    async def open_at(self, station: StationId) -> list[Reservation]:
        return await self._chosen(self.kind.table.c.station == station, _OPEN)

    async def find_number(self, station: StationId, number: int) -> Reservation | None:
        table = self.kind.table
        found = await self._chosen(table.c.station == station, table.c.number == number)
        return found[0] if found else None

    async def overdue(self, at: Instant) -> list[Reservation]:
        return await self._chosen(_OPEN, self.kind.table.c.expires_at <= at)

    async def _chosen(self, *where: sa.ColumnElement[bool]) -> list[Reservation]:
        table = self.kind.table
        query = sa.select(table).where(*where, within(table, self.scope))
        return await self._select(query.order_by(table.c.id).limit(_AT_ONCE))
