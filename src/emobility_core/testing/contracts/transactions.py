"""What units of work promise."""

from __future__ import annotations

import asyncio

import pytest

from emobility_core.charging import UnknownSession
from emobility_core.testing.builders import make_active, report_stop
from emobility_core.testing.contracts.seeded import Seeded


class TransactionsContract:
    """All or nothing."""

    async def test_an_exception_leaves_no_trace(self, store: Seeded) -> None:
        kept, fresh = make_active(tenant=store.a.id), make_active(tenant=store.a.id)
        async with store.unit() as work:
            await work.sessions.add(kept)
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await work.sessions.add(fresh)
                await work.sessions.replace(kept.end(report_stop()))
                raise RuntimeError
        async with store.unit() as work:
            assert await work.sessions.get(kept.id) == kept
            assert await work.sessions.active_on(kept.station) == [kept]
            assert await work.sessions.find_start(fresh.station, fresh.start_identity) is None
            with pytest.raises(UnknownSession):
                await work.sessions.get(fresh.id)

    async def test_a_cancelled_unit_leaves_no_trace(self, store: Seeded) -> None:
        session, inside = make_active(tenant=store.a.id), asyncio.Event()

        async def never_ends() -> None:
            async with store.unit() as work:
                await work.sessions.add(session)
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(never_ends())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.unit() as work:
            with pytest.raises(UnknownSession):
                await work.sessions.get(session.id)

    async def test_what_is_not_committed_is_seen_by_nobody_else(self, store: Seeded) -> None:
        session, inside, seen = make_active(tenant=store.a.id), asyncio.Event(), asyncio.Event()

        async def write() -> None:
            async with store.unit() as work:
                await work.sessions.add(session)
                inside.set()
                await asyncio.sleep(0.02)
                assert not seen.is_set()

        async def read() -> None:
            await inside.wait()
            while not seen.is_set():
                async with store.unit() as work:
                    if await work.sessions.active_on(session.station):
                        seen.set()
                await asyncio.sleep(0)

        async with asyncio.timeout(5):
            await asyncio.gather(write(), read())

    async def test_a_unit_that_only_reads_leaves_cleanly(self, store: Seeded) -> None:
        async with store.unit() as work:
            assert await work.sessions.active_on(make_active().station) == []
