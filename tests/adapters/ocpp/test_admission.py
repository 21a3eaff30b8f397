"""Many who return at once wait in order for their turn; who only ever knocks is not heard for a while."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from emobility_adapters.ocpp.admission import Admission, Admits
from emobility_adapters.ocpp.allowance import Allowance, Rate
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.turns import Turns
from emobility_core.ids import StationId
from emobility_core.network import KnownStation, StationIdentity
from emobility_core.testing.clock import NOON, SeededIds

from .wire import connected, opening, shake
from .world import Directory, World, a_world

KEY = "0123456789ABCDEF"


class Counting:
    """A directory that holds its visitors until it is told, and counts them."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.open = asyncio.Event()
        self.open.set()
        self.inside = 0
        self.most = 0
        self.asked = 0

    async def find(self, identity: StationIdentity) -> KnownStation | None:
        self.asked += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        await asyncio.sleep(0)
        self.inside -= 1
        return await self.directory.find(identity)


async def _until(counting: Counting, inside: int) -> None:
    async with asyncio.timeout(10):
        while counting.inside < inside:
            await asyncio.sleep(0)


async def test_so_many_handshakes_are_under_way_and_the_others_come_in_their_turn() -> None:
    admission = Admission(Admits(at_once=3))
    async with a_world(admission=admission, directory=Counting) as world, AsyncExitStack() as stack:
        counting = world.gate_directory
        assert isinstance(counting, Counting)
        for number in range(20):
            await world.add_station(f"CP{number}")
        counting.open.clear()
        lines = [
            asyncio.create_task(stack.enter_async_context(connected(world.port, f"/ocpp/CP{number}")))
            for number in range(20)
        ]
        await _until(counting, 3)
        counting.open.set()
        for line in await asyncio.gather(*lines):
            await line.beats()
        assert counting.most == 3
        assert len(world.lines) == 20


async def test_who_waits_too_long_for_a_turn_is_asked_to_come_later() -> None:
    """Stations obey Retry-After or their own back-off; either way nobody waits for ever."""
    admission = Admission(Admits(at_once=1, patience_s=0.05))
    async with a_world(admission=admission, directory=Counting) as world:
        counting = world.gate_directory
        assert isinstance(counting, Counting)
        await world.add_station("CP1")
        counting.open.clear()
        first = asyncio.create_task(shake(world.port, opening("/ocpp/CP1")))
        await _until(counting, 1)
        status, headers = await shake(world.port, opening("/ocpp/CP2"))
        assert status == 503
        assert 1 <= int(headers["retry-after"]) <= 30
        assert admission.turned_away == 1
        counting.open.set()
        assert (await first)[0] == 101


async def test_a_turn_ends_however_the_handshake_does() -> None:
    """Else the door would close for good after some strangers, wrong keys and broken connections."""
    async with a_world(admission=Admission(Admits(at_once=1, patience_s=5))) as world:
        await world.add_station("CP1", key=KEY)
        for path in ("/ocpp/NOBODY", "/", "/ocpp/CP1"):
            assert (await shake(world.port, opening(path)))[0] in (401, 404)
        for _ in range(3):
            # Gone before it was answered.
            _, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(opening("/ocpp/CP1"))
            writer.transport.abort()
        async with connected(world.port, "/ocpp/CP1", key=KEY.encode()) as line:
            await line.beats()


async def test_who_only_knocks_is_not_looked_up_any_more_and_harms_nobody_elsewhere() -> None:
    admission = Admission(Admits(refusals=Rate(per_s=0.001, burst=5)))
    async with a_world(admission=admission, directory=Counting) as world:
        counting = world.gate_directory
        assert isinstance(counting, Counting)
        await world.add_station("CP1", key=KEY)
        await world.add_station("CP2", key=KEY)
        seen = [(await shake(world.port, opening("/ocpp/CP1")))[0] for _ in range(8)]
        assert seen == [401] * 5 + [429] * 3
        assert counting.asked == 5
        async with connected(world.port, "/ocpp/CP2", key=KEY.encode()) as line:
            await line.beats()


async def test_the_right_key_clears_what_was_held_against_a_station() -> None:
    admission = Admission(Admits(refusals=Rate(per_s=0.001, burst=5)))
    async with a_world(admission=admission) as world:
        await world.add_station("CP1", key=KEY)
        for _ in range(3):
            assert [(await shake(world.port, opening("/ocpp/CP1")))[0] for _ in range(4)] == [401] * 4
            async with connected(world.port, "/ocpp/CP1", key=KEY.encode()) as line:
                await line.beats()


async def test_what_is_remembered_of_those_who_knock_is_bounded() -> None:
    admission = Admission(Admits(remembered=10, of_address=Rate(per_s=1, burst=1000)))
    async with a_world(admission=admission) as world:
        for number in range(60):
            assert (await shake(world.port, opening(f"/ocpp/GUESS{number}")))[0] == 404
    assert admission.remembered <= 20


@pytest.mark.parametrize(("said", "status"), [("203.0.113.7", 429), ("203.0.113.8, 198.51.100.1", 404)])
async def test_behind_a_proxy_the_callers_own_address_counts(said: str, status: int) -> None:
    limits = Admits(of_address=Rate(per_s=0.001, burst=3))
    async with a_world(admission=Admission(limits, behind_proxy=True)) as world:
        for number in range(3):
            asked = opening(f"/ocpp/GUESS{number}", "X-Forwarded-For: 203.0.113.7")
            assert (await shake(world.port, asked))[0] == 404
        asked = opening("/ocpp/GUESS9", f"X-Forwarded-For: {said}")
        assert (await shake(world.port, asked))[0] == status


def test_an_allowance_lets_a_burst_pass_and_then_a_steady_rate() -> None:
    allowance, now, waited = Allowance(Rate(per_s=10, burst=20)), 100.0, []
    for _ in range(60):
        wait_s = allowance.wait_s(now)
        waited.append(wait_s)
        now += wait_s
        allowance.spend(100, now)
    assert waited[:20] == [0.0] * 20
    assert now - 100 == pytest.approx(4.0, abs=0.2)
    assert not allowance.is_untouched(now)
    assert allowance.is_untouched(now + 10)


def test_a_long_frame_counts_as_several() -> None:
    short, long = (Allowance(Rate(per_s=1, burst=100)) for _ in range(2))
    short.spend(1000, 0)
    long.spend(64_000, 0)
    assert (short.left, long.left) == (99, 92)


def test_what_is_kept_of_stations_that_come_and_go_stays_small() -> None:
    rate, ids, lines = Rate(per_s=1, burst=10), SeededIds(), Lines()
    flooding = StationId(ids.uuid7(NOON))
    lines.allowance(flooding, rate, now=0).spend(64_000_000, 0)
    most = 0
    for now in range(5_000):
        station = StationId(ids.uuid7(NOON))
        lines.turn(station)
        lines.allowance(station, rate, now=now).spend(0, now)
        most = max(most, lines.remembered)
    assert most <= 256
    assert lines.allowance(flooding, rate, now=5_000).left < 0


async def test_a_turn_is_one_for_all_who_want_it_and_is_not_kept_for_nobody() -> None:
    turns, ids = Turns(), SeededIds()
    for _ in range(100):
        station = StationId(ids.uuid7(NOON))
        async with turns.of(station):
            assert turns.of(station).locked()
            assert len(turns) == 1
    assert len(turns) == 0


async def test_a_backlog_passes_freely_and_a_flood_at_its_rate(world: World) -> None:
    """Twenty queued reports come at once after an outage; what floods is read at its own pace."""
    async with a_world(rate=Rate(per_s=20, burst=40)) as world, world.station() as station:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(30):
            await station.beats()
        assert loop.time() - began < 5
        for number in range(30):
            await station.say([2, f"flood-{number}", "Heartbeat", {}])
        for _ in range(30):
            await station.hear()
        # 31 of the 61 lay beyond the burst; a slow machine only takes longer.
        assert loop.time() - began > 0.9
        # The other one is answered while the first one has to wait.
        await station.say([2, "held", "Heartbeat", {}])
        async with world.station("CP2") as other:
            for _ in range(20):
                await other.beats()
        assert (await station.hear())[1] == "held"


async def test_a_new_line_does_not_refill_what_a_station_may_say() -> None:
    rate = Rate(per_s=0.001, burst=50)
    async with a_world(rate=rate) as world:
        async with world.station() as station:
            for _ in range(30):
                await station.beats()
        async with world.station():
            pass
        now = asyncio.get_running_loop().time()
        left = world.lines.allowance(world.stations["CP1"].id, rate, now=now).left
        assert left < 20
