"""The lasting effect of a command is followed from the station's answer to what it reports later."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from emobility_core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    Command,
    CommandStatus,
    GetDiagnostics,
    Order,
    Reset,
    UnlockConnector,
    UpdateFirmware,
)

from .messages import boot, start, status, stop
from .wire import WireStation
from .world import NOW, World

S = CommandStatus
PLACE = "https://files.example.org/x"


async def _asked(world: World, station: WireStation, order: Order, payload: Any, of: str = "CP1") -> Command:
    """Ask, let the station answer so, and return the command as it is then."""
    command = await world.ask(order, of=of)
    relay = asyncio.create_task(world.react())
    request = await station.hear()
    await station.say([3, request[1], payload])
    await relay
    return await _now(world, command)


async def _now(world: World, command: Command) -> Command:
    await world.react()
    async with world.store.transactions(world.scope) as work:
        stored: Command = await work.commands.get(command.id)
    return stored


async def test_availability_that_has_to_wait_is_effective_after_the_transaction(
    world: World,
) -> None:
    """OCPP 1.6, 5.2: Scheduled is a success."""
    order = ChangeAvailability(connector=1, operative=False)
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        command = await _asked(world, station, order, {"status": "Scheduled"})
        assert (command.status, command.detail) == (S.ACCEPTED, "Scheduled")
        await station.call("StopTransaction", stop(number))
        await station.call("StatusNotification", status("Finishing"))
        assert (await _now(world, command)).status is S.ACCEPTED
        await station.call("StatusNotification", status("Unavailable"))
        assert (await _now(world, command)).status is S.EFFECTIVE


async def test_a_configuration_that_needs_a_reboot_is_effective_after_it(world: World) -> None:
    order = ChangeConfiguration(key="MeterValueSampleInterval", value="60")
    async with world.station() as station:
        command = await _asked(world, station, order, {"status": "RebootRequired"})
        assert (command.status, command.detail) == (S.ACCEPTED, "RebootRequired")
        await station.call("BootNotification", boot())
        assert (await _now(world, command)).status is S.EFFECTIVE


async def test_a_reset_is_effective_with_the_boot_that_follows_it(world: World) -> None:
    async with world.station() as station:
        await station.call("BootNotification", boot())
        world.clock.advance(timedelta(seconds=1))
        command = await _asked(world, station, Reset(), {"status": "Accepted"})
        assert command.status is S.ACCEPTED
        world.clock.advance(timedelta(seconds=1))
        await station.call("BootNotification", boot())
        assert (await _now(world, command)).status is S.EFFECTIVE


async def test_an_unlocked_connector_is_so_at_once(world: World) -> None:
    async with world.station() as station:
        command = await _asked(world, station, UnlockConnector(connector=1), {"status": "Unlocked"})
    assert (command.status, command.answer) == (S.EFFECTIVE, {"status": "Unlocked"})


async def test_firmware_is_verified_by_the_version_of_the_next_boot(world: World) -> None:
    await world.add_station("TEST", is_test=True)
    order = UpdateFirmware(location=PLACE, retrieve_at=NOW, version="2.0")
    async with world.station("TEST") as station:
        await station.call("BootNotification", boot(firmwareVersion="1.0"))
        command = await _asked(world, station, order, {}, of="TEST")
        assert command.status is S.ACCEPTED
        for progress in ("Downloading", "Downloaded", "Installing", "Installed"):
            await station.call("FirmwareStatusNotification", {"status": progress})
        assert (await _now(world, command)).detail == "Installed"
        world.clock.advance(timedelta(seconds=1))
        await station.call("BootNotification", boot(firmwareVersion="2.0"))
        command = await _now(world, command)
    assert (command.status, command.detail) == (S.EFFECTIVE, "2.0")


async def test_firmware_that_a_station_says_it_installed_and_does_not_run_has_failed(world: World) -> None:
    await world.add_station("TEST", is_test=True)
    order = UpdateFirmware(location=PLACE, retrieve_at=NOW, version="2.0")
    async with world.station("TEST") as station:
        command = await _asked(world, station, order, {}, of="TEST")
        await station.call("FirmwareStatusNotification", {"status": "Installed"})
        world.clock.advance(timedelta(seconds=1))
        await world.react()
        await station.call("BootNotification", boot(firmwareVersion="1.0"))
        command = await _now(world, command)
    assert (command.status, command.detail) == (S.FAILED, "runs 1.0")


async def test_diagnostics_are_followed_to_their_upload(world: World) -> None:
    async with world.station() as station:
        answered = {"fileName": "log.zip"}
        command = await _asked(world, station, GetDiagnostics(location=PLACE), answered)
        assert (command.status, command.answer) == (S.ACCEPTED, answered)
        await station.call("DiagnosticsStatusNotification", {"status": "Uploading"})
        await station.call("DiagnosticsStatusNotification", {"status": "Uploaded"})
        assert (await _now(world, command)).status is S.EFFECTIVE


async def test_a_log_names_the_request_that_it_belongs_to(world: World) -> None:
    async with world.station() as station:
        assert await station.call("LogStatusNotification", {"status": "Uploading", "requestId": 7}) == {}
        assert await station.call("SignedFirmwareStatusNotification", {"status": "Downloaded"}) == {}
        await world.event("station.upload_status")
        await world.event("station.firmware_status")
    assert [report.content for report in await world.reports()] == [
        {"status": "Downloaded"},
        {"status": "Uploading", "requestId": 7},
    ]
