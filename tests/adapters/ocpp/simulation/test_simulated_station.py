"""A simulated station behaves as a plain OCPP 1.6J station, towards any central system."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import (
    AC_22,
    DC_150,
    LineLost,
    Vehicle,
    Visit,
)


async def test_a_whole_session_is_told_in_order(central: Any, make_station: Any) -> None:
    station = make_station()
    await station.presence.start_up()
    transaction = await station.charge(Visit("TAG", duration_s=1800, meter_values=3))
    await station.presence.settled()
    assert central.actions() == [
        "BootNotification", "StatusNotification", "StatusNotification",
        "StatusNotification", "Authorize", "StartTransaction", "StatusNotification",
        "MeterValues", "MeterValues", "MeterValues",
        "StopTransaction", "StatusNotification", "StatusNotification",
    ]  # fmt: skip
    statuses = [(one["connectorId"], one["status"]) for one in central.payloads("StatusNotification")]
    assert statuses[:2] == [(0, "Available"), (1, "Available")]
    assert [status for _, status in statuses[2:]] == ["Preparing", "Charging", "Finishing", "Available"]
    start, stop = central.payloads("StartTransaction")[0], central.payloads("StopTransaction")[0]
    # Half an hour at the 11 kW that the car takes, on top of a register that is not new.
    assert start["meterStart"] > 0
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(5500, abs=1)
    assert stop["transactionId"] == transaction.id == 1
    assert (start["timestamp"], stop["timestamp"]) == ("2026-11-04T12:00:00.000Z", "2026-11-04T12:30:00.000Z")


async def test_two_runs_with_one_seed_send_the_same(central: Any, make_station: Any) -> None:
    for number in range(2):
        station = make_station()
        # Each station has its own day before; the test's time has leapt meanwhile.
        await station.presence.start_up()
        station.hardware.plug_in(1, station.next_vehicle())
        station.hardware.begin(1, "TAG")
        await station.presence.settled()
        await station.close()
        assert len(central.calls) == 6 * (number + 1)
    assert central.calls[:6] == central.calls[6:]


async def test_fast_charging_tapers_and_reports_the_state_of_charge(central: Any, make_station: Any) -> None:
    station = make_station(connectors=(AC_22, DC_150))
    await station.presence.start_up()
    await station.charge(
        Visit("TAG", connector=2, vehicle=Vehicle(soc_percent=50), duration_s=2400, meter_values=7)
    )
    await station.presence.settled()
    values = [
        {one["measurand"]: float(one["value"]) for one in payload["meterValue"][0]["sampledValue"]}
        for payload in central.payloads("MeterValues")
    ]
    power = [one["Power.Active.Import"] for one in values]
    assert power == sorted(power, reverse=True)
    assert power[0] > 2 * power[-1] > 0
    assert values[0]["SoC"] > 50
    assert 80 < values[-1]["SoC"] <= 100


async def test_a_car_that_is_full_ends_its_session(central: Any, make_station: Any) -> None:
    station = make_station(sample_interval_s=900)
    await station.presence.start_up()
    await station.charge(Visit("TAG", vehicle=Vehicle(capacity_wh=10_000, soc_percent=90)))
    await station.presence.settled()
    start, stop = central.payloads("StartTransaction")[0], central.payloads("StopTransaction")[0]
    assert stop["meterStop"] - start["meterStart"] == 1000


async def test_a_tag_refused_at_authorize_starts_nothing(central: Any, make_station: Any) -> None:
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    station = make_station()
    await station.presence.start_up()
    assert await station.charge(Visit("TAG")) is None
    await station.presence.settled()
    assert "StartTransaction" not in central.actions()


async def test_a_tag_refused_at_start_ends_the_transaction(central: Any, make_station: Any) -> None:
    central.answers["StartTransaction"] = lambda _: {"transactionId": 9, "idTagInfo": {"status": "Invalid"}}
    station = make_station()
    await station.presence.start_up()
    station.hardware.begin(1, "TAG")
    await station.presence.settled()
    stop = await central.heard("StopTransaction")
    assert (stop["reason"], stop["transactionId"]) == ("DeAuthorized", 9)


async def test_whole_sessions_offline_are_replayed_in_order_with_their_timestamps(
    central: Any, make_station: Any
) -> None:
    station = make_station()
    await station.presence.start_up()
    await station.presence.cut()
    for _ in range(2):
        await station.charge(Visit("TAG", duration_s=600, meter_values=1))
    before = len(central.calls)
    await station.presence.start_up()
    await station.presence.settled()
    replayed = [(action, payload) for _, action, payload in central.calls[before:]]
    assert [action for action, _ in replayed] == [
        "BootNotification", "StatusNotification", "StatusNotification",
        *["StartTransaction", "MeterValues", "StopTransaction"] * 2,
    ]  # fmt: skip
    times = [
        payload["meterValue"][0]["timestamp"] if action == "MeterValues" else payload["timestamp"]
        for action, payload in replayed[3:]
    ]
    assert times == sorted(times)
    assert [payload["transactionId"] for action, payload in replayed if action == "StopTransaction"] == [1, 2]


async def test_a_start_whose_answer_was_lost_is_sent_again_unchanged(central: Any, make_station: Any) -> None:
    station = make_station()
    await station.presence.start_up()
    station.presence.lose_answer_to("StartTransaction")
    transaction = station.hardware.begin(1, "TAG")
    with pytest.raises(LineLost):
        await station.presence.settled()
    assert transaction.id is None
    await station.presence.start_up()
    await station.presence.settled()
    first, second = central.payloads("StartTransaction")
    assert first == second
    assert transaction.ids == [1]


async def test_a_report_answered_with_errors_is_dropped_after_three_attempts(
    central: Any, make_station: Any, time: Any
) -> None:
    central.answers["StartTransaction"] = lambda _: ["InternalError", "", {}]
    station = make_station()
    await station.presence.start_up()
    station.hardware.begin(1, "TAG")
    await central.heard("StartTransaction", 1)
    for failures in (1, 2):
        await time.held(60 * failures)
        time.advance(60 * failures)
        await central.heard("StartTransaction", failures + 1)
    await station.presence.settled()
    assert len(central.payloads("StartTransaction")) == 3


async def test_what_follows_a_start_that_was_never_answered_has_the_number_minus_one(
    central: Any, make_station: Any
) -> None:
    """OCPP 1.6, errata 4.0, 3.18: meter values as well."""
    central.answers["StartTransaction"] = lambda _: ["InternalError", "", {}]
    station = make_station()
    station.configuration.set("TransactionMessageAttempts", "1")
    await station.presence.start_up()
    await station.charge(Visit("TAG", duration_s=600, meter_values=1))
    await station.presence.settled()
    assert [one["transactionId"] for one in central.payloads("MeterValues")] == [-1]
    assert [one["transactionId"] for one in central.payloads("StopTransaction")] == [-1]


async def test_a_second_call_waits_for_the_answer_to_the_first(central: Any, make_station: Any) -> None:
    central.answers["Heartbeat"] = lambda _: None
    station = make_station()
    await station.presence.start_up()
    first = asyncio.create_task(station.presence.call("Heartbeat", {}))
    await central.heard("Heartbeat")
    second = asyncio.create_task(station.authorize("TAG"))
    # Its answer would come after the second call, if that had been sent.
    assert await central.call("SIM-0001", "ClearCache", {}) == {"status": "Accepted"}
    assert "Authorize" not in central.actions()
    await station.presence.cut()
    with pytest.raises(LineLost):
        await first
    assert await second == "Accepted"


async def test_heartbeats_come_at_the_interval_that_the_boot_was_answered_with(
    central: Any, make_station: Any, time: Any
) -> None:
    station = make_station()
    await station.presence.start_up()
    for beat in (1, 2):
        await time.held(240)
        time.advance(240)
        await central.heard("Heartbeat", beat)


async def test_a_pending_station_boots_again_after_the_interval(
    central: Any, make_station: Any, time: Any
) -> None:
    replies = iter(["Pending", "Accepted"])
    central.answers["BootNotification"] = lambda _: {
        "status": next(replies), "currentTime": "2026-11-05T12:00:00Z", "interval": 30,
    }  # fmt: skip
    station = make_station()
    starting = asyncio.create_task(station.presence.start_up())
    await central.heard("BootNotification", 1)
    await time.held(30)
    assert central.actions() == ["BootNotification"]
    time.advance(30)
    await starting
    assert central.actions()[:3] == ["BootNotification", "BootNotification", "StatusNotification"]


async def test_run_comes_back_after_the_link_was_lost(central: Any, make_station: Any, time: Any) -> None:
    station = make_station()
    running = asyncio.create_task(station.run())
    await central.heard("StatusNotification", 2)
    await central.sockets["SIM-0001"].close()
    await time.held(0.5, 1)
    time.advance(1)
    await central.heard("BootNotification", 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert central.opened == 2


async def test_a_session_may_outlast_its_cable(central: Any, make_station: Any) -> None:
    station = make_station()
    station.configuration.set("StopTransactionOnEVSideDisconnect", "false")
    await station.presence.start_up()
    station.hardware.plug_in(1, Vehicle())
    transaction = station.hardware.begin(1, "TAG")
    await station.clock.sleep(600)
    station.hardware.unplug(1)
    await station.clock.sleep(600)
    station.hardware.look()
    assert transaction.is_running
    station.hardware.end(transaction)
    await station.presence.settled()
    shown = [one["status"] for one in central.payloads("StatusNotification")][2:]
    assert shown == ["Preparing", "Charging", "SuspendedEV", "Available"]
    start, stop = central.payloads("StartTransaction")[0], central.payloads("StopTransaction")[0]
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(11_000 / 6, abs=1)
