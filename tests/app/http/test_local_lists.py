"""Local lists over the API: which station holds what, and bringing one in step."""

from __future__ import annotations

from datetime import timedelta

from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House
from tests.app.http.refusals import refused


async def test_a_station_gets_the_list_that_it_is_set_to_have(served: House) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        change = {"local_list": "all"}
        answer = await served.http.patch(f"/v1/stations/{station['id']}", json=change)
        assert answer.json()["local_list"] == "all"
        # By itself, within seconds.
        _, id, action, request = await line.hear()
        assert (action, request["updateType"]) == ("SendLocalList", "Full")
        assert [entry["idTag"] for entry in request["localAuthorizationList"]] == [CARD]
        (kept,) = (await served.get("/v1/local-lists", station=station["id"]))["data"]
        assert (kept["version"], kept["entries"]) == (0, None)
        assert kept["pending"].startswith("cmd_")
        await line.say([3, id, {"status": "Accepted"}])
        event = await served.heard("local_list.synced")
    assert event["data"] == {
        "local_list": kept["id"],
        "station": station["id"],
        "version": request["listVersion"],
        "entries": 1,
        "error": None,
    }
    after = await served.get(f"/v1/local-lists/{kept['id']}")
    assert (after["version"], after["entries"], after["pending"]) == (request["listVersion"], 1, None)
    assert after["acknowledged_at"] is not None
    body, key = {"station": station["id"]}, {"Idempotency-Key": "k"}
    asked = await served.http.post("/v1/local-lists", json=body, headers=key)
    assert asked.headers["location"] == f"/v1/local-lists/{kept['id']}"


async def test_a_lost_card_is_off_the_list_and_out_of_the_cache_within_a_minute(served: House) -> None:
    card = await served.add_card()
    async with served.station() as (station, line):
        await served.http.patch(f"/v1/stations/{station['id']}", json={"local_list": "all"})
        _, id, *_ = await line.hear()
        await line.say([3, id, {"status": "Accepted"}])
        await served.heard("local_list.synced")
        blocked_at = served.server.clock.now()
        await served.http.patch(f"/v1/tokens/{card['id']}", json={"blocked": True})
        told = {}
        for _ in range(2):
            _, id, action, payload = await line.hear()
            told[action] = payload
            await line.say([3, id, {"status": "Accepted"}])
        assert served.server.clock.now() - blocked_at < timedelta(minutes=1)
    assert told.keys() == {"ClearCache", "SendLocalList"}
    assert told["SendLocalList"]["updateType"] == "Differential"
    assert told["SendLocalList"]["localAuthorizationList"] == [
        {"idTag": CARD, "idTagInfo": {"status": "Blocked"}}
    ]


async def test_a_station_that_is_to_have_no_list_is_not_brought_in_step(
    served: House, callers: Callers
) -> None:
    station = await served.post("/v1/stations", {"identity": "CP1"})
    assert station["local_list"] == "none"
    body, key = {"station": station["id"]}, {"Idempotency-Key": "k"}
    answer = await served.http.post("/v1/local-lists", json=body, headers=key)
    refused(answer, 409, "no-local-list-kept")
    refused(await served.http.post("/v1/local-lists", json=body), 400, "idempotency-key-required")
    reader = await callers.signed_in("local-lists:read")
    assert (await reader.get("/v1/local-lists")).json()["data"] == []
    refused(await reader.post("/v1/local-lists", json=body, headers=key), 403, "missing-scope")
