"""A simulated station takes charging profiles, obeys them, and tells the schedule that comes of them."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import AC_22, Vehicle, Visit

CAR = Vehicle(capacity_wh=100_000, ac_power_w=22_000, soc_percent=10)
NOON = "2026-11-04T12:00:00Z"


@pytest.fixture
async def station(make_station: Any) -> Any:
    station = make_station(connectors=(AC_22, AC_22))
    await station.presence.start_up()
    return station


def profile(id: int = 1, purpose: str = "TxDefaultProfile", *, level: int = 0, **more: Any) -> dict[str, Any]:
    periods = more.pop("periods", [(0, more.pop("limit", 11_000.0))])
    schedule: dict[str, Any] = {
        "chargingRateUnit": more.pop("unit", "W"),
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods],
        **{name: more.pop(name) for name in ("startSchedule", "duration") if name in more},
    }
    return {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute" if "startSchedule" in schedule else "Relative",
        "chargingSchedule": schedule,
        **more,
    }


async def put(central: Any, connector: int, one: dict[str, Any]) -> str:
    payload = {"connectorId": connector, "csChargingProfiles": one}
    status: str = (await central.call("SIM-0001", "SetChargingProfile", payload))["status"]
    return status


async def schedule(central: Any, connector: int, unit: str = "W", duration: int = 7200) -> Any:
    payload = {"connectorId": connector, "duration": duration, "chargingRateUnit": unit}
    answer = await central.call("SIM-0001", "GetCompositeSchedule", payload)
    assert answer["status"] == "Accepted"
    # OCPP 1.6, errata 4.0, 3.57: it begins at scheduleStart, and says so but once.
    assert "scheduleStart" in answer
    assert "startSchedule" not in answer["chargingSchedule"]
    return [
        (one["startPeriod"], one["limit"]) for one in answer["chargingSchedule"]["chargingSchedulePeriod"]
    ]


async def energy_wh(central: Any, station: Any, *, hours: float = 1, connector: int = 1) -> int:
    await station.charge(Visit("TAG", connector, vehicle=CAR, duration_s=hours * 3600, meter_values=3))
    await station.presence.settled()
    start, stop = central.payloads("StartTransaction")[-1], central.payloads("StopTransaction")[-1]
    return int(stop["meterStop"] - start["meterStart"])


async def test_power_follows_the_limit_and_its_changes_to_the_second(central: Any, station: Any) -> None:
    one = profile(periods=[(0, 11_000.0), (1830, 5_500.0)], startSchedule=NOON)
    assert await put(central, 0, one) == "Accepted"
    assert await energy_wh(central, station) == pytest.approx(
        11_000 * 1830 / 3600 + 5_500 * 1770 / 3600, abs=2
    )


async def test_the_session_is_held_back_below_six_amperes_and_goes_on(central: Any, station: Any) -> None:
    one = profile(periods=[(0, 5.0), (1800, 16.0)], unit="A", startSchedule=NOON)
    assert await put(central, 1, one) == "Accepted"
    assert await energy_wh(central, station) == pytest.approx(16 * 3 * 230 / 2, abs=2)
    shown = [one["status"] for one in central.payloads("StatusNotification")]
    assert shown[3:] == ["Preparing", "SuspendedEVSE", "Charging", "Finishing", "Available"]


async def test_the_session_profile_counts_for_its_session_alone(central: Any, station: Any) -> None:
    session = profile(1, "TxProfile", limit=7_000.0)
    assert await put(central, 1, session) == "Rejected"
    start = {"idTag": "TAG", "connectorId": 1, "chargingProfile": session}
    assert await central.call("SIM-0001", "RemoteStartTransaction", start) == {"status": "Accepted"}
    await central.heard("StartTransaction")
    assert await schedule(central, 1) == [(0, 7_000.0)]
    assert await put(central, 1, {**session, "transactionId": 99}) == "Rejected"
    assert await central.call("SIM-0001", "RemoteStopTransaction", {"transactionId": 1}) == {
        "status": "Accepted"
    }
    await central.heard("StopTransaction")
    assert station.hardware.profiles.installed == []


async def test_the_composite_is_the_least_over_purposes_and_the_highest_of_a_stack(
    central: Any, station: Any
) -> None:
    assert await put(central, 0, profile(1, "ChargePointMaxProfile", limit=15_000.0)) == "Accepted"
    assert await put(central, 0, profile(2, level=0, limit=9_000.0)) == "Accepted"
    fleeting = profile(3, level=1, limit=20_000.0, startSchedule="2026-11-04T12:10:00Z", duration=1200)
    assert await put(central, 0, fleeting) == "Accepted"
    expected = [(0, 9_000.0), (600, 15_000.0), (1800, 9_000.0)]
    assert await schedule(central, 1) == expected
    assert await schedule(central, 1, "A") == [(start, int(watts / 69) / 10) for start, watts in expected]
    assert await schedule(central, 0) == [(0, 15_000.0)]
    assert await put(central, 1, profile(4, level=1, limit=6_000.0)) == "Accepted"
    assert await schedule(central, 1) == [(0, 6_000.0)]
    assert await schedule(central, 2) == expected


async def test_days_recur(central: Any, station: Any) -> None:
    nightly = profile(
        periods=[(0, 11_000.0), (3600, 4_200.0)], startSchedule="2026-11-01T12:30:00Z", duration=7200,
        chargingProfileKind="Recurring", recurrencyKind="Daily",
    )  # fmt: skip
    assert await put(central, 0, nightly) == "Accepted"
    assert await schedule(central, 1, duration=20_000) == [
        (0, 22_000.0), (1800, 11_000.0), (5400, 4_200.0), (9000, 22_000.0),
    ]  # fmt: skip


async def test_the_stations_own_limit_is_shared(central: Any, station: Any) -> None:
    assert await put(central, 0, profile(1, "ChargePointMaxProfile", limit=14_000.0)) == "Accepted"
    for number in (1, 2):
        station.hardware.plug_in(number, CAR)
        station.hardware.begin(number, "TAG")
    await station.clock.sleep(1800)
    station.hardware.advance(station.clock.now())
    assert [one.power_w for one in station.hardware.connectors] == [7_000, 7_000]
    station.hardware.unplug(2)
    station.hardware.look()
    assert station.hardware.connectors[0].power_w == 14_000


async def test_profiles_are_replaced_by_number_or_place_and_cleared_by_filter(
    central: Any, station: Any
) -> None:
    async def clear(**wanted: Any) -> str:
        return str((await central.call("SIM-0001", "ClearChargingProfile", wanted))["status"])

    await put(central, 1, profile(1, level=2))
    await put(central, 2, profile(1, level=1))
    assert [one.connector for one in station.hardware.profiles.installed] == [2]
    await put(central, 2, profile(5, level=1))
    assert [one.id for one in station.hardware.profiles.installed] == [5]
    await put(central, 0, profile(6, "ChargePointMaxProfile"))
    assert await clear(id=99) == await clear(stackLevel=7) == await clear(connectorId=1) == "Unknown"
    assert await clear(chargingProfilePurpose="TxDefaultProfile", connectorId=2) == "Accepted"
    assert await clear() == "Accepted"
    assert station.hardware.profiles.installed == []


@pytest.mark.parametrize(
    ("connector", "bad"),
    [
        (9, {}),
        (1, {"purpose": "ChargePointMaxProfile"}),
        (1, {"level": 11}),
        (1, {"periods": [(10, 1.0)]}),
        (1, {"periods": [(0, 1.0), (60, 2.0), (60, 3.0)]}),
        (1, {"periods": [(n, 1.0) for n in range(25)]}),
        (1, {"recurrencyKind": "Daily"}),
        (1, {"chargingProfileKind": "Recurring"}),
    ],
)
async def test_profiles_that_cannot_be_are_rejected(
    central: Any, station: Any, connector: int, bad: Any
) -> None:
    assert await put(central, connector, profile(**bad)) == "Rejected"
    assert station.hardware.profiles.installed == []


async def test_a_unit_that_the_station_cannot_do_is_rejected(central: Any, station: Any) -> None:
    station.configuration.set("ChargingScheduleAllowedChargingRateUnit", "Current")
    assert await put(central, 1, profile()) == "Rejected"
    payload = {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"}
    assert await central.call("SIM-0001", "GetCompositeSchedule", payload) == {"status": "Rejected"}
