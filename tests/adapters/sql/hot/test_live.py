"""What the hot path remembers is never older than what is durable."""

from __future__ import annotations

import asyncio
from uuid import UUID

from emobility_adapters.sql.hot.live import REMEMBERED_OF_A_STATION, Live, StationMemory
from emobility_core.ids import SessionId, shown
from emobility_core.testing.builders import make_active, make_connector, make_ended, make_event


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


async def test_a_session_that_somebody_changed_is_read_again_however_long_ago_it_ended() -> None:
    """What is rated after a doubt is resolved would else be the session as it was before."""
    live, old = Live(), make_ended()

    async def read() -> StationMemory:
        return StationMemory(None, {}, {}, complete=True)

    await live.load(old.station, read)
    live.keep(old)
    for number in range(REMEMBERED_OF_A_STATION):
        live.keep(make_ended(id=SessionId(UUID(int=number)), transaction_id=number + 1))
    assert live.session(old.id) == old
    live.heed(make_event(type="doubt.resolved", data={"station": shown("sta", old.station)}))
    assert live.session(old.id) is None
    live.keep(old)  # the station itself is not in memory any more
    live.heed(make_event(type="doubt.resolved", data={"station": shown("sta", old.station)}))
    assert live.session(old.id) is None
