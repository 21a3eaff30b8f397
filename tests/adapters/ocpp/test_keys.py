"""A station's key is changed over the line: drawn as it is sent, and never lost between the two sides."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from emobility_core.commands import (
    ChangeConfiguration,
    Command,
    CommandStatus,
    KeyByRotation,
    KeyInDoubt,
    MalformedOrder,
    ProfileNotRaised,
    RotateAuthorizationKey,
    StationCertificateMissing,
)
from emobility_core.network import SecurityEvent, SecurityProfile, Station, StationKeyMissing

from .wire import WireStation, basic, connected, opening, shake
from .world import EVERYTHING, Gone, World, a_world

OLD = "0123456789ABCDEF0123456789ABCDEF"


async def kept(world: World) -> Station:
    async with world.store.transactions(world.scope) as work:
        return await work.stations.get(world.stations["CP1"].id)


async def command(world: World, asked: Command) -> Command:
    async with world.store.transactions(world.scope) as work:
        return await work.commands.get(asked.id)


async def events(world: World) -> list[SecurityEvent]:
    async with world.store.transactions(world.scope) as work:
        return await work.security_events.page(EVERYTHING)


async def asked(world: World, station: WireStation, order: Any, answer: Any) -> tuple[str, Command]:
    """Give an order, answer it so (None: not at all), and return the value that was sent."""
    given = await world.ask(order)
    reacting = asyncio.create_task(world.react())
    _, id, action, payload = await station.hear()
    assert action == "ChangeConfiguration"
    if answer is not None:
        await station.say([3, id, {"status": answer}])
    await reacting
    return payload["value"], await command(world, given)


async def opens(world: World, key: str) -> bool:
    """Whether a line opens with this key."""
    header = f"Authorization: {basic('CP1', bytes.fromhex(key))}"
    return (await shake(world.port, opening("/ocpp/CP1", header)))[0] == 101


async def test_an_accepted_key_voids_the_old_one(world: World) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        new, over = await asked(world, station, RotateAuthorizationKey(), "Accepted")
    assert over.status is CommandStatus.EFFECTIVE
    assert len(bytes.fromhex(new)) == 20
    assert not await opens(world, OLD)
    assert await opens(world, new)
    assert "KeyRotated" in [one.type for one in await events(world)]


async def test_the_new_key_is_nowhere_in_the_records(world: World) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        new, over = await asked(world, station, RotateAuthorizationKey(), "Accepted")
    assert new not in repr(over)
    assert new not in repr(await kept(world))
    assert over.order == RotateAuthorizationKey()
    feed = await world.store.feed.after(0, scope=world.scope, limit=10_000)
    assert new not in json.dumps([dict(entry.event.data) for entry in feed])


@pytest.mark.parametrize("answer", ["Rejected", "NotSupported"])
async def test_a_refused_key_leaves_the_old_one(world: World, answer: str) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        new, _ = await asked(world, station, RotateAuthorizationKey(), answer)
        await station.beats()
    assert await opens(world, OLD)
    assert not await opens(world, new)


@pytest.mark.parametrize("first", ["old", "new"])
async def test_without_an_answer_both_count_until_one_is_used(first: str) -> None:
    async with a_world(answer_within_s=0.05) as world:
        await world.add_station("CP1", key=OLD)
        async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
            await station.beats()
            new, over = await asked(world, station, RotateAuthorizationKey(), None)
        assert over.status is CommandStatus.TIMEOUT
        used, void = (OLD, new) if first == "old" else (new, OLD)
        async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(used)) as station:
            await station.beats()
        assert not await opens(world, void)
        assert await opens(world, used)


async def test_while_a_key_is_in_doubt_no_further_one_is_drawn() -> None:
    """Else a station that took the first one would be locked out by the second."""
    async with a_world(answer_within_s=0.05) as world:
        await world.add_station("CP1", key=OLD)
        async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
            await station.beats()
            queued = [await world.ask(RotateAuthorizationKey()) for _ in range(2)]
            reacting = asyncio.create_task(world.react())
            await station.hear()
            await reacting
            assert [(await command(world, one)).status for one in queued] == [
                CommandStatus.TIMEOUT,
                CommandStatus.BUSY,
            ]
            with pytest.raises(KeyInDoubt):
                await world.ask(RotateAuthorizationKey())


@pytest.mark.parametrize("fails", ["gone", "full"])
async def test_a_key_accepted_while_the_database_is_away_opens_the_next_line(
    world: World, fails: str
) -> None:
    """The key was drawn for this one message: nobody could draw it again."""
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        given = await world.ask(RotateAuthorizationKey())
        reacting = asyncio.create_task(world.react())
        _, id, _, payload = await station.hear()
        setattr(world.storage, fails, True)
        await station.say([3, id, {"status": "Accepted"}])
        await reacting
        setattr(world.storage, fails, False)
    assert (await command(world, given)).status is CommandStatus.EFFECTIVE
    new = payload["value"]
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(new)) as station:
        await station.beats()
    assert not await opens(world, OLD)
    assert await opens(world, new)


async def test_a_key_that_cannot_be_kept_is_not_sent(world: World) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        await world.ask(RotateAuthorizationKey())
        world.storage.full = True
        with pytest.raises(Gone):
            await world.react()
        world.storage.full = False
        # The answer is the first thing that is heard: no request stands before it.
        await station.beats()
    assert (await kept(world)).pending_key_digest is None
    assert await opens(world, OLD)


async def test_a_station_without_a_key_gets_its_first_one(world: World) -> None:
    async with world.station() as station:
        new, _ = await asked(world, station, RotateAuthorizationKey(), "Accepted")
    assert (await shake(world.port, opening("/ocpp/CP1")))[0] == 401
    assert await opens(world, new)


async def test_a_station_that_is_away_keeps_its_key(world: World) -> None:
    await world.add_station("CP1", key=OLD)
    given = await world.ask(RotateAuthorizationKey())
    await world.react()
    assert (await command(world, given)).status is CommandStatus.OFFLINE
    assert (await kept(world)).pending_key_digest is None
    assert await opens(world, OLD)


async def test_a_key_is_never_set_as_a_plain_configuration_key(world: World) -> None:
    await world.add_station("CP1", key=OLD)
    with pytest.raises(KeyByRotation):
        await world.ask(ChangeConfiguration(key="authorizationKEY", value="0123456789ABCDEF"))


def _profile(number: Any) -> ChangeConfiguration:
    return ChangeConfiguration(key="SecurityProfile", value=str(number))


async def test_an_accepted_profile_is_awaited_and_counts_from_the_first_line_that_has_it(
    world: World,
) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        sent, over = await asked(world, station, _profile(1), "Accepted")
        assert (sent, over.status) == ("1", CommandStatus.EFFECTIVE)
        await station.beats()  # the line that it came over goes on
    assert (await kept(world)).requested_profile is SecurityProfile.BASIC
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
    station_now = await kept(world)
    assert (station_now.security_profile, station_now.requested_profile) == (SecurityProfile.BASIC, None)


@pytest.mark.parametrize("answer", ["Rejected", "NotSupported"])
async def test_a_refused_profile_leaves_the_old_one(world: World, answer: str) -> None:
    await world.add_station("CP1", key=OLD)
    async with connected(world.port, "/ocpp/CP1", key=bytes.fromhex(OLD)) as station:
        await station.beats()
        await asked(world, station, _profile(2), answer)
    assert (await kept(world)).requested_profile is None
    assert await opens(world, OLD)


async def test_a_profile_is_only_raised_and_only_once_it_can_be_met(world: World) -> None:
    await world.add_station("CP1")
    with pytest.raises(StationKeyMissing):
        await world.ask(_profile(1))
    with pytest.raises(StationCertificateMissing):
        await world.ask(_profile(3))
    with pytest.raises(MalformedOrder):
        await world.ask(_profile("high"))
    await world.add_station("CP2", key=OLD, security_profile=SecurityProfile.TLS)
    for lower in (0, 1, 2):
        with pytest.raises(ProfileNotRaised):
            await world.ask(_profile(lower), of="CP2")
