"""A tenant's place is found although its own event empties the memory of places meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot.directories import SqlDirectories
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_event, make_tenant


async def test_a_place_that_is_being_read_is_not_lost_to_the_event_of_its_tenant(sqlite_url: str) -> None:
    database, tenant = open_database(sqlite_url), make_tenant()
    scope = scope_of(tenant, "test")
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)

    @asynccontextmanager
    async def connect() -> AsyncIterator[AsyncConnection]:
        async with database.reading(scope) as connection:
            yield connection
        directories.heed(make_event(type="tenant.created"))

    directories = SqlDirectories(connect)
    assert await directories.tree.path(tenant.id) == tenant.path
    await database.dispose()
