"""What a station reports may be the effect of a command that it has accepted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from emobility_core.charging import RemoteWork, settle_effects
from emobility_core.commands import (
    Command,
    Step,
    after_boot,
    after_connector_status,
    after_firmware_status,
    after_upload_status,
    settle_after,
)
from emobility_core.ids import Ids, SessionId, StationId, parse_id
from emobility_core.instants import Clock, Clocks
from emobility_core.network import StationStates
from emobility_core.reactions._ports import AlreadyReacted, AwaitedStations, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "settle-commands"
_OF_SESSIONS = frozenset({"session.started", "session.ended"})
_OF_STATIONS = frozenset(
    {"station.booted", "station.firmware_status", "station.upload_status", "connector.status_changed"}
)


class _Work(RemoteWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...
    @property
    def station_states(self) -> StationStates: ...


def settle_commands(
    *, transactions: Transactions[_Work], awaited: AwaitedStations, clocks: Clocks, ids: Ids
) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        station = StationId(parse_id("sta", str(event.data["station"])))
        if station not in awaited:
            return
        try:
            async with transactions(scope) as work:
                if await _settled(event, station, work, clocks.of(scope.path), ids):
                    await work.reacted.mark(NAME, event.id)
        except AlreadyReacted:
            return

    return Reaction(name=NAME, types=_OF_SESSIONS | _OF_STATIONS, react=react)


async def _settled(event: Event, station: StationId, work: _Work, clock: Clock, ids: Ids) -> bool:
    if event.type in _OF_SESSIONS:
        session, started = SessionId(parse_id("ses", event.subject)), event.type == "session.started"
        done = await settle_effects(session, work=work, clock=clock, ids=ids, started=started)
        return done is not None
    step_of = await _step_of(event, station, work)
    return bool(await settle_after(station, step_of, since=event.at, work=work, clock=clock, ids=ids))


async def _step_of(event: Event, station: StationId, work: _Work) -> Callable[[Command], Step | None]:
    told: Any = event.data
    if event.type == "station.booted":
        return partial(after_boot, firmware=told["firmware"])
    if event.type == "station.upload_status":
        return partial(after_upload_status, status=told["status"], request=told["request"])
    if event.type == "station.firmware_status":
        state = await work.station_states.find(station)
        running = None if state is None or state.boot is None else state.boot.firmware
        return partial(after_firmware_status, status=told["status"], request=told["request"], running=running)
    return partial(after_connector_status, connectors=await work.connectors.of(station))
