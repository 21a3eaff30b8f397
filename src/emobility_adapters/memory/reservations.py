"""Reservations of the in-memory store."""

from __future__ import annotations

from collections.abc import Callable

from emobility_adapters.memory.records import MemoryRecords
from emobility_core.charging import Reservation
from emobility_core.ids import StationId
from emobility_core.instants import Instant

_AT_ONCE = 1_000


class MemoryReservations(MemoryRecords[Reservation]):
    """Implements the core's `Reservations`."""

    async def open_at(self, station: StationId) -> list[Reservation]:
        return self._chosen(lambda one: one.status.is_open and one.station == station)

    async def find_number(self, station: StationId, number: int) -> Reservation | None:
        found = self._chosen(lambda one: one.station == station and one.number == number)
        return found[0] if found else None

    async def overdue(self, at: Instant) -> list[Reservation]:
        return self._chosen(lambda one: one.status.is_open and one.expires_at <= at)

    def _chosen(self, choice: Callable[[Reservation], bool]) -> list[Reservation]:
        return sorted(filter(choice, self.visible()), key=lambda one: one.id)[:_AT_ONCE]
