"""Starts and stops of real stations: recorded once, answered always (ROBUSTNESS.md, lines 1 to 8, 13)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from emobility_core.charging import (
    ActiveSession,
    AuthorizationStatus,
    Doubt,
    DoubtfulReportKind,
    EndedSession,
)
from emobility_core.energy import Energy
from emobility_core.network import ReportKind
from emobility_core.testing.clock import NOON

from .messages import at, boot, start, stop, values
from .world import CARD, NOW, World


async def test_a_repeated_start_gets_the_same_number_and_is_one_session(world: World) -> None:
    """Line 1."""
    async with world.station() as station:
        first = await station.call("StartTransaction", start())
        assert await station.call("StartTransaction", start()) == first
        assert await station.call("StartTransaction", start(idTag=CARD.lower()), id="other") == first
    assert (await world.session()).transaction_id == first["transactionId"]


@pytest.mark.parametrize(
    "difference",
    [{"connectorId": 2}, {"idTag": "other"}, {"timestamp": at(1)}, {"meterStart": 1001}],
)
async def test_a_start_that_differs_is_another_session(world: World, difference: dict[str, object]) -> None:
    """Line 1: station, connector, tag, time and meter make a start."""
    async with world.station() as station:
        first = await station.call("StartTransaction", start())
        second = await station.call("StartTransaction", start(**difference))
    assert first["transactionId"] != second["transactionId"]
    assert len(await world.sessions()) == 2


async def test_the_same_start_at_another_station_is_another_session(world: World) -> None:
    """Line 1."""
    async with world.station("CP1") as one, world.station("CP2") as other:
        first, second = await asyncio.gather(
            one.call("StartTransaction", start()), other.call("StartTransaction", start())
        )
    assert first["transactionId"] != second["transactionId"]


async def test_a_start_repeated_after_its_stop_is_still_the_same_session(world: World) -> None:
    """Line 1, with a clock: a replay from the queue never begins anew."""
    async with world.station() as station:
        first = await station.call("StartTransaction", start())
        await station.call("StopTransaction", stop(first["transactionId"]))
        assert await station.call("StartTransaction", start()) == first
    await world.ended()


async def test_the_first_stop_wins_and_later_ones_are_kept_as_repeats(world: World) -> None:
    """Line 2: the same stop again changes nothing and is priced once."""
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        for _ in range(3):
            assert await station.call("StopTransaction", stop(number)) == {}
    session = await world.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(10000), frozenset())
    assert [report.kind for report in await world.reports()] == [ReportKind.REPEATED_STOP] * 2
    feed = await world.store.feed.after(0, scope=world.scope, limit=100, types=["session.ended"])
    assert len(feed) == 1


async def test_a_different_second_stop_only_raises_a_doubt(world: World) -> None:
    """Line 2."""
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StopTransaction", stop(number))
        await station.call("StopTransaction", stop(number, meterStop=99000, timestamp=at(70)))
    session = await world.ended()
    assert (session.delivered, session.doubts) == (Energy.wh(10000), frozenset({Doubt.STOPS_DISAGREE}))


async def test_a_repeated_stop_does_not_disagree_where_readings_told_better(world: World) -> None:
    """Line 2: the end kept is not the meterStop sent, and the repeat is a repeat all the same."""
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("MeterValues", values("4000", transactionId=number))
        for _ in range(2):
            await station.call("StopTransaction", stop(number, meterStop=1000))
    assert (await world.ended()).doubts == {Doubt.ENERGY_FROM_READINGS}


async def test_a_stop_of_an_unknown_transaction_is_answered_and_proposed_to_sessions(world: World) -> None:
    """Line 3: never a CALLERROR; a worked queue with proposals."""
    async with world.station() as station:
        await station.call("StartTransaction", start())
        running = await world.session()
        for _ in range(2):
            assert await station.call("StopTransaction", stop(4711)) == {}
        await station.beats()
    (doubtful,) = await world.doubtful()
    assert doubtful.kind is DoubtfulReportKind.STOP_WITHOUT_SESSION
    assert doubtful.proposals == (running.id,)
    assert doubtful.content["transactionId"] == 4711
    states = {one.id: type(one) for one in await world.sessions()}
    assert states == {running.id: ActiveSession, doubtful.session: EndedSession}


async def test_a_stop_needs_no_tag_and_one_that_has_it_hears_of_it(world: World) -> None:
    """Line 4."""
    async with world.station() as station:
        one = (await station.call("StartTransaction", start()))["transactionId"]
        assert await station.call("StopTransaction", stop(one)) == {}
        other = (await station.call("StartTransaction", start(timestamp=at(90))))["transactionId"]
        answer = await station.call("StopTransaction", stop(other, idTag=CARD, timestamp=at(99)))
        assert answer == {"idTagInfo": {"status": "Accepted"}}
    assert {one.stop_reason for one in await world.sessions() if isinstance(one, EndedSession)} == {"Local"}


@pytest.mark.parametrize("number", [-1, 0, 9223372036854775807, -3, None, "", "none"])
async def test_a_stop_without_a_number_of_ours_ends_the_session_it_fits(world: World, number: object) -> None:
    """Line 5: by connector, tag, time and meter."""
    async with world.station() as station:
        await station.call("StartTransaction", start(connectorId=1))
        await station.call("StartTransaction", start(connectorId=2, idTag="other", meterStart=5000))
        payload = {"transactionId": number, "idTag": CARD, "meterStop": 3000, "timestamp": at(60)}
        await station.call("StopTransaction", payload)
    ended = [one for one in await world.sessions() if isinstance(one, EndedSession)]
    assert [(one.connector, one.delivered) for one in ended] == [(1, Energy.wh(2000))]
    assert not await world.doubtful()


async def test_a_stop_that_fits_several_sessions_ends_none_and_is_reviewed(world: World) -> None:
    """Line 5: a guess is made only where there is one answer."""
    async with world.station() as station:
        for connector in (1, 2):
            await station.call("StartTransaction", start(connectorId=connector))
        await station.call("StopTransaction", stop(-1, idTag=CARD))
    (doubtful,) = await world.doubtful()
    assert len(doubtful.proposals) == 2


async def test_a_guess_without_the_tag_is_marked(world: World) -> None:
    """Lines 4 and 5."""
    async with world.station() as station:
        await station.call("StartTransaction", start())
        await station.call("StopTransaction", stop(-1))
    assert (await world.ended()).doubts == {Doubt.STOP_MATCHED_BY_GUESS}


async def test_a_stop_without_any_start_is_a_one_sided_session_for_review(world: World) -> None:
    """Line 6."""
    async with world.station() as station:
        assert await station.call("StopTransaction", stop(12, idTag=CARD)) == {
            "idTagInfo": {"status": "Accepted"}
        }
    session = await world.ended()
    assert (session.meter_stop, session.delivered) == (Energy.wh(11000), None)
    assert Doubt.START_MISSING in session.doubts
    assert [one.session for one in await world.doubtful()] == [session.id]


@pytest.mark.parametrize(
    ("told", "trusted"),
    [
        ("1970-01-01T00:00:40Z", False),
        ("2000-01-01T00:00:00.000Z", False),
        (at(126), False),
        (at(60 * 24 * 365), False),
        ("yesterday", False),
        (None, False),
        ("0001-01-01T00:00:00+14:00", False),
        (at(124), True),
        (at(-3 * 24 * 60), True),
    ],
)
async def test_absurd_times_are_kept_and_flagged_and_the_receipt_counts(
    world: World, told: str | None, trusted: bool
) -> None:
    """Line 7: station time, receipt time and corrected time; tolerance five minutes."""
    payload = start() if told is None else start(timestamp=told)
    if told is None:
        del payload["timestamp"]
    async with world.station() as station:
        await station.call("StartTransaction", payload)
    session = await world.session()
    assert (session.started_reported, session.started_received) == (told, NOW)
    assert (session.started_at == NOW, Doubt.CLOCK_NOT_TRUSTED in session.doubts) == (
        not trusted,
        not trusted,
    )


async def test_without_a_clock_one_message_is_one_start_and_another_message_another(world: World) -> None:
    """Lines 1 and 7: 1970 tells the same time after each boot."""
    clockless = start(timestamp="1970-01-01T00:00:40Z", meterStart=0)
    async with world.station() as station:
        await station.call("BootNotification", boot())
        one = await station.call("StartTransaction", clockless, id="m1")
        assert await station.call("StartTransaction", clockless, id="m1") == one
        await station.call("StopTransaction", stop(one["transactionId"], timestamp="1970-01-01T01:00:00Z"))
        await station.call("BootNotification", boot())
        other = await station.call("StartTransaction", clockless, id="m1")
        assert other["transactionId"] != one["transactionId"]
    first, second = await world.sessions()
    assert isinstance(first, EndedSession)
    assert isinstance(second, ActiveSession)


async def test_without_a_clock_a_start_after_its_stop_is_new_and_repeats_safely(world: World) -> None:
    """Lines 1 and 7: never merged with the session that has ended, and never made twice."""
    clockless = start(timestamp="1970-01-01T00:00:40Z")
    numbers = []
    async with world.station() as station:
        for _ in range(3):
            answer = await station.call("StartTransaction", clockless, id="m1")
            assert await station.call("StartTransaction", clockless, id="m1") == answer
            await station.call("StopTransaction", stop(answer["transactionId"]))
            numbers.append(answer["transactionId"])
    assert len(set(numbers)) == 3
    doubted = [Doubt.STARTED_AGAIN_AFTER_STOP in one.doubts for one in await world.sessions()]
    assert doubted == [False, True, True]


async def test_a_start_resent_on_the_next_line_is_the_same_session(world: World) -> None:
    """Line 8: the link was lost before the answer came; the original time identifies it."""
    async with world.station() as station:
        first = await station.call("StartTransaction", start())
    world.clock.advance(timedelta(minutes=30))
    async with world.station() as station:
        assert await station.call("StartTransaction", start(), id="new id") == first
    assert (await world.session()).started_at == NOON.replace(microsecond=0)


@pytest.mark.parametrize(
    ("first", "last", "delivered", "doubts"),
    [
        (108178, 125178, 17000, set()),
        (0, 5200, 5200, set()),
        (5000, 100, None, {Doubt.METER_WENT_BACKWARDS}),
        (1000, 1000, 0, set()),
        (0, 2_000_000_000, 2_000_000_000, {Doubt.ENERGY_IMPLAUSIBLE}),
    ],
)
async def test_energy_is_the_difference_within_one_session_whatever_the_meter_counts(
    world: World, first: int, last: int, delivered: int | None, doubts: set[Doubt]
) -> None:
    """Line 13: lifetime, per boot or per session; a reset makes it unknown, never negative."""
    async with world.station() as station:
        answer = await station.call("StartTransaction", start(meterStart=first))
        await station.call("StopTransaction", stop(answer["transactionId"], meterStop=last))
    session = await world.ended()
    assert session.delivered == (None if delivered is None else Energy.wh(delivered))
    assert session.doubts == doubts


async def test_a_meter_that_begins_anew_with_each_session_never_counts_across(world: World) -> None:
    """Line 13."""
    async with world.station() as station:
        for number, last in enumerate((5200, 7100)):
            begin, end = at(number * 100 - 300), at(number * 100 - 240)
            answer = await station.call("StartTransaction", start(meterStart=0, timestamp=begin))
            await station.call(
                "StopTransaction", stop(answer["transactionId"], meterStop=last, timestamp=end)
            )
    assert [one.delivered for one in await world.sessions()] == [Energy.wh(5200), Energy.wh(7100)]


@pytest.mark.parametrize("tag", ["unknown", "blocked", "expired"])
async def test_a_refused_tag_gets_a_number_all_the_same_and_its_session_is_recorded(
    world: World, tag: str
) -> None:
    """Start.conf needs a transaction id even when the tag is refused (OCPP 1.6, 6.46)."""
    await world.add_token("blocked", blocked=True)
    async with world.station() as station:
        answer = await station.call("StartTransaction", start(idTag=tag))
        assert answer["transactionId"] > 0
        refusal = "Blocked" if tag == "blocked" else "Invalid"
        assert answer["idTagInfo"]["status"] == refusal
        await station.call("StopTransaction", stop(answer["transactionId"], reason="DeAuthorized"))
    session = await world.ended()
    assert session.authorization is AuthorizationStatus(refusal)


async def test_a_card_blocked_since_was_good_then(world: World) -> None:
    """An offline start counts by its own time."""
    await world.add_token("card", blocked=True, blocked_since=NOON)
    async with world.station() as station:
        then = await station.call("StartTransaction", start(idTag="card", timestamp=at(-60)))
        now = await station.call("StartTransaction", start(idTag="card", timestamp=at(1)))
    assert (then["idTagInfo"]["status"], now["idTagInfo"]["status"]) == ("Accepted", "Blocked")


async def test_a_tag_with_the_readers_serial_number_is_the_tag(world: World) -> None:
    async with world.station() as station:
        answer = await station.call("Authorize", {"idTag": f"{CARD}_77"})
    assert answer == {"idTagInfo": {"status": "Accepted"}}


async def test_a_real_stop_reopens_an_estimated_end(world: World) -> None:
    async with world.station() as station:
        one = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("MeterValues", values("2000", transactionId=one))
        await station.call("StartTransaction", start(timestamp=at(4), meterStart=2500))
        (estimated,) = [one for one in await world.sessions() if isinstance(one, EndedSession)]
        assert (estimated.delivered, estimated.doubts) == (Energy.wh(1000), frozenset({Doubt.STOP_ESTIMATED}))
        await station.call("StopTransaction", stop(one, meterStop=2500, timestamp=at(3)))
    (ended,) = [one for one in await world.sessions() if isinstance(one, EndedSession)]
    assert (ended.delivered, ended.doubts, ended.estimated) == (Energy.wh(1500), frozenset(), False)
