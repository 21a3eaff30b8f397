"""A test tenant's time over the API: set, passed with everything that it makes due, and kept apart."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.app.http.house import CARD, PRICES, House, Json, told
from tests.app.http.trials import Trial, Trials


def _ahead(served: House, **by: float) -> str:
    return told(served.server.clock.now() + timedelta(**by))


async def test_a_live_tenant_has_no_test_clock(served: House) -> None:
    refused = await served.http.post("/v1/test-clocks", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-a-test-tenant")


async def test_a_second_clock_in_the_same_line_is_refused(served: House, trials: Trials) -> None:
    house = await trials()
    part = await house.post("/v1/tenants", {"name": "Part", "kind": "test"})
    for tenant in (house.tenant, part):
        refused = await served.http.post("/v1/test-clocks", json={"tenant": tenant["id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "second-test-clock")


async def test_time_goes_forwards_only(served: House, trials: Trials) -> None:
    tenant = await served.post("/v1/tenants", {"name": "Past", "kind": "test"})
    past = {"tenant": tenant["id"], "now": "2020-01-01T00:00:00Z"}
    refused = await served.http.post("/v1/test-clocks", json=past)
    assert (refused.status_code, refused.json()["code"]) == (409, "clock-would-go-back")
    house = await trials(now=_ahead(served, days=1))
    own = f"/v1/test-clocks/{house.clock['id']}"
    back = await served.http.post(f"{own}/advance", json={"to": _ahead(served, hours=1)})
    assert (back.status_code, back.json()["code"]) == (409, "clock-would-go-back")
    stays = await served.http.delete(own)
    assert (stays.status_code, stays.json()["code"]) == (409, "clock-ahead")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/to"),
        ({"to": "2099-01-01T00:00:00Z", "seconds": 1}, "/to"),
        ({"seconds": 0}, "/seconds"),
        ({"seconds": -1}, "/seconds"),
        ({"seconds": 366 * 86_400 + 1}, "/seconds"),
        ({"to": "tomorrow"}, "/to"),
        ({"minutes": 1}, "/minutes"),
    ],
)
async def test_what_is_no_advance_is_refused(served: House, trials: Trials, body: Json, pointer: str) -> None:
    house = await trials()
    refused = await house.http.post(f"/v1/test-clocks/{house.clock['id']}/advance", json=body)
    assert refused.status_code in (400, 422)
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_an_advance_goes_366_days_at_most(served: House, trials: Trials) -> None:
    house = await trials()
    path = f"/v1/test-clocks/{house.clock['id']}/advance"
    refused = await house.http.post(path, json={"to": "2099-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (422, "too-far-ahead")


async def test_no_clock_stands_more_than_ten_years_ahead(served: House, trials: Trials) -> None:
    tenant = await served.post("/v1/tenants", {"name": "Far", "kind": "test"})
    for far in ("9999-12-31T00:00:00Z", _ahead(served, days=3654)):
        refused = await served.http.post("/v1/test-clocks", json={"tenant": tenant["id"], "now": far})
        assert (refused.status_code, refused.json()["code"]) == (422, "clock-out-of-reach")
    house = await trials(now=_ahead(served, days=3652))
    path = f"/v1/test-clocks/{house.clock['id']}/advance"
    refused = await house.http.post(path, json={"seconds": 2 * 86_400})
    assert (refused.status_code, refused.json()["code"]) == (422, "clock-out-of-reach")
    await house.advance(hours=1)


async def test_a_caller_acts_at_the_present_of_the_tenant_narrowed_to(served: House, trials: Trials) -> None:
    house = await trials(now=_ahead(served, days=10))
    customer = await house.post("/v1/customers", {"name": "Ada"})
    assert customer["created_at"] == house.clock["now"]
    # Who stands above reads it, and changes it from within the tenant's time alone.
    path = f"/v1/customers/{customer['id']}"
    assert (await served.http.get(path)).status_code == 200
    assert (await served.http.patch(path, json={"name": "B"})).status_code == 404
    await house.advance(hours=1)
    changed = (await house.http.patch(path, json={"name": "B"})).json()
    at = datetime.fromisoformat(changed["updated_at"]) - datetime.fromisoformat(customer["created_at"])
    assert at == timedelta(hours=1)
    (live,) = [await served.post("/v1/customers", {"name": "Live"})]
    assert datetime.fromisoformat(live["created_at"]) < datetime.fromisoformat(customer["created_at"])


async def test_a_station_is_told_the_time_of_its_tenant(served: House, trials: Trials) -> None:
    house = await trials(now=_ahead(served, days=10))
    async with house.station("T-1") as (_, line):
        assert (await line.call("Heartbeat", {}))["currentTime"][:19] == house.clock["now"][:19]
        await house.advance(seconds=20)
        later = (await house.now()).isoformat()
        assert (await line.call("Heartbeat", {}))["currentTime"][:19] == later[:19]


async def test_tokens_keys_and_limits_live_by_real_time(served: House, trials: Trials) -> None:
    house = await trials()
    body, key = {"name": "Once"}, {"Idempotency-Key": "once"}
    first = await house.post("/v1/customers", body, **key)
    await house.advance(days=30)
    # The access token is good for ten minutes, the answer for seven days.
    assert await house.post("/v1/customers", body, **key) == first


async def test_what_is_checked_by_real_time_ends_in_real_time(served: House, trials: Trials) -> None:
    house = await trials(now=_ahead(served, days=10))
    client = await house.post("/v1/api-clients", {"name": "ERP", "scopes": ["sites:read"]})
    rotated = await house.post(f"/v1/api-clients/{client['id']}/secrets", {"previous_valid_hours": 1})
    assert rotated["previous_secret_until"] <= _ahead(served, hours=1)
    hook = {"url": "https://erp.example/hooks", "event_types": ["*"]}
    endpoint = await house.post("/v1/webhook-endpoints", hook)
    rotated = await house.post(f"/v1/webhook-endpoints/{endpoint['id']}/secrets", {"previous_valid_hours": 1})
    assert rotated["previous_secret_until"] <= _ahead(served, hours=1)
    user = await house.post("/v1/users", {"email": "ada@trial.example", "name": "Ada"})
    link = await house.post(f"/v1/users/{user['id']}/password-links", {})
    assert link["expires_at"] <= _ahead(served, days=9)


async def test_a_stopped_clock_holds_no_grant_open(served: House, trials: Trials) -> None:
    house = await trials()
    station = await served.post("/v1/stations", {"identity": "LENT"})
    body = {"grantee": house.tenant["id"], "rights": ["see"], "stations": [station["id"]]}
    grant = await served.post("/v1/grants", body)
    under = {"Emobility-Grant": grant["id"], "Emobility-Tenant": house.tenant["id"]}
    assert (await house.http.get("/v1/stations", headers=under)).json()["data"][0]["id"] == station["id"]
    revoked = (await served.http.delete(f"/v1/grants/{grant['id']}")).json()
    assert revoked["revoked_at"] > house.clock["now"]
    refused = await house.http.get("/v1/stations", headers=under)
    assert (refused.status_code, refused.json()["code"]) == (403, "grant-refused")


async def test_a_grant_of_a_test_tenant_ends_by_its_clock(served: House, trials: Trials) -> None:
    house = await trials(now=_ahead(served, days=10))
    other = await served.post("/v1/tenants", {"name": "Other"})
    station = await house.post("/v1/stations", {"identity": "LENT"})
    until = told(await house.now() + timedelta(hours=1))
    body = {"grantee": other["id"], "rights": ["see"], "stations": [station["id"]]}
    grant = await house.post("/v1/grants", body | {"validity": {"since": None, "until": until}})
    under = {"Emobility-Grant": grant["id"], "Emobility-Tenant": other["id"]}
    assert (await served.http.get("/v1/stations", headers=under)).status_code == 200
    await house.advance(hours=1)
    refused = await served.http.get("/v1/stations", headers=under)
    assert (refused.status_code, refused.json()["code"]) == (403, "grant-refused")


async def test_the_audit_log_tells_both_times(served: House, trials: Trials) -> None:
    house = await trials(now=_ahead(served, days=10))
    await house.post("/v1/sites", {"name": "Here"})
    (entry,) = await house.get("/v1/audit-entries", operation="sites_create")
    assert entry["at"] < _ahead(served, days=1)
    assert entry["tenant_time"] == house.clock["now"]


async def _live_by(house: Trial, card: str) -> Json:
    """What stands there: a tariff for everybody, a card."""
    tariff = await house.post("/v1/tariffs", {"name": "All", "prices": PRICES})
    await house.post("/v1/tariff-assignments", {"tariff": tariff["id"]})
    await house.post("/v1/tokens", {"id_tag": card})
    return tariff


def _at(start: datetime, **by: float) -> str:
    return told(start + timedelta(**by))


async def _happen(house: Trial, prefix: str) -> None:
    """A charge that no stop ends, one at a station that goes away, reservations, and an order to nobody."""
    start = await house.now()
    # A card of its own: that a known one counts elsewhere as well is heard a moment later.
    card = f"{prefix}{CARD}"
    await _live_by(house, card)
    keep = {"id_tag": card, "connector": 2}
    async with house.station(f"{prefix}-1") as (one, line), house.station(f"{prefix}-2") as (_, other):
        for connected_to in (line, other):
            begun = {"connectorId": 1, "idTag": card, "meterStart": 1000, "timestamp": _at(start)}
            number = (await connected_to.call("StartTransaction", begun))["transactionId"]
            value = {"value": "5000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            values = {"timestamp": _at(start), "sampledValue": [value]}
            await connected_to.call(
                "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [values]}
            )
        for days in (3, 20):
            body = {"station": one["id"], "expires_at": _at(start, days=days), **keep}
            key = {"Idempotency-Key": f"{prefix}-{days}"}
            (await house.http.post("/v1/reservations", json=body, headers=key)).raise_for_status()
    # Both are away from here on.
    while any(one["online"] for one in await house.get("/v1/stations")):
        await asyncio.sleep(0.01)


async def _became(house: Trial) -> dict[str, Any]:
    """All that has become of it, in the tenant's own time, without ids and names."""
    start = datetime.fromisoformat(house.clock["now"])

    def since(text: str | None) -> float | None:
        return None if text is None else (datetime.fromisoformat(text) - start).total_seconds()

    sessions = [
        (since(one["ended_at"]), one["status"], one["energy_kwh"], one["cost"]["total"], one["authorization"])
        for one in await house.get("/v1/sessions")
    ]
    events = [
        (one["type"], since(one["at"]))
        for one in await house.get("/v1/events")
        # Each advance is an operation that completes.
        if not one["type"].startswith(("tenant.", "test_clock.", "operation."))
    ]
    reservations = [(one["status"], since(one["updated_at"])) for one in await house.get("/v1/reservations")]
    return {"sessions": sessions, "events": events, "reservations": reservations}


async def test_a_month_in_one_go_is_the_same_as_in_many_steps(served: House, trials: Trials) -> None:
    """Sessions stall, reservations expire, alarms are raised and prices made, each at its own instant."""
    begin = _ahead(served, days=1)
    at_once, in_steps = [await trials(name, now=begin) for name in ("One", "Many")]
    for house, prefix in ((at_once, "A"), (in_steps, "B")):
        await _happen(house, prefix)
    await at_once.advance(days=31)
    for hours in (1, 0.3, 47, 24.7, 100, 71, 500):
        await in_steps.advance(hours=hours)
    assert await in_steps.now() == await at_once.now()
    first, second = await _became(at_once), await _became(in_steps)
    # What happens at the same instant at two stations is in no order.
    assert sorted(first["events"], key=str) == sorted(second["events"], key=str)
    assert first["sessions"] == second["sessions"]
    assert first["reservations"] == second["reservations"]
    stalled = [at for kind, at in first["events"] if kind == "session.stalled"]
    assert stalled == [72 * 3600.0] * 2
    types = [kind for kind, _ in first["events"]]
    assert types.count("session.rated") == types.count("session.ended") == 2
    assert types.count("station.unreachable") == 2
    assert [at for _, at in first["events"]] == sorted(at for _, at in first["events"])


async def test_whoever_is_live_does_not_notice_that_a_month_passes(served: House, trials: Trials) -> None:
    await served.add_card()
    async with served.station("LIVE-1") as (_, line):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(5)}
        await line.call("StartTransaction", start)
        await served.heard("session.started")
        before = await _of_root(served)
        house = await trials()
        await _happen(house, "T")
        await house.advance(days=31)
        assert await _of_root(served) == before
        (session,) = (await served.get("/v1/sessions"))["data"]
        assert session["status"] == "active"


async def _of_root(served: House) -> tuple[Any, ...]:
    """The rows of the live tenant, and how many events it has by type."""
    rows = [(await served.get(f"/v1/{path}"))["data"] for path in ("sessions", "reservations", "tokens")]
    events = [one["type"] for one in (await served.get("/v1/events", limit="200"))["data"]]
    return (*rows, [one for one in events if one != "tenant.created"])
