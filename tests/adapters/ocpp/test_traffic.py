"""Mobile contracts are billed by the byte: what is said is counted, and silence costs little."""

from __future__ import annotations

from datetime import timedelta

from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.endpoint import PING_EVERY_S
from emobility_core.network import MonthlyTraffic

from .world import World

# What a frame of a few bytes weighs on a mobile link: TLS 1.3 adds a header, a type and a tag, TCP over
# IPv4 its header with a time stamp, and as much again for the acknowledgement.
_AROUND_A_FRAME = 22 + 52 + 52
_WEBSOCKET = 8
_MONTH_S = 31 * 24 * 3600


async def test_what_is_said_on_a_line_is_added_to_its_month_when_it_ends(world: World) -> None:
    async with world.station() as station:
        await station.say('[2, "1", "Heartbeat", {}]')
        answer = await station.hear()
    await world.event("station.offline")
    said = [(inbound, len(frame)) for inbound, frame, _ in world.frames.frames[world.stations["CP1"].id]]
    received, sent = (sum(size for inbound, size in said if inbound is side) for side in (True, False))
    assert (await world.state()).traffic == (MonthlyTraffic(month="2026-06", received=received, sent=sent),)
    assert answer[0] == 3


async def test_what_was_said_while_the_database_was_away_is_added_once_it_is_back(world: World) -> None:
    async with world.station() as station:
        world.clock.advance(timedelta(minutes=2))
        world.storage.gone = True
        await station.beats()
        world.storage.gone = False
    await world.event("station.offline")
    (month,) = (await world.state()).traffic
    assert month.received == sum(len(frame) for frame in world.frames_of())


async def test_an_idle_station_stays_below_30_megabytes_a_month(world: World) -> None:
    async with world.station():
        pass
    await world.event("station.offline")
    (month,) = (await world.state()).traffic  # one heartbeat and its answer
    beat = month.received + month.sent + 2 * (_WEBSOCKET + _AROUND_A_FRAME)
    ping = 2 * (_WEBSOCKET + _AROUND_A_FRAME)
    assert _MONTH_S / Heartbeat().base_s * beat + _MONTH_S / PING_EVERY_S * ping < 30_000_000
