"""What is refused before any station hears of it, and how an operation is watched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.app.http.callers import Callers
from tests.app.http.house import CARD, House, Json
from tests.app.http.test_commands import NOBODY


async def _order(served: House) -> Json:
    await served.add_card()
    station = await served.post("/v1/stations", {"identity": "CP1"})
    return {"type": "remote_start", "station": station["id"], "id_tag": CARD, "connector": 1}


async def test_without_an_idempotency_key_nothing_is_asked_of_a_station(served: House) -> None:
    order = await _order(served)
    answer = await served.http.post("/v1/commands", json=order)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required")
    for key in ("", "x" * 201):
        assert (await served.command(key, **order)).status_code == 400
    assert (await served.get("/v1/commands"))["data"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"station": None}, "/station"), ({"id_tag": None}, "/token"), ({"type": "unlock"}, "/type"),
        ({"connector": "1"}, "/connector"), ({"more": 1}, "/more"),
        ({"station": "CP1"}, "/station"), ({"id_tag": "x" * 21}, "/id_tag"), ({"id_tag": ""}, "/id_tag"),
        ({"connector": 0}, "/connector"), ({"connector": -1}, "/connector"),
        ({"connector": 2**40}, "/connector"),
    ],
    ids=str,
)  # fmt: skip
async def test_an_order_that_lacks_or_mistakes_something_is_told_where(
    served: House, change: Json, pointer: str
) -> None:
    answer = await served.command("k", **(await _order(served) | change))
    assert answer.status_code == 422, answer.text
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/type"]),
        ({"type": "remote_stop"}, ["/session"]),
        ({"type": "unlock_connector"}, ["/station"]),
        ({"type": "unlock_connector", "station": NOBODY, "connector": 0}, ["/connector"]),
        ({"type": "reset", "station": NOBODY, "hard": "yes", "soft": True}, ["/hard", "/soft"]),
        ({"type": "get_log", "station": NOBODY, "log": "security", "request": 7}, ["/request"]),
        ({"type": "get_diagnostics", "station": NOBODY, "location": "here"}, ["/location"]),
        ({"type": "send_local_list", "station": NOBODY, "version": 1, "full": True,
          "entries": [{"id_tag": ""}]}, ["/entries/0/id_tag"]),
    ],
    ids=str,
)  # fmt: skip
async def test_every_type_says_what_it_lacks(standing: House, body: Json, pointers: list[str]) -> None:
    answer = await standing.command("k", **body)
    assert answer.status_code == 422, answer.text
    assert sorted(flaw["pointer"] for flaw in answer.json()["errors"]) == pointers


async def test_a_station_that_is_unknown_or_another_company_s_does_not_exist(
    served: House, callers: Callers
) -> None:
    order = await _order(served)
    answer = await served.command("k", **order | {"station": NOBODY})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-station")
    other = (await served.post("/v1/tenants", {"name": "Other"}))["id"]
    foreign = await callers.signed_in("stations:command", tenant=other)
    answer = await foreign.post("/v1/commands", json=order, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-station")


async def test_reading_stations_does_not_entitle_to_command_them(served: House, callers: Callers) -> None:
    reader = await callers.signed_in("stations:read", "stations:write")
    answer = await reader.post("/v1/commands", json=await _order(served), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing-scope")


async def test_a_blocked_card_and_an_occupied_connector_are_refused(served: House) -> None:
    await served.add_card()
    await served.add_card("BLOCKED", blocked=True)
    async with served.station() as (station, line):
        start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": served.ago(1)}
        number = (await line.call("StartTransaction", start))["transactionId"]
        order: Json = {"type": "remote_start", "station": station["id"], "connector": 1}
        refused = [await served.command(tag, **order, id_tag=tag) for tag in ("BLOCKED", CARD)]
        stop = {"transactionId": number, "meterStop": 900, "timestamp": served.ago(0)}
        await line.call("StopTransaction", stop)
        [session] = (await served.get("/v1/sessions"))["data"]
        refused.append(await served.command("stop", type="remote_stop", session=session["id"]))
        await line.beats()
    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "token-refused"), (409, "connector-occupied"), (409, "session-over"),
    ]  # fmt: skip


async def test_a_refusal_is_not_stored_under_its_key(served: House) -> None:
    order = await _order(served)
    assert (await served.command("k", **order | {"station": NOBODY})).status_code == 404
    assert (await served.command("k", **order)).status_code == 202


async def test_an_operation_is_watched_to_its_end(served: House) -> None:
    command = (await served.command("k", **await _order(served))).json()
    path = f"/v1/operations/{command['operation']}"
    states: list[dict[str, Any]] = []
    async with served.http.stream("GET", f"{path}/events") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: ")))
    assert states[-1] == await served.get(path)
    assert (states[-1]["status"], states[-1]["error"]) == ("failed", "command-offline")
    assert all(state["status"] == "running" for state in states[:-1])


async def test_who_does_not_prefer_to_wait_is_answered_at_once(served: House) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        command = (await served.command("k", type="remote_start", station=station["id"], id_tag=CARD)).json()
        await line.hear()
        for wish in ("", "wait=0", "wait=soon", "respond-async"):
            answer = await served.http.get(f"/v1/operations/{command['operation']}", headers={"Prefer": wish})
            assert (answer.status_code, answer.json()["status"]) == (200, "running")
        known = {"If-None-Match": answer.headers["etag"]}
        path = f"/v1/operations/{command['operation']}"
        assert (await served.http.get(path, headers=known)).status_code == 304
