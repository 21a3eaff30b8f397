"""The hot path's side of each port: a view of one unit."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from uuid import UUID

import attrs

from emobility_adapters.sql.hot.units import HotStore, HotUnit
from emobility_core.charging import (
    ActiveSession,
    DoubtfulReport,
    EndedSession,
    MeterReading,
    Session,
)
from emobility_core.ids import EventId, SessionId, StationId, TariffVersionId
from emobility_core.network import ConnectorState, Site, Station, StationReport, StationState
from emobility_core.rating import Rating
from emobility_core.reactions import AlreadyReacted
from emobility_core.tariffs import TariffVersion
from emobility_core.work import Event, Scope


@attrs.define(eq=False)
class HotSessions:
    unit: HotUnit

    async def get(self, id: SessionId) -> Session:
        session = self.unit.store.live.session(id)
        if session is not None and session.tenant == self.unit.scope.tenant:
            return session
        return await self.unit.store.shelf.session(id, self.unit.scope)

    async def find_start(self, station: StationId, identity: str) -> Session | None:
        memory = await self.unit.memory(station)
        for session in memory.sessions.values():
            if session.start_identity == identity:
                return session
        if not memory.may_have_started(identity):
            return None
        return await self.unit.store.shelf.start(station, identity, self.unit.scope)

    async def find_transaction(self, station: StationId, transaction_id: int) -> Session | None:
        memory = await self.unit.memory(station)
        for session in reversed(memory.sessions.values()):
            if session.transaction_id == transaction_id:
                return session
        if memory.complete:
            return None
        return await self.unit.store.shelf.transaction(station, transaction_id, self.unit.scope)

    async def find_stopped(self, station: StationId, identity: str) -> EndedSession | None:
        return await self.unit.store.shelf.stopped(station, identity, self.unit.scope)

    async def estimated_on(self, station: StationId) -> list[EndedSession]:
        return await self.unit.store.shelf.estimated(station, self.unit.scope)

    async def active_on(self, station: StationId) -> list[ActiveSession]:
        memory = await self.unit.memory(station)
        return [one for one in memory.sessions.values() if isinstance(one, ActiveSession)]

    async def add(self, session: Session) -> None:
        self.unit.write("session_add", session)
        self.unit.touched.append(session)

    async def replace(self, session: Session) -> None:
        self.unit.write("session_replace", session)
        self.unit.touched.append(attrs.evolve(session, version=session.version + 1))

    async def progress(self, session: ActiveSession) -> None:
        self.unit.write("session_progress", session)
        self.unit.touched.append(session)


@attrs.define(eq=False)
class HotReadings:
    unit: HotUnit

    async def add(self, reading: MeterReading) -> None:
        self.unit.write("reading_add", reading)

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]:
        return await self.unit.store.shelf.readings(session, self.unit.scope, after=after, limit=limit)


@attrs.define(eq=False)
class HotStations:
    unit: HotUnit

    async def get(self, id: UUID) -> Station:
        return await self.unit.store.shelf.station_record(id, self.unit.scope)


@attrs.define(eq=False)
class HotSites:
    unit: HotUnit

    async def get(self, id: UUID) -> Site:
        return await self.unit.store.shelf.site(id, self.unit.scope)


@attrs.define(eq=False)
class HotDoubtfulReports:
    unit: HotUnit

    async def add(self, report: DoubtfulReport) -> None:
        self.unit.write("doubtful_report_add", report)


@attrs.define(eq=False)
class HotStates:
    unit: HotUnit

    async def find(self, station: StationId) -> StationState | None:
        return (await self.unit.memory(station)).state

    async def of(self, *stations: StationId) -> list[StationState]:
        found = [await self.find(station) for station in sorted(set(stations))]
        return [one for one in found if one is not None]

    async def put(self, state: StationState) -> None:
        self.unit.write("state_put", state)
        self.unit.touched.append(state)


@attrs.define(eq=False)
class HotConnectors:
    unit: HotUnit

    async def find(self, station: StationId, number: int) -> ConnectorState | None:
        return (await self.unit.memory(station)).connectors.get(number)

    async def of(self, *stations: StationId) -> list[ConnectorState]:
        memories = [await self.unit.memory(station) for station in sorted(set(stations))]
        return [one.connectors[number] for one in memories for number in sorted(one.connectors)]

    async def put(self, state: ConnectorState) -> None:
        self.unit.write("connector_put", state)
        self.unit.touched.append(state)


@attrs.define(eq=False)
class HotReports:
    unit: HotUnit

    async def add(self, report: StationReport) -> None:
        self.unit.write("report_add", report)


@attrs.define(eq=False)
class HotTariffVersions:
    unit: HotUnit

    async def get(self, id: TariffVersionId) -> TariffVersion:
        return await self.unit.store.shelf.tariff_version(id, self.unit.scope)


@attrs.define(eq=False)
class HotRatedSessions:
    unit: HotUnit

    async def put(self, rating: Rating) -> None:
        self.unit.write("rating_put", rating)


@attrs.define(eq=False)
class HotReacted:
    unit: HotUnit

    async def mark(self, subscriber: str, *events: EventId) -> None:
        for event in events:
            self.unit.marked = AlreadyReacted(subscriber, event)
            self.unit.write("reacted_add", self.unit.marked)


@attrs.define(eq=False)
class HotOutbox:
    unit: HotUnit

    def publish(self, *events: Event) -> None:
        for event in events:
            self.unit.write("event_add", event)
        self.unit.wakes = True


class HotWork(HotUnit):
    """A unit seen through every port that the hot path needs; most units look through two of them.

    Leaving its block hands the writes over and waits until they are durable.
    """

    __slots__ = ()

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.commit()

    @property
    def sessions(self) -> HotSessions:
        return HotSessions(self)

    @property
    def meter_readings(self) -> HotReadings:
        return HotReadings(self)

    @property
    def stations(self) -> HotStations:
        return HotStations(self)

    @property
    def sites(self) -> HotSites:
        return HotSites(self)

    @property
    def doubtful_reports(self) -> HotDoubtfulReports:
        return HotDoubtfulReports(self)

    @property
    def station_states(self) -> HotStates:
        return HotStates(self)

    @property
    def connectors(self) -> HotConnectors:
        return HotConnectors(self)

    @property
    def station_reports(self) -> HotReports:
        return HotReports(self)

    @property
    def tariff_versions(self) -> HotTariffVersions:
        return HotTariffVersions(self)

    @property
    def rated_sessions(self) -> HotRatedSessions:
        return HotRatedSessions(self)

    @property
    def reacted(self) -> HotReacted:
        return HotReacted(self)

    @property
    def outbox(self) -> HotOutbox:
        return HotOutbox(self)


@attrs.frozen
class HotTransactions:
    """The core's `Transactions` for reports of stations and for what follows from them."""

    store: HotStore

    def __call__(self, scope: Scope) -> HotWork:
        return HotWork(self.store, scope)
