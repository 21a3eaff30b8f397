"""Every adapter shows the same network at a glance."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emobility_adapters.memory import MemoryStore
from emobility_adapters.memory.overview import MemoryOverviews
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.overview import SqlOverviews
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing.contracts.overview import OverviewsContract
from emobility_core.testing.contracts.seeded import Seeded, seeded


class TestMemoryOverviews(OverviewsContract):
    @pytest.fixture
    def memory(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    async def store(self, memory: MemoryStore) -> Seeded:
        return await seeded(memory.transactions)

    @pytest.fixture
    def overviews(self, memory: MemoryStore) -> MemoryOverviews:
        return MemoryOverviews(memory)


class TestSqlOverviews(OverviewsContract):
    @pytest.fixture
    async def database(self, database_url: str) -> AsyncIterator[Database]:
        database = open_database(database_url)
        yield database
        await database.dispose()

    @pytest.fixture
    async def store(self, database: Database) -> Seeded:
        return await seeded(SqlTransactions(database))

    @pytest.fixture
    def overviews(self, database: Database) -> SqlOverviews:
        return SqlOverviews(database)
