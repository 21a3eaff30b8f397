"""Remote starts and stops, from the request to the session (ROBUSTNESS.md, lines 21 and 23)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from emobility_core.charging import ConnectorOccupied, SessionOver, TokenRefused
from emobility_core.commands import Command, CommandStatus, expire_commands
from emobility_core.operations import Operation
from emobility_core.work import Scope, StaleWrite

from .messages import at, boot, start, status, stop
from .wire import WireStation
from .world import CARD, NOW, World, a_world


async def outcome(world: World, command: Command) -> tuple[Command, Operation]:
    async with world.store.transactions(world.scope) as work:
        stored = await work.commands.get(command.id)
        return stored, await work.operations.get(stored.operation)


@asynccontextmanager
async def sending(world: World) -> AsyncIterator[None]:
    """The relay calls the station while the block plays the station's part."""
    relay = asyncio.create_task(world.react())
    yield
    await relay


async def answer_with(station: WireStation, payload: Any, *, to: str) -> list[Any]:
    request = await station.hear()
    assert request[2] == to
    await station.say([3, request[1], payload])
    return request


NEW = {"timestamp": at(120), "meterStart": 7000}


async def test_an_accepted_remote_start_resolves_to_its_session(world: World) -> None:
    """Line 23."""
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            request = await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        assert request[3] == {"connectorId": 1, "idTag": CARD}
        assert (await outcome(world, command))[0].status is CommandStatus.ACCEPTED
        await station.call("StartTransaction", start(**NEW))
        await world.react()
    stored, operation = await outcome(world, command)
    session = await world.session()
    assert (stored.status, stored.session) == (CommandStatus.EFFECTIVE, session.id)
    assert operation.result is not None
    assert "session" in operation.result


async def test_a_start_that_overtakes_its_acceptance_is_the_effect(world: World) -> None:
    """Line 23: some stations begin before they answer."""
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            _, id, *_ = await station.hear()
            await station.call("StartTransaction", start(**NEW))
            await station.say([3, id, {"status": "Accepted"}])
        await world.react()
    assert (await outcome(world, command))[0].status is CommandStatus.EFFECTIVE


async def test_a_replayed_older_start_is_not_the_effect(world: World) -> None:
    """Line 23: the queue of an outage comes while the command waits."""
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        await station.call("StartTransaction", start(timestamp=at(0)))
        await world.react()
        assert (await outcome(world, command))[0].status is CommandStatus.ACCEPTED


@pytest.mark.parametrize(
    ("difference", "asked"), [({"connectorId": 2}, 1), ({"idTag": "other"}, 1), ({"idTag": "other"}, None)]
)
async def test_a_start_elsewhere_or_by_another_tag_is_not_the_effect(
    world: World, difference: dict[str, Any], asked: int | None
) -> None:
    """Line 23."""
    async with world.station() as station:
        command = await world.request_start(asked)
        async with sending(world):
            await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        await station.call("StartTransaction", start(**{**NEW, **difference}))
        await world.react()
    assert (await outcome(world, command))[0].status is CommandStatus.ACCEPTED


async def test_a_start_on_whichever_connector_names_none_and_takes_any(world: World) -> None:
    """Line 23."""
    async with world.station() as station:
        command = await world.request_start(None)
        async with sending(world):
            request = await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        assert request[3] == {"idTag": CARD}
        await station.call("StartTransaction", start(**NEW, connectorId=2))
        await world.react()
    assert (await outcome(world, command))[0].status is CommandStatus.EFFECTIVE


async def test_an_accepted_remote_stop_takes_effect_with_the_stop(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        session = await world.session()
        command = await world.request_stop(session.id)
        async with sending(world):
            request = await answer_with(station, {"status": "Accepted"}, to="RemoteStopTransaction")
        assert request[3] == {"transactionId": number}
        await station.call("StopTransaction", stop(number, reason="Remote"))
        await world.react()
    stored, _ = await outcome(world, command)
    assert (stored.status, stored.session) == (CommandStatus.EFFECTIVE, session.id)


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ([3, {"status": "Rejected"}], CommandStatus.REJECTED, None),
        ([3, {"status": "NotNow"}], CommandStatus.REJECTED, "NotNow"),
        ([3, {}], CommandStatus.REJECTED, "answered without a status"),
        ([3, None], CommandStatus.REJECTED, "answered without a status"),
        ([3], CommandStatus.REJECTED, "answered without a status"),
        ([4, "NotImplemented", "", {}], CommandStatus.NOT_SUPPORTED, "NotImplemented"),
        ([4, "NotSupported", "no", {}], CommandStatus.NOT_SUPPORTED, "NotSupported: no"),
        ([4, "FormationViolation", ""], CommandStatus.REJECTED, "FormationViolation"),
        ([4, "Nonsense", None], CommandStatus.REJECTED, "Nonsense"),
        ([4], CommandStatus.REJECTED, "GenericError"),
    ],
    ids=str,
)
async def test_every_other_answer_has_a_named_outcome(
    world: World, answer: list[Any], status: CommandStatus, detail: str | None
) -> None:
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            _, id, *_ = await station.hear()
            await station.say([answer[0], id, *answer[1:]])
        await station.beats()
    stored, operation = await outcome(world, command)
    assert (stored.status, stored.detail) == (status, detail)
    assert operation.error == f"command-{status.value}"


async def test_an_answer_that_cannot_be_read_fails_its_command_at_once(world: World) -> None:
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            _, id, *_ = await station.hear()
            await station.say(f'[3,"{id}",{{"status":"Acc')
        await station.beats()
    stored, _ = await outcome(world, command)
    assert stored.status is CommandStatus.REJECTED
    assert stored.detail is not None
    assert stored.detail.startswith("FormationViolation")


async def test_a_station_without_a_line_is_offline(world: World) -> None:
    await world.add_station("CP1")
    command = await world.request_start()
    await world.react()
    stored, operation = await outcome(world, command)
    assert (stored.status, operation.error) == (CommandStatus.OFFLINE, "command-offline")


async def test_silence_times_out_and_the_late_answer_is_ignored() -> None:
    async with a_world(answer_within_s=0.05) as world, world.station() as station:
        command = await world.request_start()
        async with sending(world):
            _, late, *_ = await station.hear()
        assert (await outcome(world, command))[0].status is CommandStatus.TIMEOUT
        await station.say([3, late, {"status": "Accepted"}])
        await station.say([4, late, "GenericError", "", {}])
        await station.beats()
        assert (await outcome(world, command))[0].status is CommandStatus.TIMEOUT


async def test_a_late_answer_does_not_count_for_the_next_request() -> None:
    async with a_world(answer_within_s=0.5) as world, world.station() as station:
        await world.request_start()
        async with sending(world):
            _, late, *_ = await station.hear()
        second = await world.request_start(2)
        async with sending(world):
            _, id, *_ = await station.hear()
            await station.say([3, late, {"status": "Accepted"}])
            await station.say([3, id, {"status": "Rejected"}])
        assert (await outcome(world, second))[0].status is CommandStatus.REJECTED


async def test_a_station_that_beats_but_never_answers_is_made_to_connect_anew() -> None:
    """ROBUSTNESS.md, line 16: liveness is an answered call."""
    async with a_world(answer_within_s=0.05) as world, world.station() as station:
        for connector in (1, 2, 3):
            await station.beats()
            await world.request_start(connector)
            async with sending(world):
                await station.hear()
        assert await station.closed_with() == 1001


async def test_an_answer_in_between_shows_that_the_station_hears() -> None:
    """ROBUSTNESS.md, line 16."""
    async with a_world(answer_within_s=0.5) as world, world.station() as station:
        for connector in (1, 2, 3, 4):
            await world.request_start(connector)
            async with sending(world):
                request = await station.hear()
                if connector % 2:
                    await station.say([3, request[1], {"status": "Rejected"}])
        await station.beats()


async def test_a_line_lost_in_the_middle_ends_the_wait_at_once(world: World) -> None:
    async with world.station() as station:
        command = await world.request_start()
        relay = asyncio.create_task(world.react())
        await station.hear()
    await relay
    assert (await outcome(world, command))[0].status is CommandStatus.TIMEOUT


async def test_requests_are_sent_one_after_the_other_and_too_many_are_refused_as_busy(world: World) -> None:
    """Line 21: one in flight each way."""
    async with world.station() as station:
        commands = [await world.request_start(connector) for connector in range(1, 11)]
        sends = [asyncio.create_task(world.lines.send(command)) for command in commands]
        connectors = []
        for _ in range(8):
            request = await station.hear()
            connectors.append(request[3]["connectorId"])
            await station.beats()
            await station.say([3, request[1], {"status": "Rejected"}])
        statuses = [answer.status for answer in await asyncio.gather(*sends)]
    assert connectors == list(range(1, 9))
    assert statuses == [CommandStatus.REJECTED] * 8 + [CommandStatus.BUSY] * 2


async def test_a_command_delivered_twice_is_sent_once(world: World) -> None:
    async with world.station() as station:
        await world.request_start()
        async with sending(world):
            await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        world.reacted = 0
        await world.react()
        await station.beats()


async def test_an_effect_that_never_comes_times_out(world: World) -> None:
    async with world.station() as station:
        command = await world.request_start()
        async with sending(world):
            await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        world.clock.advance(timedelta(minutes=6))
        expired = await expire_commands(
            scope=world.scope, transactions=world.store.transactions, clock=world.clock, ids=world.ids
        )
    assert (expired, (await outcome(world, command))[0].status) == (1, CommandStatus.TIMEOUT)


async def test_commands_time_out_although_a_station_answers_one_at_that_moment(world: World) -> None:
    await world.add_station("CP1")
    answered, late = [await world.request_start(connector) for connector in (1, 2)]
    world.clock.advance(timedelta(minutes=6))
    units = 0

    @asynccontextmanager
    async def contended(scope: Scope) -> AsyncIterator[Any]:
        nonlocal units
        units += 1
        async with world.store.transactions(scope) as work:
            yield work
            if units == 2:
                raise StaleWrite(answered.id)

    bound: dict[str, Any] = {"scope": world.scope, "clock": world.clock, "ids": world.ids}
    assert await expire_commands(transactions=contended, **bound) == 1
    assert (await outcome(world, answered))[0].status is CommandStatus.QUEUED
    assert (await outcome(world, late))[0].status is CommandStatus.TIMEOUT
    assert await expire_commands(transactions=world.store.transactions, **bound) == 1


async def test_refused_tokens_and_occupied_connectors_are_refused_before_the_station_hears(
    world: World,
) -> None:
    await world.add_token("blocked", blocked=True)
    async with world.station() as station:
        await station.call("StartTransaction", start())
        for tag in ("blocked", "nobody"):
            with pytest.raises(TokenRefused):
                await world.request_start(2, tag=tag)
        with pytest.raises(ConnectorOccupied):
            await world.request_start(1)
        await world.react()
        await station.beats()


async def test_a_session_that_is_over_cannot_be_stopped(world: World) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        await station.call("StopTransaction", stop(number))
    with pytest.raises(SessionOver):
        await world.request_stop((await world.session()).id)


async def test_a_connector_called_free_since_the_start_may_be_started_anew(world: World) -> None:
    """A stop may be lost in a reboot; the station knows better whether its connector is free."""
    async with world.station() as station:
        await station.call("StatusNotification", status("Preparing"))
        await station.call("StartTransaction", start(timestamp=at(119)))
        with pytest.raises(ConnectorOccupied):
            await world.request_start()
        world.clock.advance(timedelta(minutes=10))
        await station.call("BootNotification", boot())
        await station.call("StatusNotification", status("Preparing", timestamp=at(130)))
        command = await world.request_start()
        async with sending(world):
            await answer_with(station, {"status": "Accepted"}, to="RemoteStartTransaction")
        await station.call("StartTransaction", start(timestamp=at(131), meterStart=7000))
        await world.react()
    assert (await outcome(world, command))[0].status is CommandStatus.EFFECTIVE
    assert world.clock.now() > NOW


async def test_a_command_past_its_deadline_is_not_sent_any_more(world: World) -> None:
    """The server was away; nobody stands at the connector now."""
    async with world.station() as station:
        command = await world.request_start()
        world.clock.advance(timedelta(minutes=30))
        await world.react()
        assert (await outcome(world, command))[0].status is CommandStatus.TIMEOUT
        await station.beats()
