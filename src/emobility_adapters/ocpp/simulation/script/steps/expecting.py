"""Steps that expect something of the central system, or of what it made of the station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from emobility_adapters.ocpp.simulation.script.actor import Actor, Unmet
from emobility_adapters.ocpp.simulation.script.fields import (
    DURATION,
    NUMBER,
    TEXT,
    WHOLE,
    field,
    one_of,
    table,
)
from emobility_adapters.ocpp.simulation.script.steps.step import Step, contains

_WITHIN = "how long to wait for it, in real time"


@attrs.frozen(kw_only=True)
class ExpectCommand(Step):
    """The central system asks something of the station; each request is expected once."""

    do: ClassVar[str] = "expect-command"
    action: str = field(TEXT, "the action, such as RemoteStartTransaction")
    payload: Mapping[str, Any] = table("what it must have in it")
    within: float = field(DURATION, _WITHIN, default=10.0)

    async def play(self, actor: Actor) -> str:
        def wanted(frame: list[Any]) -> bool:
            match frame:
                case [2, _, action, payload]:
                    return action == self.action and contains(payload, self.payload)
            return False

        came = await actor.ears.take(wanted, within_s=self.within)
        if came is None:
            others = ", ".join(str(one[2]) for one in actor.ears.heard if one[0] == 2) or "nothing"
            raise Unmet(f"no such {self.action} came within {self.within:g} s; {others} did")
        return f"{self.action} came"


@attrs.frozen(kw_only=True)
class ExpectStatus(Step):
    """A connector comes to a status."""

    do: ClassVar[str] = "expect-status"
    status: str = field(TEXT, "the status, such as Charging")
    connector: int = field(WHOLE, "which connector, from 1", default=1)
    within: float = field(DURATION, _WITHIN, default=10.0)

    async def play(self, actor: Actor) -> str:
        connector = actor.connector(self.connector)
        if not await actor.until(lambda: connector.status == self.status, within_s=self.within):
            raise Unmet(f"connector {self.connector} is {connector.status}, expected was {self.status}")
        return f"connector {self.connector} is {self.status}"


@attrs.frozen(kw_only=True)
class ExpectSession(Step):
    """A session is going on at a connector, or none is any more."""

    do: ClassVar[str] = "expect-session"
    state: str = field(one_of("running", "ended"), "which of the two")
    connector: int = field(WHOLE, "which connector, from 1", default=1)
    within: float = field(DURATION, _WITHIN, default=10.0)

    async def play(self, actor: Actor) -> str:
        connector, running = actor.connector(self.connector), self.state == "running"
        if not await actor.until(
            lambda: (connector.transaction is not None) == running, within_s=self.within
        ):
            raise Unmet(f"at connector {self.connector} {'no' if running else 'a'} session is going on")
        return f"the session at connector {self.connector} is {self.state}"


@attrs.frozen(kw_only=True)
class ExpectPower(Step):
    """The power at a connector is within bounds now."""

    do: ClassVar[str] = "expect-power"
    at_most_kw: float | None = field(NUMBER, "no more than this, in kW", default=None)
    at_least_kw: float | None = field(NUMBER, "no less than this, in kW", default=None)
    connector: int = field(WHOLE, "which connector, from 1", default=1)

    async def play(self, actor: Actor) -> str:
        connector = actor.connector(self.connector)
        actor.station.hardware.advance(actor.station.clock.now())
        power_kw = connector.power_w / 1000
        if self.at_most_kw is not None and power_kw > self.at_most_kw:
            raise Unmet(f"{power_kw:g} kW flow, expected were at most {self.at_most_kw:g}")
        if self.at_least_kw is not None and power_kw < self.at_least_kw:
            raise Unmet(f"{power_kw:g} kW flow, expected were at least {self.at_least_kw:g}")
        return f"{power_kw:g} kW flow"


@attrs.frozen(kw_only=True)
class ExpectConfiguration(Step):
    """A configuration key comes to a value."""

    do: ClassVar[str] = "expect-configuration"
    key: str = field(TEXT, "the key")
    value: str = field(TEXT, "its value")
    within: float = field(DURATION, _WITHIN, default=10.0)

    async def play(self, actor: Actor) -> str:
        configuration = actor.station.configuration
        if self.key not in configuration:
            raise Unmet(f"the station has no key {self.key}")
        if not await actor.until(lambda: configuration.text(self.key) == self.value, within_s=self.within):
            raise Unmet(f"{self.key} is {configuration.text(self.key)}, expected was {self.value}")
        return f"{self.key} is {self.value}"


@attrs.frozen(kw_only=True)
class ExpectFirmware(Step):
    """The station comes to run a firmware, after the boot that belongs to it."""

    do: ClassVar[str] = "expect-firmware"
    version: str = field(TEXT, "the version")
    within: float = field(DURATION, _WITHIN, default=10.0)

    async def play(self, actor: Actor) -> str:
        firmware = actor.station.firmware
        if not await actor.until(lambda: firmware.version == self.version, within_s=self.within):
            raise Unmet(f"firmware {firmware.version} runs, expected was {self.version}")
        return f"firmware {self.version} runs"


EXPECTING = (
    ExpectCommand,
    ExpectStatus,
    ExpectSession,
    ExpectPower,
    ExpectConfiguration,
    ExpectFirmware,
)
