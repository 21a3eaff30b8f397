"""Which stations keep a connector for somebody."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.hot.directories import Connect
from emobility_core.charging import ReservationStatus
from emobility_core.ids import StationId, parse_id
from emobility_core.work import Event


class SqlReservedStations:
    """Implements the core's `ReservedStations`: loaded once, kept true by the events of reservations.

    A reservation's own event stands in the feed before the session that uses it.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._open: dict[UUID, StationId] = {}
        self._stations: Counter[StationId] = Counter()

    def __contains__(self, station: StationId) -> bool:
        return self._stations[station] > 0

    async def load(self) -> None:
        """Read the open reservations; call it once the feed is being followed."""
        open_ones = [status.value for status in ReservationStatus if status.is_open]
        table = tables.reservation
        query = sa.select(table.c.id, table.c.station).where(table.c.status.in_(open_ones))
        async with self._connect() as connection:
            for row in await connection.execute(query):
                self._add(row.id, StationId(row.station))

    def heed(self, event: Event) -> None:
        """Take note of how a reservation stands now."""
        if not event.type.startswith("reservation."):
            return
        reservation = parse_id("rsv", event.subject)
        if ReservationStatus(event.data["status"]).is_open:
            self._add(reservation, StationId(parse_id("sta", str(event.data["station"]))))
        elif (station := self._open.pop(reservation, None)) is not None:
            self._stations -= Counter({station: 1})  # one that falls to nothing is dropped

    def _add(self, reservation: UUID, station: StationId) -> None:
        if reservation not in self._open:
            self._open[reservation] = station
            self._stations[station] += 1
