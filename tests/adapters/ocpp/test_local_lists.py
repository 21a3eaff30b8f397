"""What stations may decide by themselves: lists that follow the tokens, and caches that forget."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryListedTokens
from emobility_core.commands import SendLocalList, queue_command
from emobility_core.configuration import ReportedKey
from emobility_core.customers import IdTag, Token
from emobility_core.ids import EventId, TenantId, shown
from emobility_core.instants import Period
from emobility_core.local_authorization import (
    LocalList,
    NoLocalListKept,
    clear_caches,
    keeps_cache,
    send_local_lists,
    sync_list,
)
from emobility_core.network import LocalListPolicy
from emobility_core.testing.builders import later, make_configuration, make_token
from emobility_core.work import Event, Page

from .test_commands import answer_with, sending
from .wire import WireStation
from .world import CARD, EVERYWHERE, NOW, World

ACCEPTED = {"status": "Accepted"}


async def publish(world: World, kind: str, **data: str) -> None:
    at = world.clock.now()
    event = Event(
        id=EventId(world.ids.uuid7(at)),
        tenant=TenantId(world.root.id),
        type=kind,
        subject=next(iter(data.values())),
        at=at,
        data=data,
    )
    async with world.store.transactions(world.scope) as work:
        work.outbox.publish(event)
    await world.react()


async def listed(world: World, identity: str = "CP1", policy: LocalListPolicy = LocalListPolicy.ALL) -> None:
    """Let a station have a local list, or none."""
    if identity not in world.stations:
        await world.add_station(identity)
    async with world.store.transactions(world.scope) as work:
        station = await work.stations.get(world.stations[identity].id)
        world.stations[identity] = await work.stations.replace(attrs.evolve(station, local_list=policy))
    await publish(world, "station.changed", station=shown("sta", station.id))


async def add(world: World, tag: str, **changes: Any) -> Token:
    token = make_token(tenant=TenantId(world.root.id), id_tag=IdTag(tag), **changes)
    async with world.store.transactions(world.scope) as work:
        await work.tokens.add(token)
    await publish(world, "token.created", token=shown("tok", token.id))
    return token


async def block(world: World, token: Token) -> None:
    async with world.store.transactions(world.scope) as work:
        await work.tokens.replace(attrs.evolve(token, blocked=True, blocked_since=world.clock.now()))
    await publish(world, "token.blocked", token=shown("tok", token.id))


async def look(world: World) -> int:
    """What the server does every few seconds."""
    bound: dict[str, Any] = {
        "scope": EVERYWHERE,
        "reading": world.store.transactions,
        "transactions": world.store.transactions,
        "clock": world.clock,
        "ids": world.ids,
    }
    tokens = MemoryListedTokens(world.store)
    return await clear_caches(**bound) + await send_local_lists(tokens=tokens, **bound)


async def sent(world: World, station: WireStation, answer: Any = ACCEPTED) -> dict[str, Any]:
    """What the station is sent by the next look, which it answers."""
    await look(world)
    async with sending(world):
        request = await answer_with(station, answer, to="SendLocalList")
    payload: dict[str, Any] = request[3]
    return payload


async def in_step(world: World, station: WireStation) -> LocalList:
    """Everything has been sent, and nothing is left to be said."""
    await look(world)
    await world.react()
    await station.beats()
    kept = await the_list(world)
    assert (kept.command, kept.error) == (None, None)
    return kept


async def the_list(world: World, identity: str = "CP1") -> LocalList:
    async with world.store.transactions(world.scope) as work:
        kept = await work.local_lists.find(world.stations[identity].id)
    assert kept is not None
    return kept


def tags(payload: dict[str, Any]) -> list[str]:
    return [entry["idTag"] for entry in payload["localAuthorizationList"]]


async def types(world: World) -> list[str]:
    feed = await world.store.feed.after(0, scope=world.scope, limit=1000)
    return [one.event.type for one in feed if one.event.type.startswith("local_list.")]


async def test_a_list_is_sent_whole_once_and_then_follows_by_differences(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        until = later(NOW, days=1)
        await add(world, "04FLEET1", parent=IdTag("FLEET"), validity=Period(until=until))
        whole = await sent(world, station)
        assert (whole["listVersion"], whole["updateType"]) == (1, "Full")
        assert whole["localAuthorizationList"] == [
            {"idTag": CARD, "idTagInfo": {"status": "Accepted"}},
            {
                "idTag": "04FLEET1",
                "idTagInfo": {
                    "status": "Accepted",
                    "parentIdTag": "FLEET",
                    "expiryDate": "2026-06-11T14:00:00.123Z",
                },
            },
        ]
        assert (await in_step(world, station)).synced_at == NOW
        await add(world, "04NEW001")
        difference = await sent(world, station)
        assert (difference["listVersion"], difference["updateType"]) == (2, "Differential")
        assert tags(difference) == ["04NEW001"]
        kept = await in_step(world, station)
    assert (kept.held_version, kept.acknowledged_at) == (2, NOW)
    assert kept.held is not None
    assert set(kept.held) == {CARD, "04FLEET1", "04NEW001"}
    assert await types(world) == ["local_list.synced", "local_list.synced"]


async def test_a_lost_card_is_off_all_lists_that_are_online_at_the_next_look_and_off_others_on_return(
    world: World,
) -> None:
    await world.add_token("04OTHER1")
    lost = await add(world, "04LOST01")
    async with world.station("CP1") as one:
        async with world.station("CP2") as other:
            for identity, line in (("CP1", one), ("CP2", other)):
                await listed(world, identity)
                assert len(tags(await sent(world, line))) == 3
        await world.event("station.offline")
        await look(world)
        await world.react()
        await block(world, lost)
        await look(world)
        async with sending(world):
            await answer_with(one, ACCEPTED, to="ClearCache")
            request = await answer_with(one, ACCEPTED, to="SendLocalList")
        assert request[3]["updateType"] == "Differential"
        assert request[3]["localAuthorizationList"] == [
            {"idTag": "04LOST01", "idTagInfo": {"status": "Blocked"}}
        ]
        await in_step(world, one)
        async with world.station("CP2") as other:
            await look(world)
            async with sending(world):
                await answer_with(other, ACCEPTED, to="ClearCache")
                request = await answer_with(other, ACCEPTED, to="SendLocalList")
    assert tags(request[3]) == ["04LOST01"]
    assert await look(world) == 0


@pytest.mark.parametrize("word", ["VersionMismatch", "Failed"])
async def test_after_a_difference_that_was_not_taken_the_whole_is_sent(world: World, word: str) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station)
        await in_step(world, station)
        await add(world, "04NEW001")
        assert (await sent(world, station, {"status": word}))["updateType"] == "Differential"
        assert (await the_list(world)).error is not None
        whole = await sent(world, station)
        assert (whole["listVersion"], whole["updateType"]) == (3, "Full")
        assert tags(whole) == [CARD, "04NEW001"]
        await in_step(world, station)
    assert await types(world) == ["local_list.synced", "local_list.failed", "local_list.synced"]


async def test_a_whole_that_fails_is_told_and_tried_again_later(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station, {"status": "Failed"})
        assert await look(world) == 0
        assert (await the_list(world)).error == "failed"
        world.clock.advance(timedelta(minutes=1))
        assert (await sent(world, station))["updateType"] == "Full"
        await in_step(world, station)


async def test_a_station_without_lists_is_asked_once(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station, {"status": "NotSupported"})
        world.clock.advance(timedelta(days=3))
        assert await look(world) == 0
        assert (await the_list(world)).error == "not_supported"
        assert await types(world) == ["local_list.failed"]


async def test_a_long_list_comes_in_messages_that_the_station_takes_and_no_longer_than_it_holds(
    world: World,
) -> None:
    for number in range(9):
        await world.add_token(f"04000{number}")
    async with world.station() as station:
        await world.add_token("04BLOCK1", blocked=True)
        keys = {"SendLocalListMaxLength": "4", "LocalAuthListMaxLength": "10"}
        configuration = make_configuration(
            tenant=TenantId(world.root.id),
            station=world.stations["CP1"].id,
            reported=tuple(ReportedKey(key=key, value=value, at=NOW) for key, value in keys.items()),
        )
        async with world.store.transactions(world.scope) as work:
            await work.station_configurations.add(configuration)
        await listed(world)
        parts = [await sent(world, station) for _ in range(3)]
        assert [part["updateType"] for part in parts] == ["Full", "Differential", "Differential"]
        assert [part["listVersion"] for part in parts] == [1, 2, 3]
        assert [len(tags(part)) for part in parts] == [4, 4, 2]
        kept = await in_step(world, station)
    assert kept.held is not None
    assert set(kept.held) == {CARD, *(f"04000{number}" for number in range(9))}


async def test_the_version_is_asked_for_daily_and_a_list_that_was_lost_is_sent_whole(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station)
        await in_step(world, station)
        for told, expected in ((1, None), (0, "Full")):
            world.clock.advance(timedelta(days=1))
            await look(world)
            async with sending(world):
                await answer_with(station, {"listVersion": told}, to="GetLocalListVersion")
            if expected is None:
                await in_step(world, station)
            else:
                assert (await sent(world, station))["updateType"] == expected
                await in_step(world, station)


async def test_the_clock_alone_changes_a_list(world: World) -> None:
    async with world.station() as station:
        await world.add_token("04LATER1", validity=Period(since=later(NOW, hours=1)))
        await listed(world)
        assert tags(await sent(world, station)) == [CARD]
        await in_step(world, station)
        world.clock.advance(timedelta(hours=1))
        assert tags(await sent(world, station)) == ["04LATER1"]
        await in_step(world, station)


async def test_a_list_that_is_not_to_be_kept_any_more_is_emptied(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station)
        await in_step(world, station)
        await listed(world, policy=LocalListPolicy.NONE)
        assert (await sent(world, station))["localAuthorizationList"] == []
        kept = await in_step(world, station)
    assert (kept.held, kept.due_at) == ({}, None)


async def test_a_sync_checks_the_version_or_sends_the_whole_anew(world: World) -> None:
    async with world.station() as station:
        with pytest.raises(NoLocalListKept):
            await sync(world)
        await listed(world)
        await sent(world, station)
        await in_step(world, station)
        await sync(world)
        await look(world)
        async with sending(world):
            await answer_with(station, {"listVersion": 1}, to="GetLocalListVersion")
        await in_step(world, station)
        await sync(world, whole=True)
        assert (await sent(world, station))["updateType"] == "Full"
        await in_step(world, station)


async def sync(world: World, *, whole: bool = False) -> None:
    async with world.store.transactions(world.scope) as work:
        await sync_list(world.stations["CP1"].id, whole=whole, work=work, at=world.clock.now(), ids=world.ids)


async def test_a_change_while_an_order_is_under_way_is_not_lost(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await look(world)
        async with sending(world):
            _, id, *_ = await station.hear()
            async with world.store.transactions(world.scope) as work:
                await work.tokens.add(make_token(tenant=TenantId(world.root.id), id_tag=IdTag("04MEAN01")))
                await work.local_lists.mark(world.root.path, at=world.clock.now())
            await station.say([3, id, ACCEPTED])
        assert tags(await sent(world, station)) == ["04MEAN01"]
        await in_step(world, station)


async def test_a_station_that_keeps_no_cache_is_not_asked_to_clear_it(world: World) -> None:
    lost = await add(world, "04LOST01")
    async with world.station() as station:
        told = ReportedKey(key="AuthorizationCacheEnabled", value="false", at=NOW)
        configuration = make_configuration(
            tenant=TenantId(world.root.id), station=world.stations["CP1"].id, reported=(told,)
        )
        async with world.store.transactions(world.scope) as work:
            await work.station_configurations.add(configuration)
        await block(world, lost)
        assert await look(world) == 1
        await world.react()
        await station.beats()
        assert await look(world) == 0
    async with world.store.transactions(world.scope) as work:
        assert await work.commands.page(Page()) == []


async def test_a_cache_is_cleared_again_where_the_first_order_got_no_answer(world: World) -> None:
    lost = await add(world, "04LOST01")
    async with world.station() as station:
        await block(world, lost)
        assert await look(world) == 1
        async with world.store.transactions(world.scope) as work:
            (command,) = await work.commands.page(Page())
            await work.commands.replace(attrs.evolve(command, deadline=later(NOW, minutes=-1)))
        await world.react()
        assert await look(world) == 1
        async with sending(world):
            await answer_with(station, {"status": "Rejected"}, to="ClearCache")
        assert await look(world) == 0


async def test_after_a_list_that_somebody_else_has_sent_ours_is_sent_whole(world: World) -> None:
    async with world.station() as station:
        await listed(world)
        await sent(world, station)
        await in_step(world, station)
        async with world.store.transactions(world.scope) as work:
            known = await work.stations.get(world.stations["CP1"].id)
            order = SendLocalList(version=77, full=True)
            await queue_command(work, order, station=known, at=world.clock.now(), ids=world.ids)
        async with sending(world):
            await answer_with(station, ACCEPTED, to="SendLocalList")
        assert (await sent(world, station))["updateType"] == "Full"
        await in_step(world, station)


@pytest.mark.parametrize(
    ("told", "unknown", "keeps"),
    [
        ("true", (), True),
        ("False", (), False),
        (None, ("authorizationcacheenabled",), False),
        (None, (), True),
    ],
)
def test_whether_a_station_keeps_a_cache_is_what_it_has_told(
    told: str | None, unknown: tuple[str, ...], keeps: bool
) -> None:
    key = ReportedKey(key="AuthorizationCacheEnabled", value=told, at=NOW)
    reported = () if told is None else (key,)
    assert keeps_cache(make_configuration(reported=reported, unknown=unknown)) is keeps
    assert keeps_cache(None)
