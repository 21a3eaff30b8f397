"""A site's power is shared over real sockets: at no frame that raises anybody is the sum above the limit."""

from __future__ import annotations

from decimal import Decimal

from emobility_adapters.ocpp.v16.schemas import request_schema
from tests.app.http.house import CARD, House, Json
from tests.app.http.refusals import pointers, refused
from tests.app.http.steered import SteeredSite, steered_site


async def _budget(served: House, site: SteeredSite, **fields: object) -> Json:
    """A budget of 32 A a phase with a point for each station."""
    place = await served.post("/v1/sites", {"name": "Yard"})
    budget = await served.post("/v1/load-budgets", {"site": place["id"], "limits": ["32"], **fields})
    for station in site.stations:
        point = {"station": station.known["id"], "max_current": "32", "fail_safe": "6"}
        await served.post("/v1/load-points", {"budget": budget["id"], **point})
    return budget


def amperes(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


async def test_three_stations_share_thirty_two_amperes_and_are_dimmed(served: House) -> None:
    for tag in ("ONE", "TWO", "THREE"):
        await served.add_card(tag)
    async with steered_site(served, 3) as site:
        budget = await _budget(served, site)
        one, two, three = site.stations
        await site.until(lambda now: now == amperes("6", "6", "6"))

        number = await one.start(served, "ONE")
        await site.until(lambda now: now == amperes("32", "0", "0"))
        await two.start(served, "TWO")
        await site.until(lambda now: now == amperes("16", "16", "0"))
        await three.start(served, "THREE")
        await site.until(lambda now: sorted(now, key=str) == amperes("10.6", "10.7", "10.7"))
        await one.stop(served, number)
        await site.until(lambda now: now[1:] == amperes("16", "16"))
        assert max(site.sums) <= 32

        # Three devices: (1 + 2 * 0.75) * 4.2 kW are 15.2 A on each of three phases.
        site.sums.clear()
        dimming = {"budget": budget["id"], "source": "grid_operator", "limits": [], "reason": "Order 4711"}
        limit = await served.post("/v1/load-limits", dimming)
        assert (limit["currents"], limit["fail_safe_holds"]) == (["15.2", "15.2", "15.2"], False)
        await site.until(lambda now: sum(filter(None, now)) <= Decimal("15.2") and now[1] == Decimal("7.6"))
        assert all(total <= Decimal("15.2") for total in site.sums)
        await served.http.patch(f"/v1/load-limits/{limit['id']}", json={"until": served.ago(-0.02)})
        await site.until(lambda now: now[1:] == amperes("16", "16"))

        shown = (await served.get("/v1/load-points", station=two.known["id"]))["data"]
        assert [(point["allowed_current"], point["fail_safe_accepted"]) for point in shown] == [("16", True)]
        for station in site.stations:
            for action, payload in station.heard:
                assert request_schema(action).is_valid(payload)
    changes = (await served.get("/v1/events", types="site.load_limit_changed"))["data"]
    assert [change["data"]["reason"] for change in changes] == ["", "Order 4711", "Order 4711"]
    assert all(change["data"]["by"].startswith("client:") for change in changes)


async def test_profiles_are_set_compared_and_removed(served: House) -> None:
    schedule = {
        "duration": 600,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 32.0}],
    }
    told = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}
    async with steered_site(served, 1, answers={"GetCompositeSchedule": told}) as site:
        (station,) = site.stations
        body = {"station": station.known["id"], "connector": 1, "purpose": "default"}
        limited = {"schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]}}
        first = await served.act("/v1/charging-profiles", body | limited)
        await served.heard("charging_profile.changed")
        path = f"/v1/charging-profiles/{first['id']}"
        assert (await served.get(path))["state"] == "installed"

        asked = {"station": station.known["id"], "connector": 1, "duration_s": 600}
        comparison = await served.act("/v1/composite-schedules", asked)
        cursor = (await served.heard("command.completed"))["cursor"]
        await served.heard("command.completed", after=cursor)
        shown = await served.get(f"/v1/composite-schedules/{comparison['id']}")
        while shown["state"] == "asked":
            shown = await served.get(f"/v1/composite-schedules/{comparison['id']}")
        assert shown["differences"] == [{"start_s": 0, "end_s": 600, "ours": "16", "stations": "32.0"}]

        cursor = (await served.heard("charging_profile.changed"))["cursor"]
        removed = await served.http.delete(path)
        assert removed.status_code == 202
        await served.heard("charging_profile.changed", after=cursor)
        assert (await served.get(path))["state"] == "removed"
        refused(await served.http.delete(path), 409, "profile-gone")
        session = await served.http.post(
            "/v1/charging-profiles",
            json=body | limited | {"purpose": "session"},
            headers={"Idempotency-Key": "2"},
        )
        refused(session, 409, "no-session-for-profile")


async def test_what_keeps_a_site_below_its_limit_is_not_to_be_undone(served: House) -> None:
    async with steered_site(served, 1) as site:
        await _budget(served, site)
        (station,) = site.stations
        await site.until(lambda now: now == amperes("6"))
        own = {"station": station.known["id"], "connector": 0}
        lift = {
            "id": 1,
            "purpose": "station_max",
            "stack_level": 9,
            "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "32"}]},
        }
        order = await served.command("1", type="set_charging_profile", profile=lift, **own)
        refused(order, 409, "under-load-management")
        ours = lift | {"id": station.levels[0]["chargingProfileId"], "purpose": "default"}
        replacing = await served.command("2", type="set_charging_profile", profile=ours, **own)
        refused(replacing, 409, "under-load-management")
        nothing: Json = {}
        for key, named in (("3", nothing), ("4", {"profile": ours["id"]})):
            clear: Json = {"type": "clear_charging_profile", "station": station.known["id"], **named}
            refused(await served.command(key, **clear), 409, "under-load-management")
        lower = {"purpose": "default", "schedule": lift["schedule"]}
        await served.act("/v1/charging-profiles", own | {"connector": 1} | lower)


async def test_a_load_that_cannot_be_held_is_refused(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Yard"})
    budget = await served.post("/v1/load-budgets", {"site": site["id"], "limits": ["10"]})
    here = {"budget": budget["id"], "max_current": "32"}
    stations = [await served.post("/v1/stations", {"identity": f"CP-{n}"}) for n in range(2)]
    first = here | {"station": stations[0]["id"], "fail_safe": "6"}
    await served.post("/v1/load-points", first)
    both = await served.http.post("/v1/load-points", json=first | {"station": stations[1]["id"]})
    refused(both, 409, "fail-safes-exceed-limit")
    lower = await served.http.patch(f"/v1/load-budgets/{budget['id']}", json={"limits": ["5"]})
    refused(lower, 409, "fail-safes-exceed-limit")
    elsewhere = await served.post("/v1/sites", {"name": "Elsewhere"})
    away = await served.post("/v1/stations", {"identity": "CP-9", "site": elsewhere["id"]})
    foreign = await served.http.post("/v1/load-points", json=first | {"station": away["id"]})
    assert pointers(foreign) == {"/station": "other-site"}


async def test_a_profile_that_overrules_a_load_point_has_to_go_first(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Yard"})
    budget = await served.post("/v1/load-budgets", {"site": site["id"], "limits": ["32"]})
    station = await served.post("/v1/stations", {"identity": "CP-1"})
    limited = {"unit": "A", "periods": [{"start_s": 0, "limit": "32"}]}
    default = {"station": station["id"], "connector": 1, "purpose": "default", "schedule": limited}
    await served.act("/v1/charging-profiles", default)
    point = {"budget": budget["id"], "station": station["id"], "max_current": "32", "fail_safe": "6"}
    beside = await served.http.post("/v1/load-points", json=point | {"connector": 1})
    refused(beside, 409, "profile-in-the-way")
    later = await served.post("/v1/load-points", point | {"connector": 1, "active": False})
    active = await served.http.patch(f"/v1/load-points/{later['id']}", json={"active": True})
    refused(active, 409, "profile-in-the-way")
    # What a station as a whole is held to no default can lift.
    await served.post("/v1/load-points", point)


async def test_a_profile_set_by_plain_command_or_remote_start_has_to_go_first_as_well(served: House) -> None:
    await served.add_card()
    place = await served.post("/v1/sites", {"name": "Yard"})
    budget = await served.post("/v1/load-budgets", {"site": place["id"], "limits": ["32"]})
    limited = {"schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "32"}]}, "id": 1}
    async with steered_site(served, 2) as site:
        setting, starting = (station.known["id"] for station in site.stations)
        own: Json = {"station": setting, "type": "set_charging_profile", "connector": 0}
        default = {**own, "profile": limited | {"purpose": "station_max"}}
        assert (await served.command("1", **default)).status_code == 202
        start: Json = {"station": starting, "type": "remote_start", "id_tag": CARD}
        with_profile = {**start, "profile": limited | {"id": 2, "purpose": "session"}}
        assert (await served.command("2", **with_profile)).status_code == 202
        point = {"budget": budget["id"], "max_current": "32", "fail_safe": "6"}
        first, second = point | {"station": setting}, point | {"station": starting, "connector": 1}
        for body in (first, second):
            refused(await served.http.post("/v1/load-points", json=body), 409, "profile-in-the-way")

        cursor = (await served.heard("charging_profile.changed"))["cursor"]
        clear: Json = {"station": setting, "type": "clear_charging_profile", "profile": 1}
        assert (await served.command("3", **clear)).status_code == 202
        gone = await served.heard("charging_profile.changed", after=cursor)
        assert gone["data"]["state"] == "removed"
        await served.post("/v1/load-points", first)

        cursor = gone["cursor"]
        await site.stations[1].start(served)
        started = await served.heard("charging_profile.changed", after=cursor)
        assert (started["data"]["state"], started["data"]["connector"]) == ("installed", 1)
        refused(await served.http.post("/v1/load-points", json=second), 409, "profile-in-the-way")


async def test_a_limit_that_would_never_hold_is_refused_and_one_that_holds_is_ended(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Court"})
    budget = await served.post("/v1/load-budgets", {"site": site["id"], "limits": ["32"]})
    body = {"budget": budget["id"], "limits": ["20"], "since": served.ago(120)}
    over = await served.http.post("/v1/load-limits", json=body | {"until": served.ago(1)})
    refused(over, 422, "limit-already-over")
    assert (await served.get("/v1/load-limits"))["data"] == []
    limit = await served.post("/v1/load-limits", body | {"until": served.ago(-60)})
    ended = await served.http.patch(f"/v1/load-limits/{limit['id']}", json={"until": served.ago(1)})
    assert ended.status_code == 200
