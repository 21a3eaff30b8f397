"""Starts and stops: once each, whatever is repeated, lost or made up (lessons 1 to 8)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import attrs
import pytest

from emobility_core.charging import AuthorizationStatus, Doubt, DoubtfulReportKind, StartRecorded
from emobility_core.energy import Energy
from emobility_core.ids import SessionId
from emobility_core.network import ReportKind
from emobility_core.testing.builders import later

from ..messages import at, start, status, stop, values
from ..world import CARD, NOW, World
from .plays import Play, begun, ended, published


async def a_repeated_start_is_the_same(world: World) -> None:
    """1: by station, connector, tag, time and meter, unique in the store as well."""
    async with world.station() as station:
        first = await begun(station)
        assert [await begun(station) for _ in range(2)] == [first, first]
        assert await begun(station, connectorId=2) != first
    session = (await world.sessions())[0]
    again = attrs.evolve(session, id=SessionId(UUID(int=7)), transaction_id=7, connector=9)
    with pytest.raises(StartRecorded):
        async with world.store.transactions(world.scope) as work:
            await work.sessions.add(again)


async def the_first_stop_wins(world: World) -> None:
    """2: later ones are recorded, billing runs once."""
    async with world.station() as station:
        number = await begun(station)
        for _ in range(3):
            await station.call("StopTransaction", stop(number))
        await world.react()
        assert (await world.ended()).delivered == Energy.wh(10_000)
        repeated = [one for one in await world.reports() if one.kind is ReportKind.REPEATED_STOP]
        assert len(repeated) == 2
        assert len(await published(world, "session.rated")) == 1
        await station.call("StopTransaction", stop(number, meterStop=12_000))
    session = await world.ended()
    assert session.delivered == Energy.wh(10_000)
    assert session.doubts == {Doubt.STOPS_DISAGREE}


async def an_unknown_transaction_is_answered_and_worked_on(world: World) -> None:
    """3: never a CALLERROR; a worked queue with matching proposals."""
    async with world.station() as station:
        await begun(station)
        assert await station.call("StopTransaction", stop(99)) == {}
        unknown = values("5", transactionId=98)
        assert await station.call("MeterValues", unknown) == {}
    running, _ = await world.sessions()
    (report,) = await world.doubtful()
    assert report.kind is DoubtfulReportKind.STOP_WITHOUT_SESSION
    assert report.proposals == (running.id,)
    assert [one.energy for one in await world.readings(running.id)] == [Energy.wh(5)]


async def a_stop_needs_no_tag(world: World) -> None:
    """4"""
    async with world.station() as station:
        assert await station.call("StopTransaction", stop(await begun(station))) == {}
    assert (await world.ended()).doubts == frozenset()


async def a_stop_of_no_number_finds_its_session(world: World) -> None:
    """5: by tag, time and meter, of several that run."""
    async with world.station() as station:
        await begun(station, connectorId=2, idTag="OTHER", meterStart=0)
        for number, minutes in ((-1, 0), (0, 50)):
            await begun(station, timestamp=at(minutes), meterStart=1000 + minutes)
            told = stop(number, idTag=CARD, timestamp=at(minutes + 30), meterStop=9000 + minutes)
            assert "idTagInfo" in await station.call("StopTransaction", told)
    assert [one.connector for one in await ended(world)] == [1, 1]
    assert {doubt for one in await ended(world) for doubt in one.doubts} == set()


async def a_stop_without_a_start_is_a_session_for_review(world: World) -> None:
    """6"""
    async with world.station() as station:
        await station.call("StopTransaction", stop(99, idTag=CARD))
    session = await world.ended()
    assert session.delivered is None
    assert session.doubts == {Doubt.START_MISSING}
    (report,) = await world.doubtful()
    assert report.session == session.id


async def three_times_are_kept_and_five_minutes_are_tolerated(world: World) -> None:
    """7"""
    async with world.station() as station:
        for connector, told in (
            (1, "1970-01-01T00:00:40Z"),
            (2, later(NOW, minutes=5, seconds=1).isoformat()),
            (3, later(NOW, minutes=4, seconds=59).isoformat()),
        ):
            await begun(station, connectorId=connector, timestamp=told)
    clockless, ahead, tolerated = await world.sessions()
    for session in (clockless, ahead):
        assert session.doubts == {Doubt.CLOCK_NOT_TRUSTED}
        assert session.started_at == session.started_received == session.started_corrected == NOW
    assert clockless.started_reported == "1970-01-01T00:00:40Z"
    assert (tolerated.doubts, tolerated.started_at > NOW) == (frozenset(), True)


async def a_start_after_a_lost_line_is_the_same(world: World) -> None:
    """8"""
    async with world.station() as station:
        first = await begun(station)
    world.clock.advance(timedelta(minutes=30))
    async with world.station() as station:
        assert await begun(station) == first
    assert len(await world.sessions()) == 1


async def offline_transactions_are_neither_lost_nor_doubled(world: World) -> None:
    """What nearly all open peers get wrong: a start whose tag is not accepted, and its retry."""
    async with world.station() as station:
        answers = [await station.call("StartTransaction", start(idTag="NOBODY")) for _ in range(3)]
        assert answers == answers[:1] * 3
        assert answers[0]["idTagInfo"]["status"] == "Invalid"
        await station.call("StopTransaction", stop(answers[0]["transactionId"]))
    session = await world.ended()
    assert (session.delivered, session.authorization) == (Energy.wh(10_000), AuthorizationStatus.INVALID)


async def a_session_without_a_stop_ends_as_estimated_until_the_real_one(world: World) -> None:
    async with world.station() as station:
        number = await begun(station)
        await station.call("MeterValues", values("4000", transactionId=number))
        world.clock.advance(timedelta(seconds=1))
        await station.call("StatusNotification", status("Available"))
        world.clock.advance(timedelta(hours=1))
        await world.watch()
        guessed = await world.ended()
        assert (guessed.estimated, guessed.delivered) == (True, Energy.wh(3000))
        await station.call("StopTransaction", stop(number))
    real = await world.ended()
    assert (real.estimated, real.delivered, real.doubts) == (False, Energy.wh(10_000), frozenset())


PLAYS: dict[str, Play] = {
    "1": a_repeated_start_is_the_same,
    "2": the_first_stop_wins,
    "3": an_unknown_transaction_is_answered_and_worked_on,
    "4": a_stop_needs_no_tag,
    "5": a_stop_of_no_number_finds_its_session,
    "6": a_stop_without_a_start_is_a_session_for_review,
    "7": three_times_are_kept_and_five_minutes_are_tolerated,
    "8": a_start_after_a_lost_line_is_the_same,
    "neither may ever happen": offline_transactions_are_neither_lost_nor_doubled,
    "they drop a start whose tag is not accepted": offline_transactions_are_neither_lost_nor_doubled,
    "closed with the last value": a_session_without_a_stop_ends_as_estimated_until_the_real_one,
}
