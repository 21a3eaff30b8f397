"""What the hot path remembers is never older than what is durable."""

from __future__ import annotations

import asyncio

from emobility_adapters.sql.hot.live import Live, StationMemory
from emobility_core.testing.builders import make_active, make_connector


async def test_a_change_that_becomes_durable_while_a_station_is_read_is_not_forgotten() -> None:
    live, session = Live(), make_active()
    stored: list[StationMemory] = [StationMemory(None, {}, {}, complete=True)]
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def read() -> StationMemory:
        found = stored[-1]
        reading.set()
        await go_on.wait()
        return found

    loading = asyncio.create_task(live.load(session.station, read))
    await reading.wait()
    stored.append(StationMemory(None, {}, {session.id: session}, complete=True))
    live.keep(session)
    go_on.set()
    assert list((await loading).sessions) == [session.id]


async def test_who_reads_at_the_same_time_shares_one_memory() -> None:
    live, connector = Live(), make_connector()

    async def read() -> StationMemory:
        await asyncio.sleep(0)
        return StationMemory(None, {}, {}, complete=True)

    one, other = await asyncio.gather(*(live.load(connector.station, read) for _ in range(2)))
    assert one is other
