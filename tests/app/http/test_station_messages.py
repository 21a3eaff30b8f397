"""What was said on a station's line, as its operator finds and takes it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from emobility_app.compose import EVERYTHING
from emobility_app.http.messages import csv_line
from emobility_app.upkeep import FRAMES_AT_ONCE, forget_frames
from emobility_core.instants import Instant
from tests.app.http.house import House, Json
from tests.app.http.refusals import refused


@pytest.fixture
async def at(served: House) -> str:
    """Where the messages of a station are that has booted, beaten five times and told of its password."""
    async with served.station() as (station, line):
        for _ in range(5):
            await line.beats()
        await line.call("DataTransfer", {"vendorId": "v", "data": "password=hunter2"})
        await line.ask("Unheard", {})
    # Stored behind all that was said before.
    await served.heard("station.offline")
    return f"/v1/stations/{station['id']}/messages"


async def rows(served: House, at: str, **query: str) -> list[Json]:
    found: list[Json] = (await served.get(at, **query))["data"]
    return found


async def test_a_message_shows_both_sides(served: House, at: str) -> None:
    boot, *_ = await rows(served, at)
    assert (boot["action"], boot["direction"], boot["outcome"]) == (
        "BootNotification", "from_station", "result",
    )  # fmt: skip
    asked, told = json.loads(boot["request"]), json.loads(boot["answer"])
    assert boot["message_id"] == asked[1] == told[1]
    assert told[2]["status"] == "Accepted"
    assert boot["duration_ms"] >= 0
    assert boot["requested_at"] <= boot["answered_at"]


async def test_messages_are_found_by_what_is_known_of_them(served: House, at: str) -> None:
    everything = await rows(served, at)
    assert [one["action"] for one in await rows(served, at, sort="-id")] == [
        one["action"] for one in everything[::-1]
    ]
    assert len(await rows(served, at, action="Heartbeat")) == 5
    assert [one["action"] for one in await rows(served, at, outcome="error")] == ["Unheard"]
    assert await rows(served, at, direction="to_station") == []
    second = everything[1]
    found = await rows(served, at, message_id=second["message_id"])
    assert found == [second]
    assert await rows(served, at, **{"from": second["requested_at"], "action": "BootNotification"}) == []
    assert len(await rows(served, at, text="VENDORID")) == 1
    assert "hunter2" not in json.dumps(everything)


async def test_pages_go_on_where_the_last_one_ended(served: House, at: str) -> None:
    everything, found, cursor = await rows(served, at), [], None
    while page := await served.get(at, limit="3", **({} if cursor is None else {"cursor": cursor})):
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == everything


@pytest.mark.parametrize(
    "query", ["format=xml", "direction=up", "outcome=good", "sort=name", "from=now", "x=1"]
)
async def test_a_question_that_cannot_be_read_is_refused(standing: House, at: str, query: str) -> None:
    refused(await standing.http.get(f"{at}?{query}"), 400, "malformed-request")


async def test_the_log_goes_out_as_a_file(served: House, at: str) -> None:
    everything = await rows(served, at)
    answer = await served.http.get(at, params={"format": "ndjson", "limit": "1"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"]
    assert [json.loads(line) for line in answer.text.splitlines()] == everything
    answer = await served.http.get(at, params={"format": "csv", "action": "Heartbeat"})
    written = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["request"] for one in written] == [
        one["request"] for one in everything if one["action"] == "Heartbeat"
    ]


def test_no_cell_of_a_file_is_a_formula() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|calc", " =1+1"):
        (row,) = csv.reader(io.StringIO(csv_line({"request": text, "duration_ms": 3})))
        assert row == [f"'{text}", "3"]


async def test_the_log_needs_its_own_scope(served: House, at: str) -> None:
    """Tags of drivers stand in it."""
    answer = await served.http.get(at, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401


async def test_old_frames_are_dropped_a_few_at_a_time(served: House, at: str) -> None:
    transactions, now = served.server.transactions, served.server.clock.now()
    await forget_frames(transactions, EVERYTHING, Instant(now - timedelta(hours=1)))
    assert await rows(served, at)
    await forget_frames(transactions, EVERYTHING, now)
    assert await rows(served, at) == []
    assert FRAMES_AT_ONCE <= 1000
