"""No tag is let in on the strength of a memory that nobody has confirmed for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.directories import MemoryOutdated
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.http.event_schemas import EVENT_DATA
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_event, make_station, make_tenant, make_token


async def test_a_remembered_tag_counts_while_the_feed_is_followed(sqlite_url: str) -> None:
    database, tenant = open_database(sqlite_url), make_tenant()
    scope, token = scope_of(tenant, "test"), make_token(tenant=tenant.id)
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
        await work.tokens.add(token)
    seconds = [0.0]

    @asynccontextmanager
    async def connect() -> AsyncIterator[AsyncConnection]:
        async with database.reading(scope) as connection:
            yield connection

    directories = SqlDirectories(connect, trusted_s=15, monotonic=lambda: seconds[0])
    assert await directories.tokens.find(token.id_tag, at_tenant=tenant.id) == token
    directories.confirm()
    seconds[0] = 15.0
    assert await directories.tokens.find(token.id_tag, at_tenant=tenant.id) == token
    seconds[0] = 15.1
    with pytest.raises(MemoryOutdated):
        await directories.tokens.find(token.id_tag, at_tenant=tenant.id)
    directories.confirm()
    assert await directories.tokens.find(token.id_tag, at_tenant=tenant.id) == token
    await database.dispose()


async def test_what_stations_report_of_themselves_costs_no_look_up(sqlite_url: str) -> None:
    database, tenant = open_database(sqlite_url), make_tenant()
    scope, station = scope_of(tenant, "test"), make_station(tenant=tenant.id)
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
        await work.stations.add(station)
    looked_up = 0

    @asynccontextmanager
    async def connect() -> AsyncIterator[AsyncConnection]:
        nonlocal looked_up
        looked_up += 1
        async with database.reading(scope) as connection:
            yield connection

    directories = SqlDirectories(connect)
    for type in sorted(EVENT_DATA):
        kind, _, what = type.partition(".")
        if kind not in ("station", "connector", "quarantined_station"):
            continue
        await directories.stations.find(station.identity)
        before = looked_up
        directories.heed(make_event(type=type))
        await directories.stations.find(station.identity)
        assert (looked_up > before) is (kind == "station" and what in ("registered", "changed")), type
    await database.dispose()
