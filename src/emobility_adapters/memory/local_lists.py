"""Local lists and owed cache clearings of the in-memory store."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_adapters.memory.records import MemoryRecords
from emobility_adapters.memory.unit import Unit
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.local_authorization import CacheClearing, DueList, LocalList
from emobility_core.network import Station, StationState
from emobility_core.tenancy import in_line


class MemoryLocalLists(MemoryRecords[LocalList]):
    """Implements the core's `LocalLists`."""

    async def find(self, station: StationId) -> LocalList | None:
        return next((one for one in self.visible() if one.station == station), None)

    async def due(self, at: Instant, *, limit: int) -> list[DueList]:
        due = [
            (one.due_at, one.id, one)
            for one in self.visible()
            if one.due_at is not None and one.due_at <= at and one.command is None
        ]
        online = [one for _, _, one in sorted(due) if _is_online(self._unit, one.station)]
        return [DueList(id=one.id, tenant=one.tenant, version=one.version) for one in online[:limit]]

    async def mark(self, path: str, *, at: Instant) -> None:
        for one in list(self.visible()):
            if _is_along(self._unit, path, one.tenant):
                later = one.due_at is None or one.due_at > at
                marked = attrs.evolve(one, due_at=at, updated_at=at) if later else one
                self._rows.put(one.id, attrs.evolve(marked, version=one.version + 1))


class MemoryCacheClearings:
    """Implements the core's `CacheClearings`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("cache clearings")
        self._stations = unit.rows("stations")

    async def owe(self, path: str, *, at: Instant) -> None:
        stations: list[Station] = list(self._stations.values())
        for station in stations:
            if self._unit.shows(station) and _is_along(self._unit, path, station.tenant):
                known: CacheClearing | None = self._rows.get(station.id)
                owed = known or CacheClearing(station=station.id, tenant=station.tenant, since=at)
                self._rows.put(station.id, attrs.evolve(owed, command=None))

    async def due(self, *, limit: int) -> list[CacheClearing]:
        owed: list[CacheClearing] = list(self._rows.values())
        due = [
            one
            for one in owed
            if one.command is None and self._unit.shows(one) and _is_online(self._unit, one.station)
        ]
        return sorted(due, key=lambda one: (one.since, one.station))[:limit]

    async def of(self, stations: Sequence[StationId]) -> list[CacheClearing]:
        known: list[CacheClearing | None] = [self._rows.get(station) for station in stations]
        return [one for one in known if one is not None and self._unit.shows(one)]

    async def put(self, *clearings: CacheClearing) -> None:
        for clearing in clearings:
            self._unit.require(clearing)
            self._rows.put(clearing.station, clearing)

    async def drop(self, *stations: StationId) -> None:
        for one in await self.of(stations):
            self._rows.drop(one.station)


def _is_online(unit: Unit, station: StationId) -> bool:
    state: StationState | None = unit.rows("station states").get(station)
    return state is not None and state.online


def _is_along(unit: Unit, path: str, tenant: TenantId) -> bool:
    there = unit.path_of(tenant)
    return there is not None and in_line(path, there)
