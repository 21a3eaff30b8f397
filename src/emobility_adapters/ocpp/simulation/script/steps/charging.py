"""Steps of a driver at a connector."""

from __future__ import annotations

from typing import ClassVar

import attrs

from emobility_adapters.ocpp.simulation.kinds import Vehicle
from emobility_adapters.ocpp.simulation.script.actor import Actor, Unmet
from emobility_adapters.ocpp.simulation.script.fields import (
    DURATION,
    NUMBER,
    TEXT,
    WHOLE,
    field,
    one_of,
)
from emobility_adapters.ocpp.simulation.script.steps.step import Step

_STATUSES = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
# Energy is looked at so often; a session by energy takes so long at least, or a day at most.
_LOOK_S, _SLOWEST_W, _LONGEST_S = 60.0, 2_000, 86_400.0
_CONNECTOR = "which connector, from 1"
_ENDS = ", at least: the meter is looked at once a minute"


@attrs.frozen(kw_only=True)
class Plug(Step):
    """A car is plugged in."""

    do: ClassVar[str] = "plug"
    connector: int = field(WHOLE, _CONNECTOR, default=1)
    soc: float = field(NUMBER, "state of charge on arrival, in per cent", default=20.0)
    capacity_kwh: float = field(NUMBER, "the battery's capacity, in kWh", default=64.0)
    power_kw: float | None = field(NUMBER, "what the car takes at most, in kW", default=None)

    async def play(self, actor: Actor) -> str:
        actor.connector(self.connector)
        usual = Vehicle()
        car = Vehicle(
            capacity_wh=round(self.capacity_kwh * 1000),
            ac_power_w=usual.ac_power_w if self.power_kw is None else round(self.power_kw * 1000),
            dc_power_w=usual.dc_power_w if self.power_kw is None else round(self.power_kw * 1000),
            soc_percent=self.soc,
        )
        actor.station.hardware.plug_in(self.connector, car)
        return f"a car with {self.soc:g} % is at connector {self.connector}"


@attrs.frozen(kw_only=True)
class Authorize(Step):
    """A card is held to the reader, and asked for as the configuration has it."""

    do: ClassVar[str] = "authorize"
    tag: str = field(TEXT, "the card's tag")
    expect: str = field(one_of(*_STATUSES), "the status to come", default="Accepted")

    async def play(self, actor: Actor) -> str:
        status = await actor.station.authorize(self.tag)
        if status != self.expect:
            raise Unmet(f"{self.tag} is {status}, expected was {self.expect}")
        return f"{self.tag} is {status}"


@attrs.frozen(kw_only=True)
class Start(Step):
    """A session begins; online it waits for the answer."""

    do: ClassVar[str] = "start"
    tag: str = field(TEXT, "the tag that it begins with")
    connector: int = field(WHOLE, _CONNECTOR, default=1)
    expect: str = field(one_of(*_STATUSES, "any"), "the tag's status in the answer", default="Accepted")

    async def play(self, actor: Actor) -> str:
        transaction = actor.station.hardware.begin(self.connector, self.tag)
        actor.station.timers.sample(transaction)
        if not actor.station.presence.is_online:
            return "begun offline"
        if not await actor.until(transaction.answered.is_set):
            raise Unmet("StartTransaction was not answered")
        if self.expect not in ("any", transaction.start_status):
            raise Unmet(f"{self.tag} is {transaction.start_status}, expected was {self.expect}")
        return f"transaction {transaction.id} has begun, {self.tag} is {transaction.start_status}"


@attrs.frozen(kw_only=True)
class Charge(Step):
    """The session goes on for a time or an energy, with meter values, or until the car is full."""

    do: ClassVar[str] = "charge"
    for_: float | None = field(DURATION, "how long", key="for", default=None)
    kwh: float | None = field(NUMBER, f"how much energy from now on, in kWh{_ENDS}", default=None)
    connector: int = field(WHOLE, _CONNECTOR, default=1)

    def __attrs_post_init__(self) -> None:
        if self.for_ is None and self.kwh is None:
            raise ValueError(f"{self.do}: 'for' or 'kwh' must say how long")

    @property
    def lasts_s(self) -> float:
        if self.for_ is not None:
            return self.for_
        return min(_LONGEST_S, (self.kwh or 0) * 3_600_000 / _SLOWEST_W + _LOOK_S)

    async def play(self, actor: Actor) -> str:
        transaction, connector = actor.running(self.connector), actor.connector(self.connector)
        clock, begun_wh, passed_s = actor.station.clock, connector.meter_wh, 0.0
        while transaction.is_running and passed_s < self.lasts_s:
            if self.kwh is not None and connector.meter_wh - begun_wh >= self.kwh * 1000:
                break
            step_s = min(_LOOK_S, self.lasts_s - passed_s)
            await clock.sleep(step_s)
            passed_s += step_s
            actor.station.hardware.advance(clock.now())
            if connector.is_full:
                break
        charged = (connector.meter_wh - begun_wh) / 1000
        return f"{charged:.3f} kWh in {passed_s / 60:.0f} min"


@attrs.frozen(kw_only=True)
class Stop(Step):
    """The session ends; online it waits for the answer."""

    do: ClassVar[str] = "stop"
    connector: int = field(WHOLE, _CONNECTOR, default=1)
    reason: str = field(TEXT, "the reason that the station gives", default="Local")

    async def play(self, actor: Actor) -> str:
        transaction = actor.running(self.connector)
        actor.station.hardware.end(transaction, self.reason)
        if actor.station.presence.is_online:
            await actor.settle()
        return f"transaction {transaction.id} has ended at {transaction.meter_stop_wh} Wh"


@attrs.frozen(kw_only=True)
class Unplug(Step):
    """The car leaves; a session still going on ends with it."""

    do: ClassVar[str] = "unplug"
    connector: int = field(WHOLE, _CONNECTOR, default=1)

    async def play(self, actor: Actor) -> str:
        actor.connector(self.connector)
        actor.station.hardware.unplug(self.connector)
        return f"connector {self.connector} is free"


@attrs.frozen(kw_only=True)
class Visit(Step):
    """A whole visit: plug, authorize, start, charge, stop, unplug."""

    do: ClassVar[str] = "visit"
    tag: str = field(TEXT, "the card's tag")
    for_: float | None = field(DURATION, "how long it charges", key="for", default=None)
    kwh: float | None = field(NUMBER, f"how much energy, in kWh{_ENDS}", default=None)
    connector: int = field(WHOLE, _CONNECTOR, default=1)

    def __attrs_post_init__(self) -> None:
        if self.for_ is None and self.kwh is None:
            raise ValueError(f"{self.do}: 'for' or 'kwh' must say how long")

    @property
    def lasts_s(self) -> float:
        return self._charge.lasts_s

    @property
    def _charge(self) -> Charge:
        return Charge(for_=self.for_, kwh=self.kwh, connector=self.connector)

    async def play(self, actor: Actor) -> str:
        words = ""
        for step in (
            Plug(connector=self.connector),
            Authorize(tag=self.tag),
            Start(tag=self.tag, connector=self.connector),
            self._charge,
            Stop(connector=self.connector),
            Unplug(connector=self.connector),
        ):
            came = await step.play(actor)
            words = came if isinstance(step, Charge) else words
        return words


@attrs.frozen(kw_only=True)
class Fault(Step):
    """A connector fails: nothing flows until repair."""

    do: ClassVar[str] = "fault"
    connector: int = field(WHOLE, _CONNECTOR, default=1)
    error: str = field(TEXT, "the error code, such as GroundFailure", default="InternalError")

    async def play(self, actor: Actor) -> str:
        actor.connector(self.connector)
        actor.station.hardware.fail(self.connector, self.error)
        return f"connector {self.connector} has failed: {self.error}"


@attrs.frozen(kw_only=True)
class Repair(Step):
    """A fault is over."""

    do: ClassVar[str] = "repair"
    connector: int = field(WHOLE, _CONNECTOR, default=1)

    async def play(self, actor: Actor) -> str:
        actor.connector(self.connector)
        actor.station.hardware.fail(self.connector, None)
        return f"connector {self.connector} works again"


CHARGING = (Plug, Authorize, Start, Charge, Stop, Unplug, Visit, Fault, Repair)
