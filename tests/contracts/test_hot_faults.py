"""A value that a driver or database cannot take costs the unit that holds it, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.testing.builders import TENANT, make_reading, make_station
from emobility_core.testing.contracts import seeded
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:contract")
LONE_SURROGATE = "\ud800"


async def _frames(transactions: SqlTransactions, scope: Scope) -> int:
    async with transactions(scope) as work:
        counted = await work.connection.exec_driver_sql("SELECT count(*) FROM station_frame")
        return int(counted.scalar_one())


async def test_only_the_unit_at_fault_fails_and_the_writer_goes_on(database_url: str) -> None:
    database = open_database(database_url)
    whole = SqlTransactions(database)
    async with open_hot_path(database, EVERYTHING) as hot:
        store = await seeded(hot.transactions, seeding=whole, readers=whole)

        async def keep(**changes: Any) -> None:
            async with hot.transactions(store.scope(store.a)) as work:
                await work.meter_readings.add(make_reading(tenant=store.a.id, **changes))

        sound, too_large, unreadable, after = await asyncio.gather(
            keep(), keep(power_w=2**70), keep(samples=LONE_SURROGATE), keep(), return_exceptions=True
        )
        assert sound is None
        assert after is None
        assert isinstance(too_large, Exception)
        assert isinstance(unreadable, Exception)
        await keep()
    await database.dispose()


async def test_a_frame_that_cannot_be_stored_takes_no_other_with_it(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = open_database(database_url)
    whole = SqlTransactions(database)
    async with open_hot_path(database, EVERYTHING) as hot:
        store = await seeded(hot.transactions, seeding=whole, readers=whole)
        frames = hot.frames.of(make_station(tenant=store.a.id))
        for text in ("before", LONE_SURROGATE, "after"):
            frames.append(inbound=True, frame=text, at=make_reading().at)
        async with hot.transactions(store.scope(store.a)) as work:
            await work.meter_readings.add(make_reading(tenant=store.a.id))
        assert await _frames(whole, store.scope(store.a)) == 2
    assert "lost" in caplog.text
    await database.dispose()
