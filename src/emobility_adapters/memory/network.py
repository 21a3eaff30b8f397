"""What stations report of themselves."""

from __future__ import annotations

import attrs

from emobility_adapters.memory.unit import Unit
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import ConnectorState, StationReport, StationState


class MemoryStationStates:
    """One state a station; the last writer wins."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("station states")

    async def find(self, station: StationId) -> StationState | None:
        state: StationState | None = self._rows.get(station)
        return state if state is not None and self._unit.shows(state) else None

    async def of(self, *stations: StationId) -> list[StationState]:
        found = [await self.find(station) for station in sorted(set(stations))]
        return [one for one in found if one is not None]

    async def put(self, state: StationState) -> None:
        self._unit.require(state)
        self._rows.put(state.station, state)

    async def away_since(self, before: Instant) -> list[StationState]:
        return [
            one
            for one in self._rows.values()
            if not one.online
            and not one.unreachable
            and one.last_seen_at is not None
            and one.last_seen_at < before
            and self._unit.shows(one)
        ]

    async def online(self) -> list[StationState]:
        return [one for one in self._rows.values() if one.online and self._unit.shows(one)]


class MemoryConnectors:
    """Connector states by station and number."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("connectors")

    async def find(self, station: StationId, number: int) -> ConnectorState | None:
        return next((one for one in await self.of(station) if one.number == number), None)

    async def of(self, *stations: StationId) -> list[ConnectorState]:
        by_number: list[dict[int, ConnectorState]] = [self._rows.get(one) or {} for one in set(stations)]
        seen = [one for numbers in by_number for one in numbers.values() if self._unit.shows(one)]
        return sorted(seen, key=lambda one: (one.station, one.number))

    async def put(self, state: ConnectorState) -> None:
        self._unit.require(state)
        numbers: dict[int, ConnectorState] = self._rows.get(state.station) or {}
        known = numbers.get(state.number)
        kept = state if known is None else attrs.evolve(state, id=known.id)
        self._rows.put(state.station, {**numbers, state.number: kept})


class MemoryStationReports:
    """Reports by station, as they came."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._log = unit.log("station reports")

    async def add(self, report: StationReport) -> None:
        self._unit.require(report)
        self._log.add(report.station, report)

    async def latest(self, station: StationId, *, limit: int) -> list[StationReport]:
        seen = [one for one in self._log.of(station) if self._unit.shows(one)]
        return seen[::-1][:limit]
