"""Simulated stations as guests of the very server that they call, in the time of their tenants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from random import Random

import attrs

from emobility_adapters.ocpp.simulation.clock import SetClock
from emobility_adapters.ocpp.simulation.failures import (
    CallFailed,
    ConnectorBusy,
    LineLost,
    NoAnswer,
    SimulationFailure,
)
from emobility_adapters.ocpp.simulation.kinds import AC_22, Vehicle
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_core.ids import StationId
from emobility_core.instants import Clocks, Instant, instant
from emobility_core.simulations import (
    Impossible,
    SimulatedAct,
    SimulatedAction,
    SimulatedPlace,
    StationIsReal,
)
from emobility_core.work import Scope

# A month of charging is to be as many messages as a month of trying out is worth.
_SAMPLE_EVERY_S = 900
_CONNECTORS = 2
_LOOK_AGAIN_S = 0.002


@attrs.define(eq=False)
class _Guest:
    """`wants_line` until its link is dropped, or nobody lets it in; `acting` counts what is being done."""

    station: SimulatedStation
    clock: SetClock
    path: str
    acting: int = 0
    wants_line: bool = True

    @property
    def is_settled(self) -> bool:
        if self.acting or self.clock.resuming or (self.wants_line and not self.is_online):
            return False
        spoken = not self.is_online or not len(self.station.outbox)
        return spoken and all(one in self.clock.waiting for one in self.station.activities)

    @property
    def is_online(self) -> bool:
        return self.station.presence.is_online

    async def connect(self) -> bool:
        """Have a line; False if nobody lets it in."""
        if self.is_online:
            return True
        try:
            await self.station.presence.start_up()
        except SimulationFailure:
            self.wants_line = False
        else:
            self.wants_line = True
        return self.wants_line


@attrs.define(eq=False)
class GuestStations:
    """Implements the core's `SimulatedStations`. `url` is where guests call, `key` by what they are let in;
    `is_connected` tells whether a station has a line."""

    url: str
    key: str
    clocks: Clocks
    is_connected: Callable[[StationId], bool]
    _guests: dict[StationId, _Guest] = attrs.field(factory=dict, init=False)

    async def close(self) -> None:
        for guest in self._guests.values():
            await guest.station.close()
        self._guests.clear()

    def next_alarm(self, scope: Scope) -> Instant | None:
        alarms = [one.clock.next_alarm for one in self._within(scope)]
        return min((instant(at) for at in alarms if at is not None), default=None)

    def ring(self, scope: Scope) -> None:
        for guest in self._within(scope):
            guest.clock.ring()

    async def settled(self, scope: Scope) -> bool:
        waited = False
        while unsettled := [one for one in self._within(scope) if not one.is_settled]:
            waited = True
            for guest in unsettled:
                if guest.wants_line and not guest.acting and not guest.is_online:
                    await guest.connect()
            await asyncio.sleep(_LOOK_AGAIN_S)
        return waited

    def _within(self, scope: Scope) -> list[_Guest]:
        return [one for one in self._guests.values() if scope.sees(one.path)]

    async def until(self, place: SimulatedPlace, at: Instant) -> None:
        await self._guest(place).clock.until(at)

    async def act(self, place: SimulatedPlace, action: SimulatedAction) -> Impossible | None:
        guest = self._guest(place)
        guest.acting += 1
        try:
            impossible = await self._act(guest, action)
            # What was done is told before anybody hears that it was.
            if guest.is_online:
                with contextlib.suppress(LineLost):
                    await guest.station.presence.settled()
            return impossible
        finally:
            guest.acting -= 1

    def _guest(self, place: SimulatedPlace) -> _Guest:
        known = self._guests.get(place.station)
        if known is None:
            if self.is_connected(place.station):
                raise StationIsReal(place.station)
            known = self._guests[place.station] = self._new(place)
        return known

    def _new(self, place: SimulatedPlace) -> _Guest:
        told = self.clocks.of(place.path)

        def now() -> datetime:
            return told.now()

        clock = SetClock(now)
        station = SimulatedStation(
            place.identity.text,
            self.url,
            # The same registers each time, so that what is tried can be tried again.
            random=Random(place.identity.folded),
            clock=clock,
            connectors=(AC_22,) * _CONNECTORS,
            key=self.key,
            sample_interval_s=_SAMPLE_EVERY_S,
        )
        return _Guest(station, clock, place.path)

    async def _act(self, guest: _Guest, action: SimulatedAction) -> Impossible | None:
        if action.act is SimulatedAct.DROP_LINK:
            guest.wants_line = False
            await guest.station.presence.cut()
            return None
        if (guest.wants_line or action.act is SimulatedAct.RESTORE_LINK) and not await guest.connect():
            return Impossible.NO_LINE
        if action.act is SimulatedAct.RESTORE_LINK:
            return None
        if guest.station.hardware.find(action.connector) is None:
            return Impossible.NO_CONNECTOR
        try:
            return await _DOES[action.act](guest.station, action)
        except ConnectorBusy:
            return Impossible.CONNECTOR_BUSY
        except (CallFailed, LineLost, NoAnswer):
            return Impossible.NO_LINE


async def _plug_in(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    vehicle = Vehicle()
    if action.energy is not None:
        vehicle = Vehicle(capacity_wh=max(1, action.energy.mwh // 1000), soc_percent=0.0)
    station.hardware.plug_in(action.connector, vehicle)
    return None


async def _unplug(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    connector = station.hardware.find(action.connector)
    if connector is None or connector.vehicle is None:
        return Impossible.NO_VEHICLE
    station.hardware.unplug(action.connector)
    return None


async def _present(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    connector, tag = station.hardware.find(action.connector), action.id_tag
    if connector is None or tag is None:
        return Impossible.NO_CONNECTOR
    running = connector.transaction
    if running is not None and running.id_tag.lower() == tag.folded:
        station.hardware.end(running)
        return None
    with contextlib.suppress(LineLost):
        await station.presence.settled()
    info = await station.tags.look_up(tag.text)
    if info.status != "Accepted":
        return Impossible.TAG_REFUSED
    transaction = station.hardware.begin(action.connector, tag.text, parent=info.parent)
    station.timers.sample(transaction)
    return None


async def _meter(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    connector = station.hardware.find(action.connector)
    if connector is None or action.energy is None:
        return Impossible.NO_CONNECTOR
    connector.advance(station.clock.now())
    # 3.6 watt-seconds are a milliwatt-hour.
    connector.deliver(action.energy.mwh * 18 // 5)
    station.hardware.sample(action.connector)
    return None


async def _fault(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    station.hardware.fail(action.connector, action.error)
    return None


async def _clear(station: SimulatedStation, action: SimulatedAction) -> Impossible | None:
    station.hardware.fail(action.connector, None)
    return None


_DOES = {
    SimulatedAct.PLUG_IN: _plug_in,
    SimulatedAct.UNPLUG: _unplug,
    SimulatedAct.PRESENT_TAG: _present,
    SimulatedAct.METER: _meter,
    SimulatedAct.FAULT: _fault,
    SimulatedAct.CLEAR_FAULT: _clear,
}
