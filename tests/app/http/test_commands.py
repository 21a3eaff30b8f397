"""Commands to stations, from `POST /v1/commands` to the session that they resolve to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import SimulatedStation
from emobility_app.http.orders import SECRET
from emobility_app.store import EVERYTHING
from emobility_app.wire import wire
from emobility_core.commands import CommandKind, expire_commands
from emobility_core.ids import StationId, shown
from emobility_core.instants import Instant
from emobility_core.testing.clock import FrozenClock, SeededIds
from tests.adapters.ocpp.orders import CASES
from tests.adapters.ocpp.wire import WireStation
from tests.app.http.house import CARD, House, Json

NOBODY = shown("sta", StationId(SeededIds().uuid7(Instant(FrozenClock().now()))))


@asynccontextmanager
async def _simulated(served: House) -> AsyncIterator[Json]:
    """A station of the simulator that lives by itself, its card and its tariff."""
    await served.add_card()
    await served.add_tariff()
    known = await served.post("/v1/stations", {"identity": "SIM-0001"})
    async with SimulatedStation("SIM-0001", served.server.ocpp_url, random=Random(1)) as station:
        await station.presence.start_up()
        yield known


async def _accepted(served: House, key: str, **body: Any) -> Json:
    answer = await served.command(key, **body)
    assert answer.status_code == 202, answer.text
    command: Json = answer.json()
    assert answer.headers["location"] == f"/v1/operations/{command['operation']}"
    return command


async def _finished(served: House, command: Json) -> Json:
    """The operation of a command, waited for as a simple client would."""
    return await served.ended(f"/v1/operations/{command['operation']}")


async def _answer(line: WireStation, to: str, payload: Json) -> Json:
    _, id, action, asked = await line.hear()
    assert action == to
    await line.say([3, id, payload])
    return dict(asked)


async def test_a_remote_start_ends_with_its_session_and_a_remote_stop_with_its_end(served: House) -> None:
    async with _simulated(served) as station:
        command = await _accepted(
            served, "start", type="remote_start", station=station["id"], id_tag=CARD, connector=1
        )
        assert (command["type"], command["status"], command["result"]) == (
            "remote_start", "queued", {"session": None},
        )  # fmt: skip
        operation = await _finished(served, command)
        assert (operation["status"], operation["progress"]) == ("succeeded", {"done": 1, "total": 1})
        session = await served.get(f"/v1/sessions/{operation['result']['session']}")
        assert (session["status"], session["station"], session["id_tag"]) == ("active", station["id"], CARD)
        done = await served.get(f"/v1/commands/{command['id']}")
        assert (done["status"], done["result"]) == ("effective", {"session": session["id"]})

        stop = await _accepted(served, "stop", type="remote_stop", session=session["id"])
        assert (await _finished(served, stop))["result"]["session"] == session["id"]
        ended = await served.get(f"/v1/sessions/{session['id']}")
        assert (ended["status"], ended["stop_reason"]) == ("ended", "Remote")


async def test_a_token_may_be_named_instead_of_its_tag(served: House) -> None:
    token = await served.add_card()
    async with served.station() as (station, line):
        await _accepted(served, "k", type="remote_start", station=station["id"], token=token["id"])
        assert await _answer(line, "RemoteStartTransaction", {"status": "Accepted"}) == {"idTag": CARD}


async def test_the_same_request_twice_reaches_the_station_once(served: House) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        order = {"type": "remote_start", "station": station["id"], "id_tag": CARD}
        first, again = [await served.command("one key", **order) for _ in range(2)]
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        other = await served.command("one key", **order, connector=2)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        await _answer(line, "RemoteStartTransaction", {"status": "Rejected"})
        await _finished(served, first.json())
        await line.beats()
    assert len((await served.get("/v1/commands"))["data"]) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [([3, {"status": "Rejected"}], "rejected"), ([4, "NotSupported", "", {}], "not_supported")],
)
async def test_what_a_station_declines_fails_by_name(served: House, answer: list[Any], status: str) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        command = await _accepted(served, "k", type="remote_start", station=station["id"], id_tag=CARD)
        _, id, *_ = await line.hear()
        await line.say([answer[0], id, *answer[1:]])
        operation = await _finished(served, command)
    assert (operation["status"], operation["error"]) == ("failed", f"command-{status}")
    failed = await served.heard("command.failed")
    assert (failed["subject"], failed["data"]["status"]) == (command["id"], status)
    assert await served.get("/v1/commands", status=status) == {
        "data": [await served.get(f"/v1/commands/{command['id']}")], "next_cursor": None,
    }  # fmt: skip


async def test_a_station_without_a_line_is_offline_at_once(served: House) -> None:
    await served.add_card()
    station = await served.post("/v1/stations", {"identity": "CP1"})
    command = await _accepted(served, "k", type="remote_start", station=station["id"], id_tag=CARD)
    assert (await _finished(served, command))["error"] == "command-offline"


async def test_a_station_that_never_answers_holds_up_no_other(served: House) -> None:
    """One request in flight per station; what waits for a deaf one waits for it alone."""
    async with served.station("DEAF") as (deaf, silent), served.station("CP2") as (other, line):
        waiting = [
            await _accepted(served, f"deaf {number}", type="clear_cache", station=deaf["id"])
            for number in range(2)
        ]
        assert (await silent.hear())[2] == "ClearCache"
        command = await _accepted(served, "other", type="clear_cache", station=other["id"])
        await _answer(line, "ClearCache", {"status": "Accepted"})
        assert (await _finished(served, command))["status"] == "succeeded"
        statuses = [(await served.get(f"/v1/commands/{one['id']}"))["status"] for one in waiting]
    assert statuses == ["sent", "sent"]


async def test_an_effect_that_never_comes_times_out_by_the_clock(served: House) -> None:
    await served.add_card()
    async with served.station() as (station, line):
        command = await _accepted(served, "k", type="remote_start", station=station["id"], id_tag=CARD)
        watching = asyncio.create_task(_finished(served, command))
        await _answer(line, "RemoteStartTransaction", {"status": "Accepted"})
        while (await served.get(f"/v1/commands/{command['id']}"))["status"] != "accepted":
            await line.beats()
        assert not watching.done()
        server, later = served.server, FrozenClock(Instant(served.server.clock.now() + timedelta(minutes=6)))
        await expire_commands(scope=EVERYTHING, transactions=server.transactions, clock=later, ids=server.ids)
        assert (await watching)["error"] == "command-timeout"
    assert (await served.get(f"/v1/commands/{command['id']}"))["status"] == "timeout"


async def test_every_type_of_command_is_taken_and_shown_as_it_was_asked_for(served: House) -> None:
    """A body is the form of its type: what was shown as an order, asked for again, is the same order."""
    station = await served.post("/v1/stations", {"identity": "CP1", "is_test": True})
    apart = {CommandKind.REMOTE_START, CommandKind.REMOTE_STOP}
    for number, case in enumerate(case for case in CASES if case.order.kind not in apart):
        asked: Json = {
            name: value for name, value in wire.unstructure(case.order).items() if name not in SECRET
        }
        given = {name: value for name, value in asked.items() if name != "request"}
        body = {**given, "type": case.order.kind.value, "station": station["id"]}
        answer = await served.http.post("/v1/commands", json=body, headers={"Idempotency-Key": f"k{number}"})
        assert answer.status_code == 202, answer.text
        command: Json = answer.json()
        assert {**command["order"], "request": None} == {**asked, "request": None}
        assert (command["type"], command["answer"]) == (case.order.kind.value, None)


@pytest.mark.parametrize(
    ("order", "shown_order"),
    [
        ({"type": "change_configuration", "key": "WifiPassword", "value": "open sesame"},
         {"key": "WifiPassword", "value": "***"}),
        ({"type": "get_diagnostics", "location": "ftp://cpo:open@sesame@files.example.org/up"},
         {"location": "ftp://***@files.example.org/up"}),
    ],
    ids=["a password", "an address"],
)  # fmt: skip
async def test_whoever_reads_commands_reads_no_passwords(
    served: House, order: Json, shown_order: Json
) -> None:
    station = await served.post("/v1/stations", {"identity": "CP1"})
    asked, once = {**order, "station": station["id"]}, {"Idempotency-Key": "k"}
    command = (await served.http.post("/v1/commands", json=asked, headers=once)).json()
    listed = (await served.get("/v1/commands"))["data"]
    for seen in (command, await served.get(f"/v1/commands/{command['id']}"), *listed):
        assert seen["order"].items() >= shown_order.items()
        assert "sesame" not in str(seen)
