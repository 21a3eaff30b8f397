"""Lines: half-open, silent, many at once; and who is let in over them (lessons 15 to 23)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from emobility_adapters.ocpp.vendors import VendorProfile, VendorProfiles
from emobility_core.charging import ActiveSession, AuthorizationStatus
from emobility_core.commands import CommandStatus
from emobility_core.customers import IdTag
from emobility_core.testing.builders import later

from ..messages import boot, start, status, stop, values
from ..wire import basic, connected, opening, shake
from ..world import CARD, NOW, World, a_world
from .plays import Play, begun, published, relayed, stored

KEY = "0123456789ABCDEF"


async def the_newest_line_wins(world: World) -> None:
    """15: the late end of the older one takes nobody offline."""
    async with world.station() as older, world.station() as newer:
        assert await older.closed_with() == 1001
        await newer.beats()
        assert (await world.state()).online
        assert await published(world, "station.offline") == []


async def only_an_answered_call_proves_that_a_station_hears(_: World) -> None:
    """16: pinged below 90 seconds; never closed for idling alone; deaf ones are made to come back."""
    async with a_world(answer_within_s=0.05) as world, world.station() as station:
        assert world.server is not None
        (socket,) = world.server.connections
        assert socket.ping_interval is not None
        assert socket.ping_interval < 90
        for _n in range(3):
            command = await world.request_start()
            await world.react()
            assert (await stored(world, command)).status is CommandStatus.TIMEOUT
        assert await station.closed_with() == 1001


async def the_status_is_refreshed_once_after_a_return_without_a_boot(_: World) -> None:
    """17"""
    async with a_world(settle_s=0.01) as world, world.station() as station:
        _kind, id, action, payload = await station.hear()
        assert (action, payload) == ("TriggerMessage", {"requestedMessage": "StatusNotification"})
        await station.say([3, id, {"status": "Accepted"}])
        await station.call("StatusNotification", status("Available"))
        async with world.station("CP2") as later_one:
            # A whole settle window has passed since.
            await later_one.hear()
        await station.beats()


async def those_that_return_together_do_not_beat_together(world: World) -> None:
    """18: the heartbeat is jittered; what a message costs is bounded by `sql/hot/test_costs.py`."""
    intervals = set()
    for n in range(12):
        async with world.station(f"CP{n}") as station:
            intervals.add((await station.call("BootNotification", boot()))["interval"])
    assert len(intervals) > 6
    assert max(intervals) - min(intervals) < 300


async def a_line_takes_a_bounded_share_of_memory(world: World) -> None:
    """19: a bounded queue each way, a bounded frame; floods are in `test_bad_input.py`."""
    async with world.station() as station:
        assert world.server is not None
        (socket,) = world.server.connections
        assert socket.recv_messages.high is not None
        await station.beats()
    # RFC 6455, 5.2: a text frame of nine megabytes, masked with zeros, announced and never sent.
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(opening("/ocpp/CP1"))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\xff" + (9_000_000).to_bytes(8) + bytes(4))
    closing = await reader.read()
    assert int.from_bytes(closing[2:4]) == 1009
    writer.close()
    await writer.wait_closed()


async def a_station_elsewhere_is_named_offline(world: World) -> None:
    """20: no socket is shared. A broker between several servers is not reached: a command to a station
    that this one does not hold ends as offline, by name."""
    await world.add_station("CP1")
    command = await world.request_start()
    await world.react()
    assert (await stored(world, command)).status is CommandStatus.OFFLINE


async def one_request_is_in_flight_each_way(world: World) -> None:
    """21"""
    async with world.station() as station:
        orders = [await world.request_start(connector) for connector in (1, 2)]
        sending = asyncio.gather(*map(world.lines.send, orders))
        _k, first, *_ = await station.hear()
        # The station's own requests are answered meanwhile, and nothing else comes before the answer.
        await station.beats()
        await station.say([3, first, {"status": "Rejected"}])
        _k, second, *_ = await station.hear()
        assert second != first
        await station.say([3, second, {"status": "Rejected"}])
        await sending


async def nobody_touches_what_is_anothers(world: World) -> None:
    """22: scoped; that numbers cannot be guessed is in `test_system.py`, a world's own are counted."""
    other = await world.add_tenant("Other")
    await world.add_station("CP2", tenant=other)
    async with world.station() as station, world.station("CP2") as stranger:
        numbers = [await begun(station, connectorId=n) for n in (1, 2, 3)]
        await stranger.call("MeterValues", values("5000", transactionId=numbers[0]))
        await stranger.call("StopTransaction", stop(numbers[0]))
        running = [one for one in await world.sessions() if isinstance(one, ActiveSession)]
        assert len(running) == 3
        assert [one for session in running for one in await world.readings(session.id)] == []
    assert (await world.sessions())[-1].tenant == other.id


async def a_remote_start_resolves_to_its_session(world: World) -> None:
    """23"""
    async with world.station() as station:
        command = await world.request_start()
        async with relayed(world):
            _k, id, *_ = await station.hear()
            await station.say([3, id, {"status": "Accepted"}])
        await begun(station, timestamp=later(NOW, seconds=1).isoformat())
        await world.react()
    found = await stored(world, command)
    assert (found.status, found.session) == (CommandStatus.EFFECTIVE, (await world.session()).id)


async def nobody_is_let_in_while_nobody_can_tell(world: World) -> None:
    async with world.station() as station:
        world.directory.gone = True
        assert (await station.ask("Authorize", {"idTag": CARD}))[2] == "InternalError"
        # Unanswered, the station keeps its start and sends it again.
        await station.say([2, "s", "StartTransaction", start()])
        assert await station.closed_with() == 1013
    world.directory.gone = False
    async with world.station() as station:
        assert await begun(station) > 0


async def names_compare_without_regard_to_case(world: World) -> None:
    await world.add_station("CpOne")
    async with connected(world.port, "/ocpp/cPoNE") as station:
        assert (await station.call("Authorize", {"idTag": CARD.lower()}))["idTagInfo"]["status"] == "Accepted"
        await begun(station, idTag=CARD.lower())
        assert "idTagInfo" in await station.call("StopTransaction", stop(-1, idTag=CARD))
    assert (await world.ended()).id_tag == IdTag(CARD)


async def a_tag_may_carry_a_suffix(world: World) -> None:
    async with world.station() as station:
        await begun(station, idTag=f"{CARD}_serial")
    assert (await world.session()).authorization is AuthorizationStatus.ACCEPTED


async def invalid_is_said_of_what_is_unknown_alone(world: World) -> None:
    """A station that blocks the card for it must not do so for what will pass."""
    await world.add_token("B10C", blocked=True, blocked_since=later(NOW, hours=-1))
    async with world.station() as station:
        answers = [
            (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"]
            for tag in ("B10C", CARD, "UNKNOWN")
        ]
        assert answers == ["Blocked", "Accepted", "Invalid"]
        world.directory.gone = True
        assert (await station.ask("Authorize", {"idTag": "UNKNOWN"}))[0] == 4


async def the_answer_to_a_start_may_wait(_: World) -> None:
    slow = VendorProfile(source="a lesson", vendor="Slow", start_answer_delay_s=0.05)
    async with a_world(profiles=VendorProfiles((slow,))) as world, world.station() as station:
        await station.call("BootNotification", boot(chargePointVendor="Slow"))
        clock = asyncio.get_running_loop().time
        began = clock()
        await begun(station)
        assert clock() - began >= 0.05


async def a_missing_connection_header_is_forgiven(world: World) -> None:
    await world.add_station("CP1")
    assert (await shake(world.port, opening("/ocpp/CP1", without="Connection")))[0] == 101


async def an_identity_comes_encoded_or_not(world: World) -> None:
    await world.add_station("Süd Tor".encode().decode("ascii", "ignore") + "+1")
    for path in ("/ocpp/Sd%20Tor+1", "/ocpp/sd%20tor%2B1", "/ocpp/SD%20TOR%2b1"):
        assert (await shake(world.port, opening(path)))[0] == 101


async def a_key_is_bytes_or_their_hexadecimal_text(world: World) -> None:
    await world.add_station("CP1", key=KEY)
    for key in (bytes.fromhex(KEY), KEY.encode(), KEY.lower().encode()):
        header = f"Authorization: {basic('CP1', key)}"
        assert (await shake(world.port, opening("/ocpp/CP1", header)))[0] == 101


async def a_refusal_locks_nobody_out(world: World) -> None:
    """Some try both forms of their key, one after the other, again and again."""
    await world.add_station("CP1", key=KEY)
    wrong = f"Authorization: {basic('CP1', b'wrong')}"
    right = f"Authorization: {basic('CP1', KEY.encode())}"
    for header, expected in ((wrong, 401), (right, 101)) * 5:
        assert (await shake(world.port, opening("/ocpp/CP1", header)))[0] == expected


async def an_alarm_waits_for_slow_ones(world: World) -> None:
    """Some redial only after 19 minutes."""
    async with world.station() as station:
        await station.beats()
    await world.event("station.offline")
    world.clock.advance(timedelta(minutes=19, seconds=59))
    await world.watch()
    assert await published(world, "station.unreachable") == []


PLAYS: dict[str, Play] = {
    "15": the_newest_line_wins,
    "16": only_an_answered_call_proves_that_a_station_hears,
    "17": the_status_is_refreshed_once_after_a_return_without_a_boot,
    "18": those_that_return_together_do_not_beat_together,
    "19": a_line_takes_a_bounded_share_of_memory,
    "20": a_station_elsewhere_is_named_offline,
    "21": one_request_is_in_flight_each_way,
    "22": nobody_touches_what_is_anothers,
    "23": a_remote_start_resolves_to_its_session,
    "never fail open": nobody_is_let_in_while_nobody_can_tell,
    "compare case-insensitively": names_compare_without_regard_to_case,
    "may arrive with a suffix": a_tag_may_carry_a_suffix,
    "block the card": invalid_is_said_of_what_is_unknown_alone,
    "need a second before the answer": the_answer_to_a_start_may_wait,
    "omits `Connection: Upgrade`": a_missing_connection_header_is_forgiven,
    "unencoded or percent-encoded": an_identity_comes_encoded_or_not,
    "raw bytes or as hex text": a_key_is_bytes_or_their_hexadecimal_text,
    "do not lock out after one 401": a_refusal_locks_nobody_out,
    "some retry with both": a_refusal_locks_nobody_out,
}
