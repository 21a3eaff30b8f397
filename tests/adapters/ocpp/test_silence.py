"""What falls silent: sessions that are never stopped, stations that stay away, clocks that drift."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from emobility_core.charging import ActiveSession, Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.instants import parse_instant
from emobility_core.rating import HeldSession
from emobility_core.testing.builders import later

from .messages import at, boot, start, status, stop, values
from .world import NOW, World


def _told(world: World, **off: float) -> str:
    """What a station's clock shows, off by so much."""
    return (world.clock.now() + timedelta(**off)).isoformat()


async def _events(world: World, *kinds: str) -> list[Any]:
    feed = await world.store.feed.after(0, scope=world.scope, limit=999, types=kinds)
    return [entry.event for entry in feed]


async def test_a_session_whose_connector_is_free_ends_with_its_last_value(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("MeterValues", values("4000", transactionId=number))
        world.clock.advance(timedelta(seconds=1))
        await station.call("StatusNotification", status("Available"))
        world.clock.advance(timedelta(minutes=9))
        await world.watch()
        assert isinstance(await world.session(), ActiveSession)
        world.clock.advance(timedelta(minutes=1))
        await world.watch()
        session = await world.ended()
        assert (session.estimated, session.delivered) == (True, Energy.wh(3000))
        assert (session.ended_at, session.stop_reason) == (parse_instant(at(10)), "Stalled")
        assert session.doubts == {Doubt.STOP_ESTIMATED}
        (stalled,) = await _events(world, "session.stalled")
        assert stalled.data["why"] == "connector-free"
        await world.react()
        rating = await world.rating(session.id)
        assert isinstance(rating, HeldSession)
        assert "stop-estimated" in rating.reasons


async def test_the_real_stop_replaces_an_estimated_end(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        world.clock.advance(timedelta(seconds=1))
        await station.call("StatusNotification", status("Available"))
        world.clock.advance(timedelta(hours=1))
        await world.watch()
        assert (await world.ended()).estimated
        await station.call("StopTransaction", stop(number))
        session = await world.ended()
        assert (session.estimated, session.delivered, session.doubts) == (
            False,
            Energy.wh(10_000),
            frozenset(),
        )
        assert [event.type for event in await _events(world, "session.corrected")] == ["session.corrected"]


async def test_a_session_that_ended_for_silence_runs_on_with_its_next_value(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        world.clock.advance(timedelta(seconds=1))
        await station.call("StatusNotification", status("Available"))
        world.clock.advance(timedelta(hours=1))
        await world.watch()
        await station.call("MeterValues", values("4000", transactionId=number))
        session = await world.session()
        assert isinstance(session, ActiveSession)
        assert (session.delivered, session.doubts) == (Energy.wh(3000), frozenset())
        assert len(await _events(world, "session.reopened")) == 1
        await station.call("StopTransaction", stop(number))
        assert (await world.ended()).delivered == Energy.wh(10_000)


async def test_a_session_behind_a_connector_that_stays_busy_ends_only_once_values_stay_out(
    world: World,
) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StatusNotification", status("SuspendedEV"))
        for day in (4, 8):
            world.clock.advance(timedelta(days=4))
            # It draws nothing, yet it is told of: the same register again.
            await station.call("MeterValues", values("4000", minutes=day * 1440, transactionId=number))
            await world.watch()
        world.clock.advance(timedelta(days=7, minutes=-1))
        await station.call("StatusNotification", status("SuspendedEV"))
        await world.watch()
        assert isinstance(await world.session(), ActiveSession)
        world.clock.advance(timedelta(minutes=1))
        await world.watch()
        session = await world.ended()
        assert (session.estimated, session.delivered) == (True, Energy.wh(3000))
        (stalled,) = await _events(world, "session.stalled")
        assert stalled.data["why"] == "stuck"
        await station.call("StopTransaction", stop(number))
        session = await world.ended()
        assert (session.estimated, session.delivered) == (False, Energy.wh(10_000))


async def test_a_session_whose_transaction_has_stopped_unheard_ends_after_a_day(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("MeterValues", values("4000", transactionId=number))
        await station.call("StatusNotification", status("Finishing"))
        world.clock.advance(timedelta(hours=23, minutes=59))
        await world.watch()
        assert isinstance(await world.session(), ActiveSession)
        world.clock.advance(timedelta(minutes=1))
        await world.watch()
        assert (await world.ended()).estimated
        (stalled,) = await _events(world, "session.stalled")
        assert stalled.data["why"] == "silent"


async def test_it_does_not_run_on_where_another_has_begun(world: World) -> None:
    async with world.station() as station:
        first = (await station.call("StartTransaction", start()))["transactionId"]
        world.clock.advance(timedelta(seconds=1))
        await station.call("StatusNotification", status("Available"))
        world.clock.advance(timedelta(hours=1))
        await world.watch()
        another = start(meterStart=2000, timestamp="2026-06-10T12:30:00Z")
        await station.call("StartTransaction", another)
        await station.call("MeterValues", values("4000", minutes=40, transactionId=first))
        kinds = [type(one) for one in await world.sessions()]
        assert sorted(kind.__name__ for kind in kinds) == ["ActiveSession", "EndedSession"]


async def test_a_station_that_is_gone_ends_its_session_and_raises_an_alarm_once(world: World) -> None:
    async with world.station() as station:
        await station.call("StartTransaction", start())
    await world.event("station.offline")
    world.clock.advance(timedelta(minutes=19))
    await world.watch()
    assert await _events(world, "station.unreachable") == []
    world.clock.advance(timedelta(minutes=1))
    await world.watch()
    await world.watch()
    assert len(await _events(world, "station.unreachable")) == 1
    assert (await world.state()).unreachable
    assert isinstance(await world.session(), ActiveSession)
    world.clock.advance(timedelta(hours=72))
    await world.watch()
    assert isinstance(await world.session(), EndedSession)
    async with world.station():
        assert not (await world.state()).unreachable
        assert len(await _events(world, "station.reachable")) == 1


async def test_a_station_that_comes_back_while_it_is_missed_is_online(world: World) -> None:
    async with world.station():
        pass
    await world.event("station.offline")
    world.clock.advance(timedelta(hours=1))
    async with AsyncExitStack() as stack:

        @asynccontextmanager
        async def turn(_: StationId) -> AsyncIterator[None]:
            await stack.enter_async_context(world.station())
            yield

        await world.watch(turn=turn)
        state = await world.state()
        assert (state.online, state.unreachable) == (True, False)
        assert await _events(world, "station.unreachable") == []


async def test_the_time_without_a_server_does_not_count_against_a_station(world: World) -> None:
    """Some redial only after 19 minutes, counted from when they find a server again."""
    async with world.station() as station:
        await station.beats()
    await world.event("station.offline")
    began = later(world.clock.now(), minutes=15)
    for minutes, alarms in ((34, 0), (1, 1)):
        world.clock.advance(timedelta(minutes=minutes))
        await world.watch(listening_since=began)
        assert len(await _events(world, "station.unreachable")) == alarms


async def test_a_clock_that_is_behind_is_measured_and_times_are_corrected(world: World) -> None:
    async with world.station() as station:
        for _ in range(4):
            world.clock.advance(timedelta(minutes=1))
            told = status("Available", timestamp=_told(world, hours=-2))
            await station.call("StatusNotification", told)
        state = await world.state()
        assert (state.clock_offset_ms, state.clock_drifted) == (-7_200_000, True)
        (drifted,) = await _events(world, "station.clock_drifted")
        assert drifted.data["offset_ms"] == -7_200_000
        await station.call("StartTransaction", start(timestamp=_told(world, hours=-2)))
        session = await world.session()
        # What is billed stays what the station told; somebody has to look.
        assert session.started_at == later(world.clock.now(), hours=-2)
        assert session.started_corrected == session.started_received == world.clock.now()
        assert session.doubts == {Doubt.CLOCK_DRIFTED}
    async with world.station() as station:
        # Known from before, until the next boot sets the clock.
        reading = values("4000", minutes=0, transactionId=session.transaction_id)
        await station.call("MeterValues", reading)
        await station.call("BootNotification", boot())
        world.clock.advance(timedelta(minutes=1))
        await station.call("StartTransaction", start(connectorId=2, timestamp=_told(world)))
        assert (await world.sessions())[-1].doubts == frozenset()


async def test_a_clock_that_is_ahead_is_corrected_for_what_is_not_trusted(world: World) -> None:
    async with world.station() as station:
        for _ in range(4):
            world.clock.advance(timedelta(minutes=1))
            told = status("Available", timestamp=_told(world, hours=2))
            await station.call("StatusNotification", told)
        world.clock.advance(timedelta(minutes=30))
        await station.call("StartTransaction", start(timestamp=_told(world, hours=2, minutes=-10)))
        session = await world.session()
        assert session.started_at == session.started_corrected == later(NOW, minutes=24)
        assert session.doubts == {Doubt.CLOCK_NOT_TRUSTED}


async def test_a_unit_that_lies_holds_the_session(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start(meterStart=361)))["transactionId"]
        for minutes, wh in ((7, "362"), (14, "363")):
            samples = [
                {"value": "9451", "measurand": "Power.Active.Import", "unit": "W"},
                {"value": wh, "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            ]
            told = values(wh, minutes=minutes, transactionId=number)
            told["meterValue"][0]["sampledValue"] = samples
            await station.call("MeterValues", told)
        session = await world.session()
        assert session.doubts == {Doubt.UNIT_IMPLAUSIBLE}
        qualities = [reading.qualities for reading in await world.readings(session.id)]
        assert [sorted(one.value for one in each) for each in qualities] == [["unit-implausible"]] * 2
        await station.call("StopTransaction", stop(number, meterStop=363))
        await world.react()
        assert isinstance(await world.rating((await world.ended()).id), HeldSession)
