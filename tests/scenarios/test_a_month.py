"""A month in a minute: a test tenant with simulated stations, while a live one goes on beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.app.http.house import PRICES, House, Json, told
from tests.app.http.trials import Trial, Trials

CARD = "TRIALCARD"


async def act(house: Trial, station: Json, action: str, *, wait: bool = True, **more: Any) -> Json:
    """Do something at a station, and wait for what comes of it unless it is planned."""
    body = {"station": station["id"], "action": action, **more}
    key = f"{action}-{more.get('at', '')}-{more.get('connector', 1)}-{station['id']}-{await house.now()}"
    headers = {"Idempotency-Key": key} | ({"Prefer": "wait=20"} if wait else {})
    return await house.post("/v1/simulations", body, **headers)


async def furnish(house: Trial) -> Json:
    """A tariff for everybody, a customer with a card, a station."""
    tariff = await house.post("/v1/tariffs", {"name": "All", "prices": PRICES})
    await house.post("/v1/tariff-assignments", {"tariff": tariff["id"]})
    customer = await house.post("/v1/customers", {"name": "Ada"})
    await house.post("/v1/tokens", {"id_tag": CARD, "customer": customer["id"]})
    return await house.post("/v1/stations", {"identity": f"SIM-{house.tenant['id'][-6:]}"})


async def test_a_charge_of_eight_hours_has_its_readings_once_eight_hours_have_passed(
    served: House, trials: Trials
) -> None:
    house = await trials(now=told(served.server.clock.now() + timedelta(days=1)))
    station = await furnish(house)
    assert (await act(house, station, "plug-in", energy_kwh="60"))["status"] == "succeeded"
    assert (await act(house, station, "present-tag", id_tag=CARD))["status"] == "succeeded"
    (session,) = await house.get("/v1/sessions")
    assert (session["status"], session["authorization"]) == ("active", "Accepted")
    await house.advance(hours=8)
    assert (await act(house, station, "unplug"))["status"] == "succeeded"
    (session,) = await house.get("/v1/sessions")
    readings = await house.get(f"/v1/sessions/{session['id']}/readings")
    # One every quarter of an hour, and two that come with the stop.
    assert len(readings) == 32 + 2
    start, end = (datetime.fromisoformat(session[name]) for name in ("started_at", "ended_at"))
    assert end - start == timedelta(hours=8)
    assert (session["status"], session["energy_kwh"], session["doubts"]) == ("ended", "60.000", [])


async def _planned(house: Trial, station: Json) -> None:
    """Three visits within the month, an order for a connector that nobody comes for, and a car whose station
    goes away for good."""
    start = await house.now()

    async def then(action: str, connector: int = 1, *, days: float, **more: Any) -> None:
        at = told(start + timedelta(days=days))
        await act(house, station, action, wait=False, at=at, connector=connector, **more)

    for day in (1, 5, 9):
        await then("plug-in", days=day, energy_kwh="40")
        await then("present-tag", days=day + 0.01, id_tag=CARD)
        await then("unplug", days=day + 0.2)
    keep = {"station": station["id"], "connector": 2, "id_tag": CARD}
    body = {**keep, "expires_at": told(start + timedelta(days=3))}
    await house.post("/v1/reservations", body, **{"Idempotency-Key": "keep"})
    await then("plug-in", 2, days=30.2, energy_kwh="40")
    await then("present-tag", 2, days=30.21, id_tag=CARD)
    await then("drop-link", days=30.3)


async def _of_live(served: House) -> tuple[Any, ...]:
    events = (await served.get("/v1/events", limit="200"))["data"]
    rows = [(await served.get(f"/v1/{path}"))["data"] for path in ("sessions", "stations", "tokens")]
    return (len(events), *rows)


async def test_a_month_in_one_go_brings_about_all_that_a_month_does(served: House, trials: Trials) -> None:
    await served.add_card()
    async with served.station("LIVE-1") as (_, line):
        begun = {"connectorId": 1, "idTag": "04A1B2C3", "meterStart": 0, "timestamp": served.ago(5)}
        await line.call("StartTransaction", begun)
        await served.heard("session.started")
        house = await trials(now=told(served.server.clock.now() + timedelta(days=1)))
        rules = {"watch_rules": {"gone_h": 6}}
        own = f"/v1/tenants/{house.tenant['id']}"
        (await house.http.patch(own, json=rules)).raise_for_status()
        station = await furnish(house)
        assert (await act(house, station, "restore-link"))["status"] == "succeeded"
        await _planned(house, station)
        live = await _of_live(served)
        await house.advance(days=31)
        assert await _of_live(served) == live
    sessions = await house.get("/v1/sessions")
    assert [one["status"] for one in sessions] == ["ended"] * 4
    assert [one["energy_kwh"] for one in sessions[:3]] == ["40.000"] * 3
    assert [one["estimated"] for one in sessions] == [False, False, False, True]
    assert [one["cost"]["status"] for one in sessions] == ["rated", "rated", "rated", "held"]
    assert [one["status"] for one in await house.get("/v1/reservations")] == ["expired"]
    start = datetime.fromisoformat(house.clock["now"])
    events = [
        (one["type"], datetime.fromisoformat(one["at"]) - start) for one in await house.get("/v1/events")
    ]
    lived = [(kind, at) for kind, at in events if not kind.startswith("tenant.")]
    assert [at for _, at in lived] == sorted(at for _, at in lived)
    when = dict(reversed(lived))
    assert when["reservation.expired"] == timedelta(days=3)
    assert when["station.unreachable"] == timedelta(days=30.3, minutes=20)
    assert when["session.stalled"] == timedelta(days=30.3, hours=6)
    types = [kind for kind, _ in lived]
    assert (types.count("session.started"), types.count("session.rated")) == (4, 4)


async def _visit(house: Trial) -> Json:
    """One visit, and a second one that goes on, planned for the days to come."""
    station, start = await furnish(house), await house.now()
    await act(house, station, "restore-link")
    for hours, action, more in (
        (5, "plug-in", {"energy_kwh": "12"}),
        (6, "present-tag", {"id_tag": CARD}),
        (9, "unplug", {}),
        (20, "plug-in", {"energy_kwh": "30"}),
        (21, "present-tag", {"id_tag": CARD}),
    ):
        await act(house, station, action, wait=False, at=told(start + timedelta(hours=hours)), **more)
    return station


async def _lived(house: Trial) -> tuple[Any, ...]:
    """What has become of it, in the tenant's own time."""
    start = datetime.fromisoformat(house.clock["now"])
    sessions = [
        (one["status"], one["energy_kwh"], one["cost"] and one["cost"]["total"], one["doubts"])
        for one in await house.get("/v1/sessions")
    ]
    events = [
        (one["type"], (datetime.fromisoformat(one["at"]) - start).total_seconds())
        for one in await house.get("/v1/events")
        if not one["type"].startswith(("tenant.", "test_clock."))
        and one["data"].get("kind") != "advance-test-clock"
    ]
    return sessions, events


async def test_simulated_days_in_one_go_are_the_same_as_in_many_steps(served: House, trials: Trials) -> None:
    begin = told(served.server.clock.now() + timedelta(days=1))
    at_once, in_steps = [await trials(name, now=begin) for name in ("One", "Many")]
    for house in (at_once, in_steps):
        await _visit(house)
    await at_once.advance(hours=24)
    for hours in (1, 4, 0.5, 0.5, 2.9, 11.6, 3.5):
        await in_steps.advance(hours=hours)
    first, second = await _lived(at_once), await _lived(in_steps)
    assert first == second
    assert [status for status, *_ in first[0]] == ["ended", "active"]


async def test_what_breaks_is_told_and_passes(served: House, trials: Trials) -> None:
    house = await trials()
    station = await furnish(house)
    assert (await act(house, station, "fault", error="GroundFailure"))["status"] == "succeeded"
    assert (await act(house, station, "plug-in"))["error"] == "connector-busy"
    assert (await act(house, station, "clear-fault"))["status"] == "succeeded"
    assert (await act(house, station, "unplug"))["error"] == "no-vehicle"
    assert (await act(house, station, "present-tag", id_tag="NOBODY"))["error"] == "tag-refused"
    types = [one["type"] for one in await house.get("/v1/events")]
    assert {"station.faulted", "station.recovered"} <= set(types)


async def test_at_a_live_tenant_nothing_is_simulated(served: House) -> None:
    station = await served.post("/v1/stations", {"identity": "LIVE-1"})
    body = {"station": station["id"], "action": "plug-in"}
    refused = await served.http.post("/v1/simulations", json=body, headers={"Idempotency-Key": "1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-a-test-tenant")


async def test_without_a_test_clock_nothing_is_simulated(served: House) -> None:
    tenant = await served.post("/v1/tenants", {"name": "Trial", "kind": "test"})
    narrowed = {"Emobility-Tenant": tenant["id"], "Idempotency-Key": "1"}
    made = await served.http.post("/v1/stations", json={"identity": "T-1"}, headers=narrowed)
    body = {"station": made.json()["id"], "action": "plug-in"}
    refused = await served.http.post("/v1/simulations", json=body, headers=narrowed)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-test-clock")


async def test_a_station_that_has_called_by_itself_is_not_simulated(served: House, trials: Trials) -> None:
    house = await trials()
    async with house.station("REAL-1") as (station, _):
        assert (await act(house, station, "plug-in"))["error"] == "station-is-real"
