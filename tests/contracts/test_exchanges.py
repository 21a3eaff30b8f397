"""The log of frames keeps its promises in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from emobility_adapters.memory import MemoryExchanges, MemoryFrames, MemoryStore
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.exchanges import SqlExchanges
from emobility_adapters.sql.frame_pairs import FramePairs
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing import contracts
from emobility_core.testing.builders import TENANT, later, make_reading
from emobility_core.testing.contracts import Logged, seeded
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:contract")


class TestMemory(contracts.ExchangesContract):
    @pytest.fixture
    async def logged(self) -> Logged:
        memory, frames = MemoryStore(), MemoryFrames()

        @asynccontextmanager
        async def exchanges(scope: Scope) -> AsyncIterator[MemoryExchanges]:
            yield MemoryExchanges(frames, memory.tables, scope)

        return Logged(store=await seeded(memory.transactions), frames=frames, exchanges=exchanges)


class TestSql(contracts.ExchangesContract):
    """Exchanges of which the last frame has just come, and those that were noted, an answer in a later
    round than its request."""

    @pytest.fixture(params=[False, True], ids=["fresh", "noted"])
    def noted(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    async def logged(self, database_url: str, noted: bool) -> AsyncIterator[Logged]:
        database = open_database(database_url)
        noting = FramePairs(database, EVERYTHING, at_once=2)
        whole = SqlTransactions(database)
        async with open_hot_path(database, EVERYTHING) as hot:
            store = await seeded(hot.transactions, seeding=whole, readers=whole)

            @asynccontextmanager
            async def exchanges(scope: Scope) -> AsyncIterator[SqlExchanges]:
                async with whole(scope) as work:
                    yield work.exchanges

            async def settle() -> None:
                # Frames go with the batch of whatever comes next, and that is waited for.
                async with hot.transactions(store.scope(store.a)) as work:
                    await work.meter_readings.add(make_reading(tenant=store.a.id))
                for seconds in (2.5, 10) if noted else ():
                    await noting.note(later(seconds=seconds))

            yield Logged(store=store, frames=hot.frames, exchanges=exchanges, settle=settle)
        await database.dispose()
