"""What a message costs in queries and transactions: counted, since times are another machine's."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.hot.live import REMEMBERED_OF_A_STATION
from emobility_adapters.sql.hot.writer import MOST_UNITS
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.charging import ChargingTools, record_readings, record_start, record_stop
from emobility_core.network import Station, StationTime
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    TENANT,
    later,
    make_station,
    make_tenant,
    make_token,
    report_readings,
    report_start,
    report_stop,
    told,
)
from emobility_core.testing.clock import SeededIds
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:costs")
STATIONS = 2 * MOST_UNITS


@attrs.frozen(kw_only=True)
class Traced(Database):
    """A database whose writer tells each statement."""

    written: list[str] = attrs.field(factory=list)

    def connect_sqlite(self) -> sqlite3.Connection:
        connection = super().connect_sqlite()
        connection.set_trace_callback(self.written.append)
        return connection


def _at(minutes: int) -> StationTime:
    return told(later(minutes=minutes).isoformat(), received=later(minutes=minutes))


@attrs.frozen(kw_only=True)
class Costs:
    """Stations that charge, and what has been asked and written since they began."""

    database: Traced
    tenant: Tenant
    stations: list[Station]
    tools: ChargingTools
    asked: list[str] = attrs.field(factory=list)
    numbers: list[int] = attrs.field(factory=list)
    first: list[int] = attrs.field(factory=list)

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "costs")

    async def start(self, minutes: int) -> list[int]:
        """Start everywhere and return the numbers of the transactions."""
        reports = [report_start(station=station.id, time=_at(minutes)) for station in self.stations]
        started = (record_start(one, scope=self.scope, tools=self.tools) for one in reports)
        self.numbers[:] = [one.transaction_id for one in await asyncio.gather(*started)]
        return list(self.numbers)

    async def stop(self, minutes: int) -> None:
        """Stop what was started last."""
        running = zip(self.stations, self.numbers, strict=True)
        reports = [
            report_stop(station=station.id, transaction_id=number, time=_at(minutes))
            for station, number in running
        ]
        await asyncio.gather(*(record_stop(one, scope=self.scope, tools=self.tools) for one in reports))

    def begin(self) -> None:
        self.asked.clear()
        self.database.written.clear()

    @property
    def transactions(self) -> int:
        return sum(statement.startswith("BEGIN") for statement in self.database.written)


@pytest.fixture
async def costs(sqlite_url: str) -> AsyncIterator[Costs]:
    opened = open_database(sqlite_url)
    database = Traced(**attrs.asdict(opened, recurse=False))
    tenant = make_tenant()
    stations = [make_station(tenant=tenant.id) for _ in range(STATIONS)]
    async with SqlTransactions(database)(scope_of(tenant, "costs")) as work:
        await work.tenants.add(tenant)
        await work.tokens.add(make_token(tenant=tenant.id, id_tag=report_start().id_tag))
        for station in stations:
            await work.stations.add(station)
    async with open_hot_path(database, EVERYTHING) as hot:
        tools = ChargingTools(
            transactions=hot.transactions,
            tokens=hot.directories.tokens,
            tariffs=hot.directories.tariffs,
            running=hot.running,
            ids=SeededIds(),
        )
        made = Costs(database=database, tenant=tenant, stations=stations, tools=tools)

        def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            made.asked.append(statement)

        for engine in (database.reader, database.writer):
            sa.event.listen(engine.sync_engine, "before_cursor_execute", listen)
        made.first[:] = await made.start(0)
        made.begin()
        yield made
    await database.dispose()


async def test_meter_values_ask_nothing_and_share_their_transactions(costs: Costs) -> None:
    reports = [
        report_readings([2_000, 3_000], at=later(minutes=15), station=station.id)
        for station in costs.stations
    ]
    await asyncio.gather(*(record_readings(one, scope=costs.scope, tools=costs.tools) for one in reports))
    assert costs.asked == []
    assert 0 < costs.transactions <= STATIONS / MOST_UNITS
    # Readings, progress and the event of a quarter of an hour, each in powers of two of rows.
    assert len(costs.database.written) <= 30


async def test_stops_and_starts_of_known_stations_ask_nothing_however_many_they_had(costs: Costs) -> None:
    for times in range(REMEMBERED_OF_A_STATION + 2):
        await costs.stop(100 * times + 90)
        await costs.start(100 * times + 100)
    assert costs.asked == []
    await costs.stop(5_000)
    costs.begin()
    await costs.start(5_010)
    assert costs.asked == []
    assert 0 < costs.transactions <= STATIONS / MOST_UNITS


async def test_a_start_sent_again_long_after_is_looked_up(costs: Costs) -> None:
    for times in range(REMEMBERED_OF_A_STATION + 2):
        await costs.stop(100 * times + 90)
        await costs.start(100 * times + 100)
    costs.begin()
    numbers = await costs.start(0)
    assert numbers == costs.first
    assert costs.asked != []
    assert costs.transactions == 0


def test_tables_that_every_message_writes_have_no_index_that_need_not_be() -> None:
    """Each changes a page a message: a hundred stations write in a hundred places of it."""
    assert tables.station_frame.indexes == set()
    assert {index.name for index in tables.meter_reading.indexes} == {"meter_reading_of_session"}
