"""Meter values find their session, or are kept without one (ROBUSTNESS.md, line 14)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emobility_core.charging import ActiveSession, EndedSession, Quality
from emobility_core.energy import Energy

from .messages import at, start, stop, values
from .world import World


@pytest.mark.parametrize("number", [None, -1, 0, 4711, 9223372036854775807, "x"])
async def test_samples_without_a_number_of_ours_go_to_the_session_on_the_connector(
    world: World, number: object
) -> None:
    """Line 14: without a transaction id, or with one that never was."""
    named: dict[str, Any] = {} if number is None else {"transactionId": number}
    async with world.station() as station:
        await station.call("StartTransaction", start(connectorId=1))
        await station.call("StartTransaction", start(connectorId=2, idTag="other"))
        assert await station.call("MeterValues", values("2000", "3000", **named)) == {}
    first, second = await world.sessions()
    assert isinstance(first, ActiveSession)
    assert (first.delivered, len(await world.readings(first.id))) == (Energy.wh(2000), 2)
    assert await world.readings(second.id) == []


async def test_samples_with_the_number_of_a_session_past_go_to_the_one_that_runs(world: World) -> None:
    """Line 14: a dead number; connector and time decide."""
    async with world.station() as station:
        dead = (await station.call("StartTransaction", start(timestamp=at(-90))))["transactionId"]
        await station.call("StopTransaction", stop(dead, meterStop=1500, timestamp=at(-30)))
        await station.call("StartTransaction", start(meterStart=1500))
        await station.call("MeterValues", values("1800", minutes=2, transactionId=dead))
        await station.call("MeterValues", values("1500", minutes=-30, transactionId=dead))
    past, running = await world.sessions()
    assert isinstance(running, ActiveSession)
    assert [one.energy for one in await world.readings(running.id)] == [Energy.wh(1800)]
    assert [one.energy for one in await world.readings(past.id)] == [Energy.wh(1500)]


async def test_samples_after_the_stop_are_added_and_do_not_reopen(world: World) -> None:
    """Line 14."""
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StopTransaction", stop(number))
        await station.call("MeterValues", values("11000", minutes=61, transactionId=number))
    session = await world.ended()
    assert len(await world.readings(session.id)) == 1
    assert (session.delivered, session.doubts) == (Energy.wh(10000), frozenset())


async def test_samples_after_the_stop_that_are_sent_again_are_kept_once(world: World) -> None:
    """Line 14: their answer may be lost like any other."""
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StopTransaction", stop(number))
        for _ in range(2):
            await station.call("MeterValues", values("11000", minutes=61, transactionId=number), id="same")
    session = await world.ended()
    assert len(await world.readings(session.id)) == 1
    assert session.doubts == frozenset()


async def test_samples_outside_any_session_are_kept_without_one(world: World) -> None:
    """Line 14: they do not begin or reopen a session."""
    async with world.station() as station:
        assert await station.call("MeterValues", values("5", "6", transactionId=1936029036)) == {}
    assert await world.sessions() == []
    kept = await world.readings()
    assert [one.energy for one in kept] == [Energy.wh(5), Energy.wh(6)]
    assert all(Quality.NOT_LINKED in one.qualities for one in kept)


async def test_samples_from_before_the_start_stay_without_a_session(world: World) -> None:
    """Line 14: the connector fits, the time does not."""
    async with world.station() as station:
        await station.call("StartTransaction", start())
        await station.call("MeterValues", values("900", minutes=-60))
    assert [one.energy for one in await world.readings()] == [Energy.wh(900)]


async def test_a_time_cut_to_the_second_before_the_start_does_not_part_named_samples(world: World) -> None:
    """Line 14."""
    async with world.station() as station:
        precise = start(timestamp="2026-06-10T11:00:00.900Z")
        number = (await station.call("StartTransaction", precise))["transactionId"]
        sample = {"timestamp": "2026-06-10T11:00:00Z", "sampledValue": [{"value": "1000"}]}
        await station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [sample]})
    session = await world.session()
    assert len(await world.readings(session.id)) == 1


async def test_samples_of_the_stop_are_kept_with_it_verbatim(world: World) -> None:
    """Line 25: signed data often come only then."""
    signed = {"value": "OCMF|{}|{}", "format": "SignedData", "context": "Transaction.End"}
    data = [{"timestamp": at(60), "sampledValue": [signed]}]
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StopTransaction", stop(number, transactionData=data))
    session = await world.ended()
    (reading,) = await world.readings(session.id)
    assert "OCMF|{}|{}" in reading.samples
    assert reading.energy is None


async def test_a_register_that_falls_is_flagged_and_does_not_set_the_session_back(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("MeterValues", values("3000", "0", "3500", transactionId=number))
    session = await world.session()
    assert not isinstance(session, EndedSession)
    assert session.delivered == Energy.wh(2500)
    fell = [Quality.REGISTER_FELL in one.qualities for one in await world.readings(session.id)]
    assert fell == [False, True, False]


async def test_what_is_no_sample_among_samples_is_kept_as_sent(world: World) -> None:
    mixed = values("2000")
    rubbish = ["rubbish", 7, {"timestamp": at(12), "sampledValue": "x"}]
    mixed["meterValue"] += rubbish
    async with world.station() as station:
        assert await station.call("MeterValues", mixed) == {}
        await station.call("MeterValues", {**mixed, "meterValue": rubbish[2:]})
    together, alone = [one.samples for one in await world.readings()][1:]
    assert (json.loads(together), alone) == (rubbish, '"x"')
