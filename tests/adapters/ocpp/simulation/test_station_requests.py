"""A simulated station does what the central system asks of the Core profile."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import AC_22


@pytest.fixture
async def station(make_station: Any, live_clock: Any) -> Any:
    station = make_station(clock=live_clock, connectors=(AC_22, AC_22))
    await station.presence.start_up()
    return station


async def ask(central: Any, action: str, **payload: Any) -> Any:
    return await central.call("SIM-0001", action, payload)


async def test_a_remote_start_begins_a_session_and_a_remote_stop_ends_it(
    central: Any, station: Any, time: Any
) -> None:
    assert await ask(central, "RemoteStartTransaction", idTag="TAG", connectorId=2) == {"status": "Accepted"}
    start = await central.heard("StartTransaction")
    assert (start["connectorId"], start["idTag"]) == (2, "TAG")
    assert "Authorize" not in central.actions()
    await station.presence.settled()
    assert await ask(central, "RemoteStopTransaction", transactionId=99) == {"status": "Rejected"}
    assert await ask(central, "RemoteStopTransaction", transactionId=1) == {"status": "Accepted"}
    assert (await central.heard("StopTransaction"))["reason"] == "Remote"
    await station.presence.settled()
    assert [one["status"] for one in central.payloads("StatusNotification")][3:] == [
        "Preparing", "Charging", "Finishing",
    ]  # fmt: skip


async def test_a_remote_start_takes_a_free_connector_or_is_rejected(central: Any, station: Any) -> None:
    assert await ask(central, "RemoteStartTransaction", idTag="A") == {"status": "Accepted"}
    await central.heard("StartTransaction", 1)
    assert await ask(central, "RemoteStartTransaction", idTag="B", connectorId=1) == {"status": "Rejected"}
    assert await ask(central, "RemoteStartTransaction", idTag="B") == {"status": "Accepted"}
    await central.heard("StartTransaction", 2)
    assert await ask(central, "RemoteStartTransaction", idTag="C") == {"status": "Rejected"}
    assert await ask(central, "RemoteStartTransaction", idTag="C", connectorId=7) == {"status": "Rejected"}


async def test_availability_changes_at_once_or_after_the_transaction(central: Any, station: Any) -> None:
    transaction = station.hardware.begin(1, "TAG")
    await station.presence.settled()
    assert await ask(central, "ChangeAvailability", connectorId=9, type="Inoperative") == {
        "status": "Rejected"
    }
    assert await ask(central, "ChangeAvailability", connectorId=2, type="Inoperative") == {
        "status": "Accepted"
    }
    assert await ask(central, "ChangeAvailability", connectorId=1, type="Inoperative") == {
        "status": "Scheduled"
    }
    assert await ask(central, "RemoteStartTransaction", idTag="B") == {"status": "Rejected"}
    station.hardware.end(transaction)
    await station.presence.settled()
    shown = {one["connectorId"]: one["status"] for one in central.payloads("StatusNotification")}
    assert shown == {0: "Available", 1: "Unavailable", 2: "Unavailable"}
    assert await ask(central, "ChangeAvailability", connectorId=0, type="Operative") == {"status": "Accepted"}
    await station.presence.settled()
    shown = {one["connectorId"]: one["status"] for one in central.payloads("StatusNotification")}
    assert shown == {0: "Available", 1: "Available", 2: "Available"}


async def test_configuration_is_read_and_changed(central: Any, station: Any) -> None:
    async def change(key: str, value: str) -> Any:
        return (await ask(central, "ChangeConfiguration", key=key, value=value))["status"]

    assert await change("MeterValueSampleInterval", "15") == "Accepted"
    assert await change("MeterValueSampleInterval", "soon") == "Rejected"
    assert await change("NumberOfConnectors", "9") == "Rejected"
    assert await change("Colour", "red") == "NotSupported"
    assert await change("AuthorizationKey", "30313233343536373839") == "Accepted"
    assert await change("AuthorizationKey", "a" * 15) == "Rejected"
    assert await change("AuthorizationKey", "a" * 41) == "Rejected"
    assert station.credentials.key == "30313233343536373839"
    keys = ["MeterValueSampleInterval", "Colour"]
    assert await ask(central, "GetConfiguration", key=keys) == {
        "configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "15"}],
        "unknownKey": ["Colour"],
    }
    everything = await ask(central, "GetConfiguration")
    names = [one["key"] for one in everything["configurationKey"]]
    assert "HeartbeatInterval" in names
    assert "AuthorizationKey" not in names


async def test_a_reset_ends_sessions_and_boots_again(central: Any, station: Any, time: Any) -> None:
    station.hardware.begin(1, "TAG")
    await station.presence.settled()
    assert await ask(central, "Reset", type="Soft") == {"status": "Accepted"}
    assert (await central.heard("StopTransaction"))["reason"] == "SoftReset"
    await central.sockets["SIM-0001"].wait_closed()
    await station.presence.start_up()
    assert central.actions().count("BootNotification") == 2


async def test_triggered_messages_come_after_the_answer(central: Any, station: Any) -> None:
    for message, action in [("Heartbeat",) * 2, ("MeterValues",) * 2, ("BootNotification",) * 2]:
        before = len(central.payloads(action))
        assert await ask(central, "TriggerMessage", requestedMessage=message) == {"status": "Accepted"}
        await central.heard(action, before + 1)
    await ask(central, "TriggerMessage", requestedMessage="StatusNotification", connectorId=2)
    assert (await central.heard("StatusNotification", 4))["connectorId"] == 2
    rejected = await ask(central, "TriggerMessage", requestedMessage="StatusNotification", connectorId=5)
    assert rejected == {"status": "Rejected"}
    # OCPP 1.6, 5.17: 0 is the station itself; where a connector means nothing it is not heeded.
    await ask(central, "TriggerMessage", requestedMessage="StatusNotification", connectorId=0)
    assert (await central.heard("StatusNotification", 5))["connectorId"] == 0
    heeded = await ask(central, "TriggerMessage", requestedMessage="Heartbeat", connectorId=5)
    assert heeded == {"status": "Accepted"}
    for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
        assert await ask(central, "TriggerMessage", requestedMessage=action) == {"status": "Accepted"}
        assert await central.heard(action) == {"status": "Idle"}


async def test_the_rest_of_core_is_answered(central: Any, station: Any) -> None:
    assert await ask(central, "ClearCache") == {"status": "Accepted"}
    assert await ask(central, "DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}
    assert await ask(central, "UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert await ask(central, "UnlockConnector", connectorId=5) == {"status": "NotSupported"}
    station.hardware.begin(1, "TAG")
    assert await ask(central, "UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert (await central.heard("StopTransaction"))["reason"] == "UnlockCommand"


async def test_foreign_and_malformed_requests_get_call_errors(central: Any, station: Any) -> None:
    assert await ask(central, "MakeCoffee") == "NotImplemented"
    assert await ask(central, "RemoteStopTransaction") == "FormationViolation"
    assert await ask(central, "Reset", type="Gentle") == "FormationViolation"


async def test_frames_that_are_none_are_let_fall(central: Any, station: Any) -> None:
    for nonsense in ("", "{", "[]", '[3, "unknown", {}]', '[2, 5, "Reset"]'):
        await central.sockets["SIM-0001"].send(nonsense)
    assert await ask(central, "ClearCache") == {"status": "Accepted"}
