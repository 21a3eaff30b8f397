"""The hot path keeps the promises of its ports, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing import contracts
from emobility_core.testing.builders import TENANT
from emobility_core.testing.contracts import Seeded, seeded
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:contract")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Seeded]:
    database = open_database(database_url)
    whole = SqlTransactions(database)
    async with open_hot_path(database, EVERYTHING) as hot:
        yield await seeded(hot.transactions, seeding=whole, readers=whole)
    await database.dispose()


class TestSessions(contracts.SessionsContract): ...


class TestMeterReadings(contracts.MeterReadingsContract): ...


class TestStationStates(contracts.StationStatesContract): ...


class TestConnectors(contracts.ConnectorsContract): ...


class TestStationReports(contracts.StationReportsContract): ...


class TestRatedSessions(contracts.RatedSessionsContract): ...


class TestReactedEvents(contracts.ReactedEventsContract): ...
