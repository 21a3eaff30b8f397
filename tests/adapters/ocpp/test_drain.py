"""A restart: what is in flight is answered, nobody new is let in, lines close in waves."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.lines import Drain
from emobility_core.commands import CommandStatus, Reset
from emobility_core.network import StationIdentity

from .wire import WireStation, opening, shake
from .world import World, a_world


class Waves:
    """Waits between waves without waiting, and notes how many lines each one has left open."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.open: list[int] = []

    async def __call__(self, seconds: float) -> None:
        assert seconds == 1.0
        assert self.world is not None
        async with asyncio.timeout(10):
            told = len(self.open) + 1
            while len(self.world.lines) > 10 - 4 * told:
                await asyncio.sleep(0)
        self.open.append(len(self.world.lines))


async def test_lines_close_in_waves_of_so_many_a_second() -> None:
    waves = Waves()
    async with AsyncExitStack() as stack:
        async with a_world(drain=Drain(per_s=4, sleep=waves)) as waves.world:
            stations = [
                await stack.enter_async_context(waves.world.station(f"CP{number}")) for number in range(10)
            ]
        assert waves.open == [6, 2]
        assert [await station.closed_with() for station in stations] == [1012] * 10


async def test_few_stations_are_not_waited_for() -> None:
    async with AsyncExitStack() as stack:
        async with a_world(drain=Drain(per_s=100, sleep=_never)) as world:
            station = await stack.enter_async_context(world.station())
        assert await station.closed_with() == 1012


async def _never(_: float) -> None:
    raise AssertionError("nobody was left to wait for")


async def test_a_report_in_flight_is_answered_first() -> None:
    async with AsyncExitStack() as stack:
        async with a_world() as world:
            station = await stack.enter_async_context(world.station())
            world.storage.open.clear()
            await station.say([2, "last", "StatusNotification", STATUS])
            async with asyncio.timeout(10):
                while not any('"last"' in frame for frame in world.frames_of()):
                    await asyncio.sleep(0)
            draining = asyncio.create_task(world.lines.drain(Drain()))
            await asyncio.sleep(0)
            world.storage.open.set()
            assert (await station.hear())[:2] == [3, "last"]
            await draining
        assert await station.closed_with() == 1012


async def test_nothing_new_is_asked_of_a_station_whose_line_is_about_to_close() -> None:
    """Else it would do what nobody hears of."""
    async with AsyncExitStack() as stack:
        async with a_world() as world:
            station = await stack.enter_async_context(world.station())
            world.storage.open.clear()
            await station.say([2, "last", "StatusNotification", STATUS])
            async with asyncio.timeout(10):
                while not any('"last"' in frame for frame in world.frames_of()):
                    await asyncio.sleep(0)
            await world.lines.drain(Drain())
            command = await world.ask(Reset())
            await world.react()
            async with world.store.transactions(world.scope) as work:
                assert (await work.commands.get(command.id)).status is CommandStatus.BUSY
            world.storage.open.set()
            assert (await station.hear())[:2] == [3, "last"]
        assert await station.closed_with() == 1012


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


async def test_our_own_request_in_flight_is_answered_first() -> None:
    async with AsyncExitStack() as stack:
        async with a_world() as world:
            station = await stack.enter_async_context(world.station())
            await world.request_start()
            asking = asyncio.create_task(world.react())
            call = await station.hear()
            draining = asyncio.create_task(world.lines.drain(Drain()))
            await station.beats()
            assert not draining.done()
            await station.say([3, call[1], {"status": "Accepted"}])
            await draining
            await asking
        assert await station.closed_with() == 1012


async def test_who_never_answers_is_cut_off_in_the_end() -> None:
    async with AsyncExitStack() as stack:
        async with a_world(drain=Drain(within_s=0.05)) as world:
            station = await stack.enter_async_context(world.station())
            await world.request_start()
            asking = asyncio.create_task(world.react())
            await station.hear()
        assert await station.closed_with() == 1001
        await asking


async def test_nobody_new_is_let_in_while_the_server_stops(world: World) -> None:
    assert world.admission is not None
    world.admission.close()
    await world.add_station("CP1")
    status, headers = await shake(world.port, opening("/ocpp/CP1"))
    assert status == 503
    assert int(headers["retry-after"]) > 0


async def test_stations_beat_at_intervals_of_their_own(world: World) -> None:
    async def interval(station: WireStation) -> int:
        boot = await station.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        return int(boot["interval"])

    async with world.station("CP1") as first, world.station("CP2") as second:
        intervals = {await interval(first), await interval(second)}
        assert intervals == {await interval(first), await interval(second)}
    assert all(300 <= one < 360 for one in intervals)


def test_the_beats_of_many_stations_are_spread_evenly() -> None:
    heartbeat = Heartbeat(base_s=600, spread_s=120)
    found = Counter(heartbeat.interval_of(StationIdentity(f"SITE-{n:05}")) for n in range(12_000))
    assert set(found) == set(range(600, 720))
    # A hundred each would be even; six deviations around it.
    assert 40 <= min(found.values()) <= max(found.values()) <= 160


def test_a_spread_of_nothing_is_one_interval_for_all() -> None:
    heartbeat = Heartbeat(base_s=60, spread_s=0)
    assert {heartbeat.interval_of(StationIdentity(f"CP{n}")) for n in range(50)} == {60}
