"""A simulated station keeps connectors for those who reserved them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import AC_22, ConnectorBusy, Visit

LATER = "2026-11-04T13:00:00Z"


@pytest.fixture
async def station(make_station: Any) -> Any:
    station = make_station(connectors=(AC_22, AC_22))
    await station.presence.start_up()
    return station


async def reserve(central: Any, id: int, connector: int, tag: str = "HOLDER", **more: Any) -> str:
    payload = {"reservationId": id, "connectorId": connector, "idTag": tag, "expiryDate": LATER} | more
    status: str = (await central.call("SIM-0001", "ReserveNow", payload))["status"]
    return status


def shown(central: Any, connector: int) -> str:
    mine = [one for one in central.payloads("StatusNotification") if one["connectorId"] == connector]
    status: str = mine[-1]["status"]
    return status


async def test_a_reserved_connector_serves_its_holder_alone(central: Any, station: Any) -> None:
    assert await reserve(central, 5, 1) == "Accepted"
    await central.heard("StatusNotification", 4)
    assert shown(central, 1) == "Reserved"
    with pytest.raises(ConnectorBusy):
        station.hardware.begin(1, "STRANGER")
    remote = {"idTag": "STRANGER", "connectorId": 1}
    assert await central.call("SIM-0001", "RemoteStartTransaction", remote) == {"status": "Rejected"}
    await station.charge(Visit("holder", duration_s=600))
    await station.presence.settled()
    assert central.payloads("StartTransaction")[0]["reservationId"] == 5
    assert (shown(central, 1), len(station.reservations)) == ("Available", 0)


async def test_the_group_of_the_holder_may_use_it(central: Any, station: Any) -> None:
    central.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
    assert await reserve(central, 5, 1, parentIdTag="fleet") == "Accepted"
    await station.charge(Visit("COLLEAGUE", duration_s=600))
    await station.presence.settled()
    assert central.payloads("StartTransaction")[0]["reservationId"] == 5


async def test_a_reservation_expires_by_the_stations_clock(central: Any, station: Any) -> None:
    assert await reserve(central, 5, 1) == "Accepted"
    await station.clock.sleep(3599)
    assert len(station.reservations) == 1
    await station.clock.sleep(2)
    await station.presence.settled()
    assert (shown(central, 1), len(station.reservations)) == ("Available", 0)


async def test_a_reservation_is_replaced_by_its_number_and_cancelled(central: Any, station: Any) -> None:
    assert await reserve(central, 5, 1) == "Accepted"
    assert await reserve(central, 6, 1) == "Occupied"
    assert await reserve(central, 5, 2) == "Accepted"
    await central.heard("StatusNotification", 6)
    assert (shown(central, 1), shown(central, 2)) == ("Available", "Reserved")
    for expected in ("Accepted", "Rejected"):
        answer = await central.call("SIM-0001", "CancelReservation", {"reservationId": 5})
        assert answer == {"status": expected}
    await central.heard("StatusNotification", 7)
    assert shown(central, 2) == "Available"


async def test_what_cannot_be_reserved_says_why(central: Any, station: Any) -> None:
    station.hardware.plug_in(1, station.next_vehicle())
    assert await reserve(central, 1, 1) == "Occupied"
    station.hardware.unplug(1)
    station.hardware.set_operative(1, operative=False)
    assert await reserve(central, 1, 1) == "Unavailable"
    station.hardware.fail(2, "GroundFailure")
    assert await reserve(central, 1, 2) == "Faulted"
    assert await reserve(central, 1, 9) == "Rejected"
    assert await reserve(central, 1, 1, expiryDate="2020-01-01T00:00:00Z") == "Rejected"
    assert await reserve(central, 1, 0) == "Occupied"
    station.configuration.set("ReserveConnectorZeroSupported", "false")
    assert await reserve(central, 1, 0) == "Rejected"


async def test_one_connector_stays_free_for_a_reservation_of_any(central: Any, station: Any) -> None:
    assert await reserve(central, 7, 0) == "Accepted"
    visiting = asyncio.create_task(station.charge(Visit("STRANGER", duration_s=600)))
    await central.heard("StartTransaction")
    with pytest.raises(ConnectorBusy):
        station.hardware.begin(2, "STRANGER")
    assert station.hardware.begin(2, "HOLDER").reservation == 7
    await visiting
