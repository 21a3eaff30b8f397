"""Charging sessions and their readings."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from emobility_adapters.memory.records import paged
from emobility_adapters.memory.unit import Unit
from emobility_core.charging import (
    BUSY,
    FREE,
    ActiveSession,
    AuthorizationStatus,
    ConnectorHasSession,
    EndedSession,
    MeterReading,
    QuietSession,
    Session,
    StartRecorded,
    TransactionNumberTaken,
    UnknownSession,
)
from emobility_core.customers import IdTag
from emobility_core.ids import SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.network import ConnectorState, StationState
from emobility_core.rating import Rating
from emobility_core.work import AlreadyTaken, Page, StaleWrite


class MemorySessions:
    """Sessions, found by id, by start, by transaction number and by station."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("sessions")
        self._starts = unit.rows("sessions by start")
        self._numbers = unit.rows("sessions by transaction")
        self._running = unit.rows("running sessions by station")
        self._states = unit.rows("station states")
        self._connectors = unit.rows("connectors")
        self._ratings = unit.rows("rated sessions")

    async def get(self, id: SessionId) -> Session:
        session = self._seen(id)
        if session is None:
            raise UnknownSession(id)
        return session

    async def find_start(self, station: StationId, identity: str) -> Session | None:
        return self._seen(self._starts.get((station, identity)))

    async def find_transaction(self, station: StationId, transaction_id: int) -> Session | None:
        return self._seen(self._numbers.get((station, transaction_id)))

    async def find_stopped(self, station: StationId, identity: str) -> EndedSession | None:
        ended = self._ended(station)
        return next((one for one in ended if one.stop_identity == identity), None)

    async def estimated_on(self, station: StationId) -> list[EndedSession]:
        return [one for one in self._ended(station) if one.estimated][:10]

    async def active_on(self, station: StationId) -> list[ActiveSession]:
        running = (self._seen(id) for id in self._on(station).values())
        return [one for one in running if isinstance(one, ActiveSession)]

    async def quiet(
        self, *, since: Instant, silent_since: Instant, busy_since: Instant
    ) -> list[QuietSession]:
        running = (one for one in self._rows.values() if isinstance(one, ActiveSession))
        seen = (self._quiet(one) for one in running if one.updated_at < since and self._unit.shows(one))
        found = [
            one
            for one in seen
            if one.session.updated_at < (busy_since if _serves(one) else silent_since)
            or (
                one.online
                and one.status in FREE
                and one.status_at is not None
                and one.session.updated_at < one.status_at < since
            )
        ]
        return sorted(found, key=lambda one: (_serves(one), one.session.updated_at))[:1000]

    def _quiet(self, session: ActiveSession) -> QuietSession:
        state: StationState | None = self._states.get(session.station)
        numbers: dict[int, ConnectorState] = self._connectors.get(session.station) or {}
        connector = numbers.get(session.connector)
        return QuietSession(
            session=session,
            status=None if connector is None else connector.status,
            status_at=None if connector is None else connector.received_at,
            online=state is not None and state.online,
            seen_at=None if state is None else state.last_seen_at,
        )

    async def add(self, session: Session) -> None:
        self._unit.require(session)
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
            if self._unit.shows(one, descendants=page.descendants)
            and (page.updated_after is None or self._changed_at(one) > page.updated_after)
        )
        return paged(visible, page)

    async def count(self, page: Page) -> int:
        return len(await self.page(page))

    async def newest_of_cards(self, station: StationId, tags: Collection[IdTag]) -> list[Session]:
        newest: dict[tuple[IdTag, bool], Session] = {}
        for one in sorted(self._rows.values(), key=lambda one: one.id):
            known = one.authorization is not AuthorizationStatus.INVALID
            if known and one.station == station and one.id_tag in tags and self._unit.shows(one):
                newest[one.id_tag, one.grant is None] = one
        return sorted(newest.values(), key=lambda one: (one.grant is None, one.id))

    def _ended(self, station: StationId) -> list[EndedSession]:
        """A station's sessions past, newest first."""
        ended = (one for one in self._rows.values() if isinstance(one, EndedSession))
        mine = (one for one in ended if one.station == station and self._unit.shows(one))
        return sorted(mine, key=lambda one: one.id, reverse=True)

    def _changed_at(self, session: Session) -> Instant:
        """When the session or its price changed last."""
        rating: Rating | None = self._ratings.get(session.id)
        return session.updated_at if rating is None else max(session.updated_at, rating.rated_at)

    def _seen(self, id: SessionId | None) -> Session | None:
        session: Session | None = None if id is None else self._rows.get(id)
        return session if session is not None and self._unit.shows(session) else None

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


def _serves(quiet: QuietSession) -> bool:
    return quiet.online and quiet.status in BUSY


class MemoryReadings:
    """Meter readings by session; those of no session by station."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._log = unit.log("meter readings")

    async def add(self, reading: MeterReading) -> None:
        self._unit.require(reading)
        self._log.add(reading.session or reading.station, reading)

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]:
        seen = [one for one in self._log.of(session) if self._unit.shows(one)]
        return seen[after : after + limit]
