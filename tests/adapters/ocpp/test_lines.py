"""Lines of stations: the newest wins, silence is noticed, nothing is acknowledged that is not stored."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from emobility_core.charging import ActiveSession

from .messages import boot, start, status, stop, values
from .wire import connected, opening, shake
from .world import CARD, World, a_world


async def test_connecting_and_leaving_are_recorded(world: World) -> None:
    async with world.station():
        assert (await world.state()).online
    await world.event("station.offline")
    state = await world.state()
    assert (state.online, state.online_since) == (False, None)
    assert len(world.lines) == 0


async def test_the_newest_line_wins_and_the_late_end_of_the_older_takes_nobody_offline(world: World) -> None:
    """ROBUSTNESS.md, line 15: half-open sockets of mobile networks."""
    await world.add_station("CP1")
    # A has gone without a word: nobody reads its socket any more, nobody closes it.
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(opening("/ocpp/CP1"))
    await reader.readuntil(b"\r\n\r\n")
    await world.event("station.online")
    async with world.station("CP1") as newer:
        assert len(world.lines) == 1
        writer.close()
        await writer.wait_closed()
        await newer.beats()
        assert (await world.state()).online
        types = [entry.event.type for entry in await world.store.feed.after(0, scope=world.scope, limit=99)]
        assert "station.offline" not in types


async def test_the_older_line_is_closed_by_us(world: World) -> None:
    """ROBUSTNESS.md, line 15."""
    async with world.station() as older, world.station() as newer:
        assert await older.closed_with() == 1001
        await newer.beats()
        assert (await world.state()).online


async def test_lines_are_probed_within_90_seconds_and_a_slow_pong_is_forgiven(world: World) -> None:
    """ROBUSTNESS.md, line 16: mobile networks forget idle connections; heartbeats may be rare."""
    async with world.station():
        assert world.server is not None
        (socket,) = world.server.connections
        assert socket.ping_interval is not None
        assert socket.ping_timeout is not None
        assert socket.ping_interval < 90 < socket.ping_timeout


async def test_no_refused_handshake_bans_a_station(world: World) -> None:
    """Stations redial every ten seconds; one that was refused may be right the next time."""
    await world.add_station("CP1", key="0123456789ABCDEF")
    for _ in range(50):
        assert (await shake(world.port, opening("/ocpp/CP1")))[0] == 401
    async with connected(world.port, "/ocpp/CP1", key=b"0123456789ABCDEF") as station:
        await station.beats()


async def test_a_station_that_returns_without_a_boot_is_asked_once_for_its_status() -> None:
    """ROBUSTNESS.md, line 17: after a settle window."""
    async with a_world(settle_s=0.05) as world, world.station() as station:
        kind, id, action, payload = await station.hear()
        assert (kind, action) == (2, "TriggerMessage")
        assert payload == {"requestedMessage": "StatusNotification"}
        await station.say([3, id, {"status": "Accepted"}])
        await station.call("StatusNotification", status("Charging"))
        assert (await world.connector()).status == "Charging"


async def test_a_station_without_remote_triggers_keeps_its_line() -> None:
    """ROBUSTNESS.md, line 17."""
    async with a_world(settle_s=0.05) as world, world.station() as station:
        _, id, *_ = await station.hear()
        await station.say([4, id, "NotImplemented", "", {}])
        await station.beats()


async def test_a_station_that_boots_is_not_asked_for_what_it_tells_anyway() -> None:
    """ROBUSTNESS.md, line 17. OCPP 1.6, errata 4.0, 3.22: the states of all connectors follow the boot."""
    async with a_world(settle_s=0.5) as world, world.station("CP8") as booted:
        await booted.call("BootNotification", boot())
        async with world.station("CP5") as returned:
            # CP5's time comes after CP8's by its name as well; CP8 has heard nothing until then.
            assert (await returned.hear())[2] == "TriggerMessage"
        await booted.beats()


async def test_known_stations_stay_accepted_without_a_boot(world: World) -> None:
    async with world.station() as station:
        answer = await station.call("StartTransaction", start())
    assert answer["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize("fault", ["gone", "full"])
@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("StartTransaction", start()),
        ("StopTransaction", stop(1)),
        ("MeterValues", values("5")),
        ("StartTransaction", {}),
        ("MeterValues", "rubbish"),
    ],
    ids=str,
)
async def test_what_cannot_be_stored_is_not_acknowledged_and_the_line_closes(
    world: World, fault: str, action: str, payload: object
) -> None:
    """The station keeps its report, comes back and sends it again."""
    async with world.station() as station:
        setattr(world.storage, fault, True)
        await station.say([2, "a", action, payload])
        assert await station.closed_with() == 1013
    setattr(world.storage, fault, False)
    assert await world.sessions() == []
    async with world.station() as station:
        await station.call(action, payload, id="a")


async def test_a_start_resent_after_the_storage_came_back_is_one_session(world: World) -> None:
    async with world.station() as station:
        world.storage.full = True
        await station.say([2, "a", "StartTransaction", start()])
        assert await station.closed_with() == 1013
    world.storage.full = False
    async with world.station() as station:
        answer = await station.call("StartTransaction", start())
    assert (await world.session()).transaction_id == answer["transactionId"]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("BootNotification", boot()),
        ("StatusNotification", status("Available")),
        ("DataTransfer", {"vendorId": "v"}),
        ("FirmwareStatusNotification", {"status": "Installed"}),
    ],
)
async def test_other_messages_get_an_internal_error_and_the_line_stays(
    world: World, action: str, payload: dict[str, object]
) -> None:
    async with world.station() as station:
        world.storage.gone = True
        assert (await station.ask(action, payload))[2] == "InternalError"
        await station.beats()
        world.storage.gone = False
        await station.call(action, payload)


async def test_authorization_never_fails_open(world: World) -> None:
    async with world.station() as station:
        world.directory.gone = True
        assert (await station.ask("Authorize", {"idTag": CARD}))[2] == "InternalError"
        await station.say([2, "a", "StartTransaction", start()])
        assert await station.closed_with() == 1013
    world.directory.gone = False
    assert await world.sessions() == []


async def test_a_line_that_cannot_be_recorded_asks_to_come_again(world: World) -> None:
    await world.add_station("CP1")
    world.storage.gone = True
    async with connected(world.port, "/ocpp/CP1") as station:
        assert await station.closed_with() == 1013
    world.storage.gone = False
    async with world.station("CP1") as station:
        await station.beats()


async def test_a_bug_of_ours_costs_neither_the_line_nor_the_report(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A report that trips us would come again for ever: it is kept for people, and said so."""
    world.storage.broken = True
    async with world.station() as station:
        with caplog.at_level(logging.ERROR, "emobility.ocpp"):
            answer = await station.call("StartTransaction", start())
            assert answer["idTagInfo"] == {"status": "Invalid"}
            assert (await station.ask("DataTransfer", {"vendorId": "v"}))[2] == "InternalError"
        await station.beats()
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "StartTransaction of CP1 failed",
        "DataTransfer of CP1 failed",
    ]
    (doubtful,) = await world.doubtful()
    assert doubtful.content["payload"] == start()


async def test_leaving_the_endpoint_closes_all_lines_with_service_restart() -> None:
    async with a_world() as world:
        await world.add_station("CP1")
        line = connected(world.port, "/ocpp/CP1")
        station = await line.__aenter__()
        await station.beats()
    assert await station.closed_with() == 1012
    await line.__aexit__(None, None, None)


async def test_a_station_of_one_tenant_cannot_touch_the_sessions_of_another(world: World) -> None:
    """ROBUSTNESS.md, line 22: everything has a scope, numbers tell nothing."""
    mine, yours = await world.add_tenant("Mine"), await world.add_tenant("Yours")
    await world.add_station("CP1", tenant=mine)
    await world.add_station("CP2", tenant=yours)
    async with world.station("CP1") as victim, world.station("CP2") as attacker:
        number = (await victim.call("StartTransaction", start()))["transactionId"]
        await attacker.call("StopTransaction", stop(number))
        await attacker.call("MeterValues", values("9000", transactionId=number))
    sessions = {one.station: one for one in await world.sessions()}
    victims, attackers = (sessions[world.stations[name].id] for name in ("CP1", "CP2"))
    assert isinstance(victims, ActiveSession)
    assert victims.delivered is not None
    assert victims.delivered.mwh == 0
    assert (victims.tenant, attackers.tenant) == (mine.id, yours.id)
    assert [one.tenant for one in await world.doubtful()] == [yours.id]


async def test_a_token_of_one_tenant_is_unknown_at_the_stations_of_another(world: World) -> None:
    """ROBUSTNESS.md, line 22."""
    mine, yours = await world.add_tenant("Mine"), await world.add_tenant("Yours")
    await world.add_token("MYCARD", tenant=mine.id)
    await world.add_station("CP2", tenant=yours)
    async with world.station("CP2") as station:
        answer = await station.call("Authorize", {"idTag": "MYCARD"})
    assert answer == {"idTagInfo": {"status": "Invalid"}}


async def test_a_station_that_leaves_while_the_storage_is_away_is_offline_once_it_is_back() -> None:
    async with a_world(again_after_s=0.01) as world:
        async with world.station():
            world.storage.gone = True
        while len(world.lines):
            await asyncio.sleep(0)
        world.storage.gone = False
        await world.event("station.offline")
        assert not (await world.state()).online


async def test_a_station_that_is_back_before_its_leaving_is_recorded_stays_online(world: World) -> None:
    async with world.station():
        world.storage.open.clear()
    while len(world.lines):
        await asyncio.sleep(0)
    async with connected(world.port, "/ocpp/CP1") as back:
        while not len(world.lines):
            await asyncio.sleep(0)
        world.storage.open.set()
        await back.beats()
        assert (await world.state()).online
        feed = await world.store.feed.after(0, scope=world.scope, limit=99)
        line = [
            entry.event.type for entry in feed if entry.event.type in ("station.online", "station.offline")
        ]
        assert line[-1] == "station.online"


async def test_whatever_a_station_says_once_a_minute_is_a_sign_of_life(world: World) -> None:
    async with world.station() as station:
        before = (await world.state()).last_seen_at
        world.clock.advance(timedelta(seconds=59))
        await station.beats()
        assert (await world.state()).last_seen_at == before
        world.clock.advance(timedelta(seconds=1))
        await station.call("Authorize", {"idTag": CARD})
        assert (await world.state()).last_seen_at == world.clock.now()


async def test_a_sign_of_life_that_cannot_be_noted_costs_no_report(world: World) -> None:
    async with world.station() as station:
        world.clock.advance(timedelta(minutes=2))
        world.directory.gone = True
        world.storage.gone = True
        assert (await station.ask("Heartbeat", {}))[0] == 3
