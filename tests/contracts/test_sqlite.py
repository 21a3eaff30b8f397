"""The SQL store on SQLite keeps every promise of its ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emobility_adapters.sql import _tables
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing import contracts
from emobility_core.testing.contracts import Seeded, seeded


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Seeded]:
    database = open_database(f"sqlite:///{tmp_path}/test.db")
    async with database.writer.begin() as connection:
        await connection.run_sync(_tables.metadata.create_all)
    yield await seeded(SqlTransactions(database))
    await database.dispose()


class TestRecords(contracts.RecordsContract): ...


class TestUniqueValues(contracts.UniqueValuesContract): ...


class TestTenants(contracts.TenantsContract): ...


class TestSessions(contracts.SessionsContract): ...


class TestSessionPages(contracts.SessionPagesContract): ...


class TestMeterReadings(contracts.MeterReadingsContract): ...


class TestStationStates(contracts.StationStatesContract): ...


class TestConnectors(contracts.ConnectorsContract): ...


class TestStationReports(contracts.StationReportsContract): ...


class TestCommands(contracts.CommandsContract): ...


class TestTariffVersions(contracts.TariffVersionsContract): ...


class TestRatedSessions(contracts.RatedSessionsContract): ...


class TestReactedEvents(contracts.ReactedEventsContract): ...


class TestTransactions(contracts.TransactionsContract): ...
