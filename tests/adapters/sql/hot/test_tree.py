"""A tenant's place is found although its own event empties the memory of places meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot.directories import SqlDirectories
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.tenancy import UnknownTenant, scope_of
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


async def test_whoever_names_a_tenant_that_does_not_exist_has_one_row_looked_for(sqlite_url: str) -> None:
    database, tenant, stranger = open_database(sqlite_url), make_tenant(), make_tenant()
    scope = scope_of(tenant, "test")
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
    directories = SqlDirectories(lambda: database.reading(scope))
    assert await directories.tree.path(tenant.id) == tenant.path
    read = directories.tree.paths
    with pytest.raises(UnknownTenant):
        await directories.tree.path(stranger.id)
    async with SqlTransactions(database)(scope_of(stranger, "test")) as work:
        await work.tenants.add(stranger)
    # Made by another server, whose event is yet to come.
    assert await directories.tree.path(stranger.id) == stranger.path
    assert directories.tree.paths == read, "the tree was read anew"
    await database.dispose()
