"""A station's configuration over a real socket: read once it has settled, mended, read again, and told of."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from emobility_core.commands import ChangeConfiguration, GetConfiguration
from emobility_core.configuration import (
    CheckUnderWay,
    ConfigurationStatus,
    ExpectedKey,
    Fault,
    StationConfiguration,
    begin_check,
)
from emobility_core.operations import Operation, OperationStatus
from emobility_core.testing.builders import make_template

from .keys import ENERGY, GOOD, Keys, look_round
from .wire import WireStation
from .world import World

S = ConfigurationStatus
BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}


async def _configuration(world: World, of: str = "CP1") -> StationConfiguration:
    async with world.store.transactions(world.scope) as work:
        found = await work.station_configurations.find(world.stations[of].id)
    assert found is not None
    return found


async def _told(world: World) -> list[tuple[str, Any]]:
    """What was published of the configuration: type and keys."""
    entries = await world.store.feed.after(0, scope=world.scope, limit=10_000)
    kinds = ("station.configuration_", "station.reboot_required")
    return [
        (one.event.type.partition(".")[2], one.event.data["keys"])
        for one in entries
        if one.event.type.startswith(kinds)
    ]


async def _booted(world: World, line: WireStation, **changes: Any) -> None:
    await line.call("BootNotification", BOOT | changes)
    await world.react()
    world.clock.advance(timedelta(minutes=2))


async def _asked(world: World) -> StationConfiguration:
    async with world.store.transactions(world.scope) as work:
        station = world.stations["CP1"]
        return await begin_check(
            work, station, path=world.scope.path, clock=world.clock, ids=world.ids, asked=True
        )


async def _operation(world: World, begun: StationConfiguration) -> Operation:
    assert begun.check is not None
    assert begun.check.operation is not None
    async with world.store.transactions(world.scope) as work:
        return await work.operations.get(begun.check.operation)


async def test_a_new_station_is_checked_once_it_has_settled_and_once_for_its_firmware(world: World) -> None:
    keys = Keys(GOOD | {"StopTxnSampledData": "", "MeterValueSampleInterval": 0})
    async with world.station() as line:
        await line.call("BootNotification", BOOT)
        await look_round(world)
        assert keys.asked == []
        world.clock.advance(timedelta(minutes=1))
        async with keys.answering(line):
            await look_round(world)
        known = await _configuration(world)
        assert (known.status, known.deviations) == (S.VERIFIED, ())
        assert (keys.values["StopTxnSampledData"], keys.values["MeterValueSampleInterval"]) == (ENERGY, "60")
        assert keys.asked[0] is None
        keys.asked.clear()
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
            assert keys.asked == []
        await _booted(world, line, firmwareVersion="2")
        async with keys.answering(line):
            await look_round(world)
        assert keys.asked[0] is None
        assert not [one for one in keys.asked if isinstance(one, tuple)]
    assert await _told(world) == [("configuration_verified", [])]


async def test_what_is_reported_is_kept_but_no_secret(world: World) -> None:
    async with world.station() as line:
        await _booted(world, line)
        async with Keys(dict(GOOD), readonly=frozenset({"GetConfigurationMaxKeys"})).answering(line):
            await look_round(world)
    reported = {one.key: one for one in (await _configuration(world)).reported}
    assert set(reported) == set(GOOD)
    assert reported["AuthorizationKey"].value is None
    assert (reported["MeterValueSampleInterval"].value, reported["GetConfigurationMaxKeys"].readonly) == (
        "60",
        True,
    )


async def test_a_billing_key_that_cannot_be_set_is_told_and_shown(world: World) -> None:
    keys = Keys(GOOD | {"StopTxnSampledData": "", "MeterValuesSampledData": "SoC"})
    keys.readonly = frozenset({"StopTxnSampledData"})
    keys.outcomes = {"MeterValuesSampledData": "Rejected"}
    async with world.station() as line:
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
    known = await _configuration(world)
    assert known.status is S.DRIFTED
    assert [(one.key, one.fault, one.billing) for one in known.deviations] == [
        ("StopTxnSampledData", Fault.READ_ONLY, True),
        ("MeterValuesSampledData", Fault.REJECTED, True),
    ]
    assert await _told(world) == [("configuration_drifted", ["StopTxnSampledData", "MeterValuesSampledData"])]


async def test_a_change_that_needs_a_reboot_is_verified_by_the_next_boot(world: World) -> None:
    keys = Keys(GOOD | {"MeterValueSampleInterval": "0"})
    keys.outcomes = {"MeterValueSampleInterval": "RebootRequired"}
    async with world.station() as line:
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
        assert (await _configuration(world)).status is S.REBOOT_REQUIRED
        keys.values["MeterValueSampleInterval"] = "60"
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
        known = await _configuration(world)
        assert (known.status, known.awaiting_reboot) == (S.VERIFIED, ())
    assert await _told(world) == [
        ("reboot_required", ["MeterValueSampleInterval"]),
        ("configuration_verified", []),
    ]


async def test_drift_is_found_and_mended_on_demand_and_the_operation_says_so(world: World) -> None:
    keys = Keys(dict(GOOD))
    async with world.station() as line:
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
        keys.values["MeterValueSampleInterval"] = "0"
        begun = await _asked(world)
        with pytest.raises(CheckUnderWay):
            await _asked(world)
        async with keys.answering(line):
            await world.react()
        operation = await _operation(world, begun)
    assert operation.status is OperationStatus.SUCCEEDED
    assert operation.result is not None
    assert operation.result["status"] == "verified"
    assert keys.values["MeterValueSampleInterval"] == "60"


async def test_a_station_that_is_away_cannot_be_checked(world: World) -> None:
    await world.add_station("CP1")
    begun = await _asked(world)
    await world.react()
    operation = await _operation(world, begun)
    assert (operation.status, operation.error) == (OperationStatus.FAILED, "command-offline")
    known = await _configuration(world)
    assert (known.status, known.detail, known.tries) == (S.UNVERIFIED, "offline", 0)
    assert await _told(world) == []


async def test_a_template_of_its_model_counts_for_a_station(world: World) -> None:
    key = ExpectedKey(key="WebSocketPingInterval", value="60", at_most=90)
    template = make_template(tenant=world.root.id, vendor="V*", model="M", keys=(key,))
    async with world.store.transactions(world.scope) as work:
        await work.configuration_templates.add(template)
    keys = Keys(GOOD | {"WebSocketPingInterval": "600"})
    async with world.station() as line:
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
    assert keys.values["WebSocketPingInterval"] == "60"
    assert (await _configuration(world)).status is S.VERIFIED


@pytest.mark.parametrize(("has", "expected"), [("2", "1"), ("0", "3")])
async def test_a_template_changes_no_security_profile(world: World, has: str, expected: str) -> None:
    """It must never be lowered, and raised where the station can still connect: a command looks at that."""
    key = ExpectedKey(key="securityProfile", value=expected)
    template = make_template(tenant=world.root.id, vendor="V*", model="M", keys=(key,))
    async with world.store.transactions(world.scope) as work:
        await work.configuration_templates.add(template)
    keys = Keys(GOOD | {"SecurityProfile": has})
    async with world.station() as line:
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
    known = await _configuration(world)
    assert (keys.values["SecurityProfile"], known.status) == (has, S.DRIFTED)
    assert [(one.key, one.fault) for one in known.deviations] == [("securityProfile", Fault.DIFFERS)]


async def test_what_somebody_else_asks_or_changes_is_noted_too(world: World) -> None:
    keys = Keys(dict(GOOD))
    async with world.station() as line:
        await world.ask(GetConfiguration())
        async with keys.answering(line):
            await world.react()
        known = await _configuration(world)
        assert (known.status, len(known.reported)) == (S.UNVERIFIED, len(GOOD))
        await _booted(world, line)
        async with keys.answering(line):
            await look_round(world)
            await world.ask(ChangeConfiguration(key="MeterValueSampleInterval", value="0"))
            await world.react()
        known = await _configuration(world)
        assert known.status is S.DRIFTED
        assert [one.key for one in known.deviations] == ["MeterValueSampleInterval"]
        keys.outcomes = {"MeterValueSampleInterval": "RebootRequired"}
        async with keys.answering(line):
            await world.ask(ChangeConfiguration(key="MeterValueSampleInterval", value="60"))
            await world.react()
        assert (await _configuration(world)).awaiting_reboot == ("MeterValueSampleInterval",)
    assert [kind for kind, _ in await _told(world)] == [
        "configuration_verified",
        "configuration_drifted",
        "reboot_required",
    ]


async def test_a_line_that_breaks_while_it_is_read_costs_one_try(world: World) -> None:
    async with world.station() as line:
        await _booted(world, line)

        async def go() -> None:
            await line.hear()
            line.socket.transport.abort()

        await asyncio.gather(look_round(world), go())
    known = await _configuration(world)
    assert (known.status, known.detail, known.tries) == (S.UNVERIFIED, "timeout", 1)
    assert await _told(world) == []
