"""Over the real socket: each answer stands with the request that it answers, and no secret with either."""

from __future__ import annotations

import asyncio
from typing import Any

from emobility_core.network import Exchange, ExchangeOutcome

from .wire import WireStation
from .world import World, a_world


def exchanges(world: World, action: str | None) -> list[Exchange]:
    return [one for one in world.frames.exchanges.values() if one.action == action]


async def refused(station: WireStation) -> list[Any]:
    """Refuse the next request, and wait until that has been read."""
    call = await station.hear()
    await station.say([4, call[1], "NotSupported", "", {}])
    await station.beats()
    return call


async def test_repeated_message_ids_pair_in_their_order(world: World) -> None:
    """ROBUSTNESS.md: some firmware repeats "unique" message ids."""
    async with world.station() as station:
        for _ in range(3):
            await station.call("Heartbeat", {}, id="same")
        await station.ask("Unheard", {}, id="same")
    beats = [one for one in exchanges(world, "Heartbeat") if one.message_id == "same"]
    assert len(beats) == 3
    assert all(one.answer is not None and one.answer.startswith('[3,"same"') for one in beats)
    (unheard,) = exchanges(world, "Unheard")
    assert (unheard.outcome, unheard.inbound) == (ExchangeOutcome.ERROR, True)


async def test_an_answer_to_us_stands_with_what_we_asked(world: World) -> None:
    async with world.station() as station:
        await world.request_start()
        asking = asyncio.create_task(world.react())
        call = await refused(station)
        await asking
    (asked,) = exchanges(world, "RemoteStartTransaction")
    assert (asked.inbound, asked.message_id) == (False, call[1])
    assert asked.outcome is ExchangeOutcome.ERROR
    assert asked.answer is not None
    assert "NotSupported" in asked.answer


async def test_an_answer_that_comes_too_late_still_stands_with_its_request() -> None:
    async with a_world(answer_within_s=0.05) as world, world.station() as station:
        await world.request_start()
        await world.react()
        call = await station.hear()
        (silent,) = exchanges(world, "RemoteStartTransaction")
        assert silent.outcome is ExchangeOutcome.NONE
        await station.say([3, call[1], {"status": "Accepted"}])
        await station.beats()
        (late,) = exchanges(world, "RemoteStartTransaction")
        assert late.outcome is ExchangeOutcome.RESULT


async def test_what_answers_nothing_and_what_cannot_be_read_stand_alone(world: World) -> None:
    async with world.station() as station:
        await station.say([3, "nobody-asked", {}])
        await station.say("no JSON")
        assert (await station.hear())[0] == 4
    answer, garbled = exchanges(world, None)
    assert (answer.message_id, answer.answer) == ("nobody-asked", None)
    assert garbled.request == "no JSON"
    assert garbled.outcome is ExchangeOutcome.ERROR


async def test_an_endless_action_is_cut_short(world: World) -> None:
    async with world.station() as station:
        await station.ask("A" * 5000, {})
    assert exchanges(world, "A" * 50)


async def test_secrets_are_masked_in_the_log_alone(world: World) -> None:
    async with world.station() as station:
        told = {"vendorId": "v", "data": "wifi_password=hunter2"}
        await station.call("DataTransfer", told)
    (kept,) = exchanges(world, "DataTransfer")
    assert "hunter2" not in kept.request
    assert "wifi_password=***" in kept.request
    assert all("hunter2" not in frame for frame in world.frames_of())
