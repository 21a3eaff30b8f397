"""Charging sessions and their readings."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_adapters.memory.records import paged
from emobility_adapters.memory.unit import Unit
from emobility_core.charging import (
    ActiveSession,
    ConnectorHasSession,
    EndedSession,
    MeterReading,
    Session,
    StartRecorded,
    TransactionNumberTaken,
    UnknownSession,
)
from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId
from emobility_core.work import AlreadyTaken, Page, StaleWrite


class MemorySessions:
    """Sessions, found by id, by start, by transaction number and by station."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("sessions")
        self._starts = unit.rows("sessions by start")
        self._numbers = unit.rows("sessions by transaction")
        self._running = unit.rows("running sessions by station")

    async def get(self, id: SessionId) -> Session:
        session = self._seen(id)
        if session is None:
            raise UnknownSession(id)
        return session

    async def find_start(self, station: StationId, identity: str) -> Session | None:
        return self._seen(self._starts.get((station, identity)))

    async def find_transaction(self, station: StationId, transaction_id: int) -> Session | None:
        return self._seen(self._numbers.get((station, transaction_id)))

    async def find_stopped(
        self, station: StationId, reported: str | None, meter: Energy | None
    ) -> EndedSession | None:
        fitting = [
            one
            for one in self._rows.values()
            if isinstance(one, EndedSession)
            and (one.station, one.ended_reported, one.meter_stop) == (station, reported, meter)
            and not one.estimated
            and self._unit.sees(one.tenant)
        ]
        return max(fitting, key=lambda one: one.id, default=None)

    async def active_on(self, station: StationId) -> list[ActiveSession]:
        running = (self._seen(id) for id in self._on(station).values())
        return [one for one in running if isinstance(one, ActiveSession)]

    async def add(self, session: Session) -> None:
        self._unit.require(session.tenant)
        start, number = (session.station, session.start_identity), (session.station, session.transaction_id)
        if self._rows.get(session.id) is not None:
            raise AlreadyTaken("id", str(session.id))
        if self._starts.get(start) is not None:
            raise StartRecorded(session.station, session.start_identity)
        if self._numbers.get(number) is not None:
            raise TransactionNumberTaken(session.station, session.transaction_id)
        self._occupy(session)
        self._starts.put(start, session.id)
        self._numbers.put(number, session.id)
        self._rows.put(session.id, session)

    async def replace(self, session: Session) -> None:
        before = await self.get(session.id)
        if before.version != session.version:
            raise StaleWrite(session.id)
        self._occupy(session)
        self._rows.put(session.id, attrs.evolve(session, version=session.version + 1))

    async def progress(self, session: ActiveSession) -> None:
        await self.replace(attrs.evolve(session, version=session.version - 1))

    async def page(self, page: Page) -> list[Session]:
        visible = (
            one
            for one in self._rows.values()
            if self._unit.sees(one.tenant, descendants=page.descendants)
            and (page.updated_after is None or _heard_of(one) > page.updated_after)
        )
        return paged(visible, page)

    def _seen(self, id: SessionId | None) -> Session | None:
        session: Session | None = None if id is None else self._rows.get(id)
        return session if session is not None and self._unit.sees(session.tenant) else None

    def _on(self, station: StationId) -> dict[int, SessionId]:
        return self._running.get(station) or {}

    def _occupy(self, session: Session) -> None:
        """Note or end the session's hold on its connector."""
        running = self._on(session.station)
        holder = running.get(session.connector)
        if isinstance(session, ActiveSession):
            if holder not in (None, session.id):
                raise ConnectorHasSession(session.station, session.connector)
            self._running.put(session.station, {**running, session.connector: session.id})
        elif holder == session.id:
            left = {connector: id for connector, id in running.items() if id != session.id}
            self._running.put(session.station, left)


class MemoryReadings:
    """Meter readings by session; those of no session by station."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._log = unit.log("meter readings")

    async def add(self, reading: MeterReading) -> None:
        self._unit.require(reading.tenant)
        self._log.add(reading.session or reading.station, reading)

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]:
        seen = [one for one in self._log.of(session) if self._unit.sees(one.tenant)]
        return seen[after : after + limit]


def _heard_of(session: Session) -> Any:
    """When the session was last heard of."""
    if isinstance(session, EndedSession):
        return session.ended_received
    return session.meter_last_at or session.started_received
