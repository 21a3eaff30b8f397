"""A simulated station keeps a local list and a cache, and lets them decide as it is configured."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import Vehicle

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
async def station(make_station: Any) -> Any:
    station = make_station()
    await station.presence.start_up()
    return station


async def send(central: Any, version: int, *entries: dict[str, Any], kind: str = "Full") -> str:
    payload = {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}
    status: str = (await central.call("SIM-0001", "SendLocalList", payload))["status"]
    return status


def entry(tag: str, **info: Any) -> dict[str, Any]:
    return {"idTag": tag, "idTagInfo": {**ACCEPTED, **info}}


async def version(central: Any) -> int:
    number: int = (await central.call("SIM-0001", "GetLocalListVersion", {}))["listVersion"]
    return number


async def test_a_list_is_replaced_whole_or_changed_in_part(central: Any, station: Any) -> None:
    assert await version(central) == 0
    assert await send(central, 3, entry("A"), entry("B")) == "Accepted"
    assert await send(central, 3, entry("C"), kind="Differential") == "VersionMismatch"
    assert await send(central, 4, {"idTag": "a"}, entry("C"), kind="Differential") == "Accepted"
    assert (await version(central), len(station.authorization)) == (4, 2)
    assert await send(central, 2) == "Accepted"
    # OCPP 1.6, 5.10: empty.
    assert (await version(central), len(station.authorization)) == (0, 0)


async def test_lists_that_cannot_be_are_failures_and_change_nothing(central: Any, station: Any) -> None:
    assert await send(central, 1, entry("A")) == "Accepted"
    for bad in (
        await send(central, 0, entry("B")),
        await send(central, 2, entry("B"), entry("b")),
        await send(central, 2, {"idTag": "B"}),
        await send(central, 2, *(entry(f"T{n}") for n in range(101))),
    ):
        assert bad == "Failed"
    assert (await version(central), len(station.authorization)) == (1, 1)
    station.configuration.set("LocalAuthListEnabled", "false")
    assert await send(central, 5, entry("B")) == "NotSupported"
    assert await version(central) == -1


async def test_a_listed_tag_need_not_be_asked_for(central: Any, station: Any) -> None:
    station.configuration.set("LocalPreAuthorize", "true")
    await send(central, 1, entry("LISTED"), entry("OVER", expiryDate="2020-01-01T00:00:00Z"))
    assert await station.authorize("listed") == "Accepted"
    assert "Authorize" not in central.actions()
    # What the list does not accept is asked for after all.
    assert await station.authorize("OVER") == "Accepted"
    assert central.actions().count("Authorize") == 1


@pytest.mark.parametrize(
    ("keys", "listed", "cached", "unknown"),
    [
        ({}, "Accepted", "Blocked", "Accepted"),
        ({"AllowOfflineTxForUnknownId": "false"}, "Accepted", "Blocked", "Invalid"),
        ({"LocalAuthorizeOffline": "false"}, "Invalid", "Blocked", "Accepted"),
        ({"AuthorizationCacheEnabled": "false"}, "Accepted", "Accepted", "Accepted"),
    ],
)
async def test_offline_the_station_decides_as_configured(
    central: Any, station: Any, keys: dict[str, str], listed: str, cached: str, unknown: str
) -> None:
    await send(central, 1, entry("LISTED"))
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    assert await station.authorize("SEEN") == "Blocked"
    for name, value in keys.items():
        station.configuration.set(name, value)
    await station.presence.cut()
    found = [await station.authorize(tag) for tag in ("LISTED", "SEEN", "NEVER")]
    assert found == [listed, cached, unknown]


async def test_what_the_list_holds_is_not_cached(central: Any, station: Any) -> None:
    """OCPP 1.6, 3.5.3."""
    await send(central, 1, entry("LISTED"))
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    assert await station.authorize("LISTED") == "Blocked"
    await send(central, 2)
    await station.presence.cut()
    assert await station.authorize("LISTED") == "Accepted"


async def test_a_cleared_cache_knows_nobody(central: Any, station: Any) -> None:
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    await station.authorize("SEEN")
    assert await central.call("SIM-0001", "ClearCache", {}) == ACCEPTED
    await station.presence.cut()
    assert await station.authorize("SEEN") == "Accepted"


async def test_a_refused_start_goes_on_without_energy_where_it_is_not_stopped(
    central: Any, station: Any
) -> None:
    central.answers["StartTransaction"] = lambda _: {"transactionId": 9, "idTagInfo": {"status": "Invalid"}}
    station.configuration.set("StopTransactionOnInvalidId", "false")
    station.configuration.set("MaxEnergyOnInvalidId", "500")
    station.hardware.plug_in(1, Vehicle())
    transaction = station.hardware.begin(1, "TAG")
    await station.presence.settled()
    await station.clock.sleep(3600)
    station.hardware.look()
    station.hardware.end(transaction)
    await station.presence.settled()
    start, stop = central.payloads("StartTransaction")[0], central.payloads("StopTransaction")[0]
    # A minute is the finest step in which the meter counts.
    assert 500 <= stop["meterStop"] - start["meterStart"] < 700
    assert stop["reason"] == "Local"
    assert "SuspendedEVSE" in [one["status"] for one in central.payloads("StatusNotification")]
