"""Past sessions are replayed as they were; a living station charges again and again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation import (
    AC_22,
    DC_50,
    ConnectorBusy,
    CredentialsRefused,
    PastSession,
    StationClock,
    Visit,
    live,
    plausible_history,
    queue_history,
)


async def test_past_sessions_are_replayed_with_their_times_and_energy(
    central: Any, make_station: Any, time: Any
) -> None:
    station = make_station()
    monday = time.now() - timedelta(days=3)
    sessions = [
        PastSession(monday + timedelta(hours=5), timedelta(hours=1), 7_000, "LATER"),
        PastSession(monday, timedelta(hours=2), 17_000, "EARLIER"),
    ]
    first, second = queue_history(station, sessions, sample_every=timedelta(minutes=30))
    await station.presence.start_up()
    await station.presence.settled()
    starts, stops = central.payloads("StartTransaction"), central.payloads("StopTransaction")
    assert [one["idTag"] for one in starts] == ["EARLIER", "LATER"]
    assert [datetime.fromisoformat(one["timestamp"]) for one in starts] == [monday, sessions[0].start]
    energies = [stop["meterStop"] - start["meterStart"] for start, stop in zip(starts, stops, strict=True)]
    assert energies == [17_000, 7_000]
    assert starts[1]["meterStart"] == stops[0]["meterStop"]
    assert [one["transactionId"] for one in central.payloads("MeterValues")] == [1, 1, 1, 2]
    assert (first.id, second.id) == (1, 2)


async def test_more_energy_than_a_connector_can_give_is_refused(make_station: Any, time: Any) -> None:
    station = make_station()
    with pytest.raises(ValueError, match="cannot deliver"):
        queue_history(station, [PastSession(time.now(), timedelta(hours=1), 23_000, "TAG")])
    with pytest.raises(ConnectorBusy):
        queue_history(station, [PastSession(time.now(), timedelta(hours=1), 1, "TAG", connector=2)])
    assert len(station.outbox) == 0


async def test_a_plausible_history_never_overlaps_and_ends_in_time(make_station: Any, time: Any) -> None:
    station = make_station(connectors=(AC_22, DC_50))
    since, until = time.now() - timedelta(days=7), time.now()
    history = plausible_history(station, ["A", "B"], since=since, until=until, random=Random(3))
    assert history == plausible_history(station, ["A", "B"], since=since, until=until, random=Random(3))
    assert len(history) > 20
    for number in (1, 2):
        own = [one for one in history if one.connector == number]
        assert all(a.end < b.start for a, b in pairwise(own))
        assert own[0].start >= since
        assert own[-1].end < until
    assert len(queue_history(station, history)) == len(history)


async def test_a_living_station_charges_again_and_again(central: Any, make_station: Any, time: Any) -> None:
    clock = StationClock(
        start=time.now() - timedelta(days=3), speed=60, now=time.now, sleep=time.leap, wait=time.hold
    )
    station = make_station(clock=clock, connectors=(AC_22, DC_50), sample_interval_s=900)
    living = asyncio.create_task(live(station, ["A", "B"], first_pause_s=60))
    await central.heard("StopTransaction", 3)
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living
    assert {one["connectorId"] for one in central.payloads("StartTransaction")} == {1, 2}
    assert central.payloads("MeterValues")
    assert all(one["meterStop"] > 0 for one in central.payloads("StopTransaction"))


async def test_a_living_station_with_a_wrong_key_says_so(
    central: Any, make_station: Any, live_clock: Any
) -> None:
    central.refuse = 401
    with pytest.raises(CredentialsRefused):
        await live(make_station(clock=live_clock), ["A"])


async def test_a_backlog_keeps_no_driver_waiting(central: Any, make_station: Any, time: Any) -> None:
    station = make_station()
    queue_history(station, [PastSession(time.now() - timedelta(days=3), timedelta(hours=5), 9_000, "OLD")])
    await station.presence.start_up()
    await station.charge(Visit("NEW", duration_s=600))
    await station.presence.settled()
    actions = central.actions()
    assert actions.index("Authorize") < actions.index("StopTransaction")
    assert [one["idTag"] for one in central.payloads("StartTransaction")] == ["OLD", "NEW"]
