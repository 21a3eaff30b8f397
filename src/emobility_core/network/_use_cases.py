"""Recording what stations report of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

import attrs

from emobility_core.ids import ConnectorId, Ids, StationId
from emobility_core.instants import Clock, Instant
from emobility_core.network._events import station_event as _event
from emobility_core.network._ports import Connectors, StationReports, StationStates
from emobility_core.network._reports import ReportKind, StationReport
from emobility_core.network._security import SecurityProfile
from emobility_core.network._state import CONNECTORS_KEPT, BootReport, ConnectorState, StationState
from emobility_core.network._time import StationTime
from emobility_core.network._traffic import NOTHING_SAID, Said, with_traffic
from emobility_core.work import Event, Outbox, Scope, Transactions

_MILLISECOND = timedelta(milliseconds=1)


class NetworkWork(Protocol):
    @property
    def station_states(self) -> StationStates: ...
    @property
    def connectors(self) -> Connectors: ...
    @property
    def station_reports(self) -> StationReports: ...
    @property
    def outbox(self) -> Outbox: ...


@attrs.frozen(kw_only=True)
class RecordBoot:
    """A station says that it has booted."""

    station: StationId
    boot: BootReport
    content: Mapping[str, object]


@attrs.frozen(kw_only=True)
class RecordStatus:
    """A station reports a connector's status; connector 0 is the station as a whole."""

    station: StationId
    connector: int
    status: str
    error_code: str
    info: str | None
    content: Mapping[str, object]
    time: StationTime


@attrs.frozen(kw_only=True)
class RecordReport:
    """A station reports something that is kept.

    `progress` is how far an update or an upload has come, `request` the number of what asked for it.
    """

    station: StationId
    kind: ReportKind
    content: Mapping[str, object]
    time: StationTime
    progress: str | None = None
    request: int | None = None


async def record_boot(
    command: RecordBoot, *, scope: Scope, transactions: Transactions[NetworkWork], clock: Clock, ids: Ids
) -> StationState:
    """Record a boot and return the station's new state."""
    now = clock.now()
    async with transactions(scope) as work:
        known = await work.station_states.find(command.station)
        before = known or StationState(station=command.station, tenant=scope.tenant)
        state = attrs.evolve(
            before, boots=before.boots + 1, booted_at=now, last_seen_at=now, boot=command.boot
        )
        await work.station_states.put(state)
        await work.station_reports.add(_report(command.station, ReportKind.BOOT, command.content, now, scope))
        booted = {"firmware": command.boot.firmware, "boots": state.boots}
        work.outbox.publish(_event("station.booted", command.station, booted, now, scope, ids))
        if before.boot is not None and before.boot.firmware != command.boot.firmware:
            data = {"from": before.boot.firmware, "to": command.boot.firmware}
            work.outbox.publish(_event("station.firmware_changed", command.station, data, now, scope, ids))
    return state


async def record_connection(
    station: StationId,
    *,
    online: bool,
    profile: SecurityProfile | None = None,
    said: Said = NOTHING_SAID,
    scope: Scope,
    transactions: Transactions[NetworkWork],
    clock: Clock,
    ids: Ids,
) -> StationState:
    """Record that a station's line opened, secured by `profile`, or closed, and what was said on it."""
    now = clock.now()
    async with transactions(scope) as work:
        known = await work.station_states.find(station)
        before = known or StationState(station=station, tenant=scope.tenant)
        since = now if online and not before.online else before.online_since
        state = attrs.evolve(
            before,
            online=online,
            online_since=since if online else None,
            last_seen_at=now,
            line_profile=before.line_profile if profile is None else profile,
            unreachable=before.unreachable and not online,
            traffic=with_traffic(before.traffic, said, at=now),
        )
        await work.station_states.put(state)
        if before.unreachable and online:
            work.outbox.publish(_event("station.reachable", station, {}, now, scope, ids))
        if online != before.online:
            kind = "station.online" if online else "station.offline"
            work.outbox.publish(_event(kind, station, {}, now, scope, ids))
    return state


async def record_sign_of_life(
    station: StationId, *, scope: Scope, transactions: Transactions[NetworkWork], at: Instant, ids: Ids,
    clock_offset: timedelta | None = None, said: Said = NOTHING_SAID,
) -> None:  # fmt: skip
    """Record that a station was heard of, and what was measured of its clock and said meanwhile; one
    without a state has told nothing to add this to."""
    async with transactions(scope) as work:
        before = await work.station_states.find(station)
        if before is None:
            return
        traffic = with_traffic(before.traffic, said, at=at)
        state = attrs.evolve(before, last_seen_at=at, traffic=traffic)
        if clock_offset is not None:
            offset_ms = round(clock_offset / _MILLISECOND)
            state = attrs.evolve(state, clock_offset_ms=offset_ms, clock_measured_at=at)
        await work.station_states.put(state)
        if state.clock_drifted and not before.clock_drifted:
            data = {"offset_ms": state.clock_offset_ms}
            work.outbox.publish(_event("station.clock_drifted", station, data, at, scope, ids))


async def record_lines_lost(
    *, scope: Scope, transactions: Transactions[NetworkWork], clock: Clock, ids: Ids
) -> None:
    """Record at the start of a server that no line is open: one that was killed could not."""
    now = clock.now()
    async with transactions(scope) as work:
        for state in await work.station_states.online():
            await work.station_states.put(attrs.evolve(state, online=False, online_since=None))
            its_own = attrs.evolve(scope, tenant=state.tenant)
            work.outbox.publish(_event("station.offline", state.station, {}, now, its_own, ids))


async def record_status(
    command: RecordStatus, *, scope: Scope, transactions: Transactions[NetworkWork], ids: Ids
) -> ConnectorState:
    """Record a connector's status; reports count in the order of receipt, whatever their clocks say.

    Of a station with `CONNECTORS_KEPT` connectors that of a further one is kept as a report alone.
    """
    received = command.time.received
    async with transactions(scope) as work:
        before = await work.connectors.find(command.station, command.connector)
        state = ConnectorState(
            id=before.id if before else ConnectorId(ids.uuid7(received)),
            tenant=scope.tenant,
            station=command.station,
            number=command.connector,
            status=command.status,
            error_code=command.error_code,
            info=command.info,
            reported=command.time.reported,
            received_at=received,
        )
        known = before is not None or len(await work.connectors.of(command.station)) < CONNECTORS_KEPT
        if known:
            await work.connectors.put(state)
        await work.station_reports.add(
            attrs.evolve(
                _report(command.station, ReportKind.STATUS, command.content, received, scope),
                connector=command.connector,
                at=command.time.at,
            )
        )
        for event in _status_events(before, state, scope, ids) if known else ():
            work.outbox.publish(event)
    return state


# What others hear of: the progress of what a station was asked to fetch or to deliver.
_PROGRESS = {
    ReportKind.DIAGNOSTICS: "station.upload_status",
    ReportKind.FIRMWARE: "station.firmware_status",
    ReportKind.LOG: "station.upload_status",
}


async def record_report(
    command: RecordReport, *, scope: Scope, transactions: Transactions[NetworkWork], ids: Ids
) -> None:
    """Keep a report, and tell of the progress that it reports."""
    received = command.time.received
    report = _report(command.station, command.kind, command.content, received, scope)
    async with transactions(scope) as work:
        await work.station_reports.add(attrs.evolve(report, at=command.time.at))
        if command.progress is not None:
            data = {"status": command.progress, "request": command.request}
            kind = _PROGRESS[command.kind]
            work.outbox.publish(_event(kind, command.station, data, received, scope, ids))


def _status_events(before: ConnectorState | None, now: ConnectorState, scope: Scope, ids: Ids) -> list[Event]:
    old = before.status if before else None
    if old == now.status:
        return []
    data = {"connector": now.number, "status": now.status, "error_code": now.error_code, "was": old}
    kinds = ["connector.status_changed"]
    if now.status == "Faulted":
        kinds.append("station.faulted")
    elif old == "Faulted":
        kinds.append("station.recovered")
    return [_event(kind, now.station, data, now.received_at, scope, ids) for kind in kinds]


def _report(
    station: StationId, kind: ReportKind, content: Mapping[str, object], at: Instant, scope: Scope
) -> StationReport:
    return StationReport(
        tenant=scope.tenant, station=station, kind=kind, content=content, at=at, received_at=at
    )
