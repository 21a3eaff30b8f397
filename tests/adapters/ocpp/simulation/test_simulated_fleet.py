"""Fleets play their scenarios and count truly what was sent, answered and wrong."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import Fleet, FleetPlan, FleetSummary


@pytest.fixture
def run(central: Any, time: Any) -> Any:
    async def run(scenario: str, progress: list[Any] | None = None, **plan: Any) -> FleetSummary:
        heard = (lambda *args: progress.append(args)) if progress is not None else (lambda *_: None)
        fleet = Fleet(
            central.url, scenario, FleetPlan(**plan), on_progress=heard,
            now=time.now, sleep=time.leap, wait=time.hold,
        )  # fmt: skip
        async with asyncio.timeout(20):
            return await fleet.run()

    return run


async def test_sessions_are_played_by_every_station_and_counted(central: Any, run: Any) -> None:
    progress: list[Any] = []
    summary = await run("session", progress, stations=3, sessions=2, meter_values=4, id_tags=("A", "B"))
    assert summary.ok, summary.problems
    assert (summary.stations, summary.connected, summary.boots_accepted) == (3, 3, 3)
    assert (summary.sessions_started, summary.sessions_ended) == (6, 6)
    # Boot, two statuses; per session four statuses, authorize, start, four values, stop.
    assert summary.messages_sent == summary.messages_answered == 3 * (3 + 2 * 11) == len(central.calls)
    assert sorted(central.sockets) == ["SIM-0001", "SIM-0002", "SIM-0003"]
    assert {one["idTag"] for one in central.payloads("StartTransaction")} == {"A", "B"}
    assert [done for done, _, _ in progress] == [1, 2, 3]
    assert summary.latency.p50_ms <= summary.latency.p95_ms <= summary.latency.max_ms
    assert json.loads(json.dumps(summary.as_dict()))["ok"] is True


async def test_timestamps_never_lie_in_the_future(central: Any, run: Any, time: Any) -> None:
    await run("session", stations=2, sessions=3)
    stamps = [datetime.fromisoformat(one["timestamp"]) for one in central.payloads("StopTransaction")]
    assert max(stamps) <= time.now()


async def test_offline_sessions_are_replayed_and_every_copy_of_a_start_gets_one_id(
    central: Any, run: Any, time: Any
) -> None:
    begun = time.now()
    summary = await run("offline-replay", stations=2, sessions=2, copies=3, days_back=2)
    assert summary.ok, summary.problems
    # The first station starts one more session online.
    assert (summary.sessions_started, summary.sessions_ended) == (5, 5)
    starts = central.payloads("StartTransaction")
    assert len({json.dumps(one) for one in starts}) == 5
    # Online once; offline three times each, and the one whose answer was lost once more.
    assert len(starts) == 1 + 4 * 3 + 2
    stops = central.payloads("StopTransaction")
    assert len(stops) == 5
    assert {one["transactionId"] for one in stops} == {1, 2, 3, 4, 5}
    oldest = min(datetime.fromisoformat(one["timestamp"]) for one in starts)
    assert oldest < begun - timedelta(days=2)


async def test_a_central_system_that_doubles_a_start_is_found_out(central: Any, run: Any) -> None:
    ids = count(1)
    central.answers["StartTransaction"] = lambda _: {
        "transactionId": next(ids), "idTagInfo": {"status": "Accepted"},
    }  # fmt: skip
    summary = await run("offline-replay", stations=2)
    assert not summary.ok
    assert "different transaction ids" in summary.problems[0]


async def test_stops_are_repeated_on_the_same_and_on_the_next_connection(central: Any, run: Any) -> None:
    summary = await run("duplicate-stop", stations=2, copies=2)
    assert summary.ok, summary.problems
    assert (summary.sessions_started, summary.sessions_ended, summary.boots_accepted) == (2, 2, 4)
    stops = [json.dumps(one) for one in central.payloads("StopTransaction")]
    assert len(stops) == 2 * 3
    assert len(set(stops)) == 2


async def test_in_a_storm_all_drop_and_all_are_back_with_one_attempt_each(central: Any, run: Any) -> None:
    progress: list[Any] = []
    summary = await run("reconnect-storm", progress, stations=40)
    assert summary.ok, summary.problems
    assert (summary.connected, summary.boots_accepted, central.opened) == (40, 80, 80)
    assert (40, 40, "connected") in progress
    assert (40, 40, "back") in progress


async def test_failures_are_named_once_with_their_number(central: Any, run: Any) -> None:
    central.refuse = HTTPStatus.NOT_FOUND
    summary = await run("reconnect-storm", stations=5)
    assert not summary.ok
    assert (summary.connected, len(summary.problems)) == (0, 1)
    assert "No such station" in summary.problems[0]
    assert "(5 x)" in summary.problems[0]


async def test_refused_messages_count_as_errors(central: Any, run: Any) -> None:
    central.answers["MeterValues"] = lambda _: ["InternalError", "broken", {}]
    central.answers["StatusNotification"] = lambda payload: (
        ["InternalError", "", {}] if payload["status"] == "Finishing" else {}
    )
    summary = await run("session", meter_values=0)
    assert summary.errors == 1
    assert summary.problems == ("1 StatusNotification answered with an error. (1 x)",)


async def test_a_boot_refused_is_a_problem_of_the_summary(central: Any, run: Any) -> None:
    central.answers["BootNotification"] = lambda _: {
        "status": "Rejected", "currentTime": "2026-11-05T12:00:00Z", "interval": 1,
    }  # fmt: skip
    summary = await run("session", stations=3)
    assert summary.problems == ("A station was not accepted at boot: Rejected. (3 x)",)


async def test_stations_begin_at_the_rate_given(central: Any, run: Any, time: Any) -> None:
    running = asyncio.create_task(run("session", stations=3, rate=2.0))
    await time.held(0.5)
    await time.held(1.0)
    await central.heard("StopTransaction", 1)
    assert set(central.sockets) == {"SIM-0001"}
    time.advance(0.5)
    await central.heard("StopTransaction", 2)
    assert set(central.sockets) == {"SIM-0001", "SIM-0002"}
    time.advance(0.5)
    assert (await running).sessions_ended == 3


def test_a_scenario_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="there are: session, offline-replay"):
        Fleet("ws://127.0.0.1:9/ocpp", "dance", FleetPlan())
