"""What is watched, as the API shows and takes it: rules of a place, alarms, clocks, the three times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emobility_app.store import EVERYTHING
from emobility_app.upkeep import watching
from emobility_core.instants import Instant
from emobility_core.testing.clock import FrozenClock
from tests.app.http.house import CARD, House
from tests.app.http.refusals import pointers


async def _watch(served: House, **later: float) -> None:
    """Look after what is silent, as if so much time had passed."""
    server = served.server
    clock = FrozenClock(Instant(server.clock.now() + timedelta(**later)))
    looking, turn = server.transactions.reading, server.lines.turn
    await watching(looking, server.transactions, EVERYTHING, clock, server.ids, turn=turn)()


async def test_a_place_sets_its_own_rules_and_inherits_the_others(served: House) -> None:
    site = await served.post("/v1/sites", {"name": "Depot", "watch_rules": {"unreachable_min": 120}})
    tenant = (await served.get("/v1/me"))["tenant"]
    rules = {"watch_rules": {"unreachable_min": 60, "gone_h": 9}}
    assert (await served.http.patch(f"/v1/tenants/{tenant}", json=rules)).status_code == 200
    async with served.station("CP1") as (station, _), served.station("CP2"):
        path = f"/v1/stations/{station['id']}"
        assert (await served.http.patch(path, json={"site": site["id"]})).status_code == 200
    first = await served.heard("station.offline")
    await served.heard("station.offline", after=first["cursor"])
    seen = {}
    for minutes in (59, 61, 121):
        await _watch(served, minutes=minutes)
        stations = (await served.get("/v1/stations"))["data"]
        seen[minutes] = {one["identity"]: one["unreachable"] for one in stations}
    assert seen[59] == {"CP1": False, "CP2": False}
    assert seen[61] == {"CP1": False, "CP2": True}
    assert seen[121] == {"CP1": True, "CP2": True}


@pytest.mark.parametrize(
    ("rules", "pointer", "bound"),
    [({"free_min": 1}, "free_min", "must be >= 5"), ({"busy_h": 9_000}, "busy_h", "must be <= 8760")],
)
async def test_a_rule_that_would_end_what_still_runs_is_refused(
    served: House, rules: dict[str, Any], pointer: str, bound: str
) -> None:
    answer = await served.http.post("/v1/sites", json={"name": "Depot", "watch_rules": rules})
    assert pointers(answer) == {f"/watch_rules/{pointer}": "invalid-value"}
    assert answer.json()["errors"][0]["detail"] == bound


async def test_a_session_shows_the_times_reported_received_and_corrected(served: House) -> None:
    async with served.station() as (station, line):
        told = served.ago(5)
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": told}
        await line.call("StartTransaction", start)
        shown = await served.get(f"/v1/stations/{station['id']}")
    assert (shown["clock"], shown["unreachable"]) == (None, False)
    [session] = (await served.get("/v1/sessions"))["data"]
    assert session["started_reported"] == told
    assert session["started_at"] == session["started_corrected_at"] == told
    assert session["started_received_at"] > told


async def test_a_session_that_nothing_is_heard_of_ends_and_is_found_among_the_doubts(served: House) -> None:
    await served.add_card()
    async with served.station() as (_, line):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(5)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        await line.call(
            "StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
        )
        await _watch(served, hours=1)
        [session] = (await served.get("/v1/sessions", in_doubt="true"))["data"]
        assert (session["estimated"], session["stop_reason"]) == (True, "Stalled")
        # The endpoint knows at once: what the station says next meets the session as it is.
        stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(0)}
        await line.call("StopTransaction", stop)
    [session] = (await served.get("/v1/sessions"))["data"]
    assert (session["estimated"], session["energy_kwh"], session["doubts"]) == (False, "0.900", [])
