"""A simulated station updates its firmware and delivers its diagnostics, telling each step."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .uploads import a_file_place

NOON = "2026-11-04T12:00:00Z"


async def ask(central: Any, action: str, **payload: Any) -> Any:
    return await central.call("SIM-0001", action, payload)


def statuses(central: Any, action: str) -> list[str]:
    return [one["status"] for one in central.payloads(action)]


@pytest.fixture
async def station(make_station: Any) -> Any:
    station = make_station()
    await station.presence.start_up()
    return station


async def test_a_firmware_is_fetched_installed_and_run_after_the_reboot(central: Any, station: Any) -> None:
    async with a_file_place() as place:
        location = f"{place.url}/builds/station-2.4.1.bin"
        assert await ask(central, "UpdateFirmware", location=location, retrieveDate=NOON) == {}
        await central.heard("FirmwareStatusNotification", 3)
        await central.sockets["SIM-0001"].wait_closed()
    await station.presence.start_up()
    expected = ["Downloading", "Downloaded", "Installing", "Installed"]
    assert statuses(central, "FirmwareStatusNotification") == expected
    assert [one["firmwareVersion"] for one in central.payloads("BootNotification")] == ["1.0.0", "2.4.1"]
    await ask(central, "TriggerMessage", requestedMessage="FirmwareStatusNotification")
    assert (await central.heard("FirmwareStatusNotification", 5))["status"] == "Idle"


async def test_a_firmware_that_is_not_there_is_tried_again_and_given_up(
    central: Any, station: Any, time: Any
) -> None:
    async with a_file_place() as place:
        place.refuses = {"GET": 404}
        location = f"{place.url}/2.4.1.bin"
        await ask(
            central, "UpdateFirmware", location=location, retrieveDate=NOON, retries=1, retryInterval=30
        )
        await central.heard("FirmwareStatusNotification", 2)
        await time.held(30)
        time.advance(30)
        await central.heard("FirmwareStatusNotification", 4)
    assert statuses(central, "FirmwareStatusNotification") == ["Downloading", "DownloadFailed"] * 2
    assert station.firmware.installed is None


async def test_an_update_waits_for_its_time(central: Any, station: Any) -> None:
    station.firmware.fails = "InstallationFailed"
    async with a_file_place() as place:
        later = "2026-11-04T13:00:00Z"
        await ask(central, "UpdateFirmware", location=place.url, retrieveDate=later)
        await station.clock.sleep(3599)
        assert statuses(central, "FirmwareStatusNotification") == []
        await station.clock.sleep(2)
        await central.heard("FirmwareStatusNotification", 4)
    assert statuses(central, "FirmwareStatusNotification")[-1] == "InstallationFailed"


@pytest.mark.parametrize(("refuses", "method"), [({}, "PUT"), ({"PUT": 405}, "POST")])
async def test_diagnostics_are_delivered(
    central: Any, station: Any, refuses: dict[str, int], method: str
) -> None:
    async with a_file_place() as place:
        place.refuses = refuses
        answer = await ask(central, "GetDiagnostics", location=f"{place.url}/in/")
        await central.heard("DiagnosticsStatusNotification", 2)
    assert statuses(central, "DiagnosticsStatusNotification") == ["Uploading", "Uploaded"]
    ((used, path, content),) = place.taken
    assert (used, path) == (method, f"/in/{answer['fileName']}")
    assert b"HeartbeatInterval=240" in content


async def test_a_place_that_takes_nothing_is_reported(central: Any, station: Any) -> None:
    await ask(central, "GetDiagnostics", location="ftp://127.0.0.1/in/")
    await central.heard("DiagnosticsStatusNotification", 2)
    assert statuses(central, "DiagnosticsStatusNotification") == ["Uploading", "UploadFailed"]


async def test_meters_are_read_by_the_clock(central: Any, station: Any) -> None:
    await ask(central, "ChangeConfiguration", key="ClockAlignedDataInterval", value="900")
    await asyncio.sleep(0)
    await station.clock.sleep(1900)
    await station.presence.settled()
    times = [one["meterValue"][0]["timestamp"] for one in central.payloads("MeterValues")]
    assert times == ["2026-11-04T12:15:00.000Z", "2026-11-04T12:30:00.000Z"]
    assert central.payloads("MeterValues")[0]["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"
