"""Unknown stations in quarantine: seen, told to wait, and nothing they report is lost or believed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import attrs
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emobility_adapters.ocpp.quarantine import Limits
from emobility_core.network import (
    LONGEST_FRAME_KEPT,
    QuarantinedStation,
    adopt,
    dismiss,
    key_bytes,
)
from emobility_core.testing.builders import make_station
from emobility_core.work import Event

from .wire import WireStation, basic, connected, opening, shake
from .world import CARD, EVERYTHING, NOW, World, a_world, digest

BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}
START = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": "2026-06-10T12:00:00Z"}
STOP = {"transactionId": 1, "meterStop": 9, "timestamp": "2026-06-10T13:00:00Z"}
VALUES = {
    "connectorId": 1,
    "meterValue": [{"timestamp": STOP["timestamp"], "sampledValue": [{"value": "1"}]}],
}
KEY = "0123456789ABCDEF0123456789ABCDEF"
AT_ONCE = Limits(again_after_s=0, barred_for_s=0)


@pytest.fixture
async def open_world() -> AsyncIterator[World]:
    """A world that lets strangers in, as often as they like."""
    async with a_world(strangers=AT_ONCE) as made:
        yield made


async def _quarantined(world: World) -> list[QuarantinedStation]:
    async with world.store.transactions(world.scope) as work:
        return await work.quarantined_stations.page(EVERYTHING)


async def _only(world: World) -> QuarantinedStation:
    (one,) = await _quarantined(world)
    return one


async def _events(world: World) -> list[Event]:
    entries = await world.store.feed.after(0, scope=world.scope, limit=1000)
    return [entry.event for entry in entries if entry.event.type.startswith("quarantined_station.")]


async def _heed(world: World) -> None:
    """Tell the endpoint what has happened, as the tail of the feed does."""
    assert world.quarantine is not None
    for event in await _events(world):
        world.quarantine.heed(event)


async def _adopt(world: World, *, keep_key: bool = False) -> None:
    quarantined = await _only(world)
    key = quarantined.key_digest if keep_key else None
    station = make_station(tenant=world.root.id, identity=quarantined.identity, key_digest=key)
    async with world.store.transactions(world.scope) as work:
        await work.stations.add(station)
        await adopt(quarantined, station, work=work, at=NOW, ids=world.ids)
    world.stations["NEW"] = station
    await _heed(world)


async def _refused(line: WireStation, action: str, payload: Any) -> None:
    answer = await line.ask(action, payload)
    assert (answer[0], answer[2]) == (4, "SecurityError")


async def test_a_stranger_is_told_to_wait_and_is_seen_with_what_it_sent(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        answer = await line.call("BootNotification", BOOT)
        assert answer["status"] == "Pending"
        assert answer["interval"] > 0
        seen = await _only(open_world)
        assert (seen.identity.text, seen.remote_address) == ("NEW", "127.0.0.1")
        assert (seen.created_at, seen.last_seen_at, seen.lines) == (NOW, NOW, 1)
        assert seen.boot is not None
        assert (seen.boot.vendor, seen.boot.model, seen.boot.firmware) == ("V", "M", "1")
        assert [json.loads(one.frame)[3] for one in seen.frames] == [BOOT]
        assert seen.key_digest is None
        await _refused(line, "Heartbeat", {})
        await _refused(line, "Authorize", {"idTag": CARD})
        await _refused(line, "DataTransfer", {"vendorId": "V"})
        await _refused(line, "Invented", {})
    (created,) = await _events(open_world)
    assert created.type == "quarantined_station.created"
    assert created.data["identity"] == "NEW"


async def test_what_it_says_of_its_passwords_is_not_kept(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        await line.call("BootNotification", {**BOOT, "password": "open sesame"})
        (seen,) = (await _only(open_world)).frames
        assert json.loads(seen.frame)[3] == {**BOOT, "password": "***"}


async def test_what_it_said_last_is_there_once_its_line_has_ended() -> None:
    async with a_world(strangers=attrs.evolve(AT_ONCE, frames=34)) as world:
        async with connected(world.port, "/ocpp/NEW") as line:
            await _refused(line, "Heartbeat", {})
            await line.say("no JSON at all " + "x" * 3000)
            await line.say([3, "no-question", {}])
            for _ in range(30):
                await _refused(line, "Heartbeat", {})
            await line.say([2, "1", "Heartbeat", {}])
            assert await line.closed_with() == 1013
        async with connected(world.port, "/ocpp/new") as line:
            await line.call("BootNotification", BOOT)
            seen = await _only(world)
    assert seen.lines == 2
    assert seen.boot is not None
    assert len(seen.frames) == 20
    assert all(len(one.frame) <= LONGEST_FRAME_KEPT for one in seen.frames)


@pytest.mark.parametrize(
    ("action", "payload"), [("StartTransaction", START), ("StopTransaction", STOP), ("MeterValues", VALUES)]
)
async def test_reports_of_sessions_are_left_to_the_station(
    open_world: World, action: str, payload: Any
) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        await line.call("BootNotification", BOOT)
        await line.say([2, "1", action, payload])
        assert await line.closed_with() == 1013
    seen = await _only(open_world)
    assert seen.withheld == 1
    assert json.loads(seen.frames[-1].frame)[2] == action
    assert await open_world.sessions() == []
    assert await open_world.doubtful() == []


async def test_once_adopted_it_delivers_what_it_has_kept_exactly_once(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        await line.call("BootNotification", BOOT)
        await line.say([2, "1", "StartTransaction", START])
        await line.closed_with()
    await _adopt(open_world)
    assert await _quarantined(open_world) == []
    async with connected(open_world.port, "/ocpp/NEW") as line:
        assert (await line.call("BootNotification", BOOT))["status"] == "Accepted"
        first = await line.call("StartTransaction", START, id="1")
        assert await line.call("StartTransaction", START, id="1") == first
    assert len(await open_world.sessions()) == 1
    assert [one.type.partition(".")[2] for one in await _events(open_world)] == ["created", "adopted"]


async def test_an_adopted_station_proves_itself_on_a_new_line(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW", key=bytes.fromhex(KEY)) as line:
        await line.call("BootNotification", BOOT)
        assert (await _only(open_world)).key_digest == digest(key_bytes(KEY))
        await _adopt(open_world, keep_key=True)
        assert await line.closed_with() == 1001
    assert (await shake(open_world.port, opening("/ocpp/NEW")))[0] == 401
    for sent in (bytes.fromhex(KEY), KEY.encode()):
        proof = f"Authorization: {basic('NEW', sent)}"
        assert (await shake(open_world.port, opening("/ocpp/NEW", proof)))[0] == 101


async def test_a_key_counts_the_same_as_bytes_or_text_and_another_one_is_noted(open_world: World) -> None:
    for key, changes in ((bytes.fromhex(KEY), 0), (KEY.encode(), 0), (b"another key", 1), (None, 2)):
        async with connected(open_world.port, "/ocpp/NEW", key=key) as line:
            await line.call("BootNotification", BOOT)
            assert (await _only(open_world)).key_changes == changes


async def test_one_that_was_registered_by_hand_is_sent_to_the_front_door(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        await line.call("BootNotification", BOOT)
        await open_world.add_station("NEW")
        await line.say([2, "1", "BootNotification", BOOT])
        assert await line.closed_with() == 1001
    async with open_world.station("NEW"):
        assert (await open_world.state("NEW")).online


async def test_the_newest_line_of_a_stranger_wins(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as older:
        await older.call("BootNotification", BOOT)
        async with connected(open_world.port, "/ocpp/NEW") as newer:
            assert await older.closed_with() == 1001
            await newer.call("BootNotification", BOOT)
            assert open_world.quarantine is not None
            assert len(open_world.quarantine) == 1


async def test_who_was_dismissed_or_has_said_enough_must_stay_away_for_a_while() -> None:
    async with a_world(strangers=Limits(frames=2)) as world:
        async with connected(world.port, "/ocpp/NEW") as line:
            await line.call("BootNotification", BOOT)
            async with world.store.transactions(world.scope) as work:
                await dismiss(await _found(work), work=work, at=NOW, ids=world.ids)
            await _heed(world)
            assert await line.closed_with() == 1001
        assert (await shake(world.port, opening("/ocpp/NEW")))[0] == 503
        assert await _quarantined(world) == []
        async with connected(world.port, "/ocpp/LOUD") as line:
            await _refused(line, "Heartbeat", {})
            await line.say([2, "1", "Heartbeat", {}])
            assert await line.closed_with() == 1013
        assert (await shake(world.port, opening("/ocpp/loud")))[0] == 503
        assert (await shake(world.port, opening("/ocpp/OTHER")))[0] == 101


async def _found(work: Any) -> QuarantinedStation:
    (one,) = await work.quarantined_stations.page(EVERYTHING)
    quarantined: QuarantinedStation = one
    return quarantined


async def test_a_storm_of_strangers_takes_no_more_rows_and_lines_than_there_is_room_for() -> None:
    async with a_world(strangers=attrs.evolve(AT_ONCE, stations=3, again_after_s=60)) as world:
        for number in range(3):
            async with connected(world.port, f"/ocpp/NEW-{number}") as line:
                await line.call("BootNotification", BOOT)
        async with connected(world.port, "/ocpp/NEW-3") as line:
            await line.say([2, "1", "BootNotification", BOOT])
            assert await line.closed_with() == 1013
        assert len(await _quarantined(world)) == 3
        assert (await shake(world.port, opening("/ocpp/NEW-4")))[0] == 503
        async with world.station("CP1"):
            assert (await world.state("CP1")).online
    async with a_world(strangers=Limits(lines=1)) as world, connected(world.port, "/ocpp/NEW-1") as line:
        await line.call("BootNotification", BOOT)
        assert (await shake(world.port, opening("/ocpp/NEW-2")))[0] == 503


async def test_a_line_of_a_stranger_ends_by_itself_and_takes_no_long_frames() -> None:
    async with a_world(strangers=Limits(first_within_s=0.05)) as world:
        async with connected(world.port, "/ocpp/NEW") as line:
            assert await line.closed_with() == 1001
        assert await _quarantined(world) == []
    async with (
        a_world(strangers=Limits(line_for_s=0.05)) as world,
        connected(world.port, "/ocpp/NEW") as line,
    ):
        await line.say([2, "1", "BootNotification", BOOT])
        assert await line.closed_with() == 1001
    async with a_world(strangers=AT_ONCE) as world, connected(world.port, "/ocpp/NEW") as line:
        await line.call("BootNotification", BOOT)
        await line.say("x" * 70_000)
        assert await line.closed_with() == 1009


async def test_while_the_database_is_away_a_stranger_is_asked_to_come_again(open_world: World) -> None:
    async with connected(open_world.port, "/ocpp/NEW") as line:
        open_world.storage.gone = True
        await line.say([2, "1", "BootNotification", BOOT])
        assert await line.closed_with() == 1013
        open_world.storage.gone = False
    assert await _quarantined(open_world) == []


async def test_hundreds_of_strangers_at_once_leave_the_stations_that_are_known_alone() -> None:
    limits = Limits(stations=30, lines=10, again_after_s=0)
    open_at_once: list[int] = []
    async with a_world(strangers=limits) as world:
        assert world.quarantine is not None
        quarantine = world.quarantine

        async def call(number: int) -> None:
            with suppress(InvalidStatus, ConnectionClosed):
                async with connected(world.port, f"/ocpp/NEW-{number}") as line:
                    await line.say([2, "1", "BootNotification", BOOT])
                    answer = await line.hear()
                    open_at_once.append(len(quarantine))
                    assert answer[2]["status"] == "Pending"

        async with world.station("CP1") as known:
            for batch in range(4):
                await asyncio.gather(*(call(50 * batch + number) for number in range(50)))
                await known.beats()
        assert 10 <= len(await _quarantined(world)) <= limits.stations
        assert 0 < max(open_at_once) <= limits.lines


@pytest.mark.parametrize(("behind_proxy", "seen"), [(True, "203.0.113.7"), (False, "127.0.0.1")])
async def test_a_stranger_behind_a_proxy_is_shown_with_the_address_that_the_proxy_names(
    behind_proxy: bool, seen: str
) -> None:
    """What a caller itself puts before it counts for nothing."""
    said = [("X-Forwarded-For", "198.51.100.1, 203.0.113.7")]
    async with a_world(strangers=AT_ONCE, behind_proxy=behind_proxy) as world:
        async with connected(world.port, "/ocpp/NEW", headers=said) as stranger:
            await stranger.call("BootNotification", BOOT)
        assert (await _only(world)).remote_address == seen
