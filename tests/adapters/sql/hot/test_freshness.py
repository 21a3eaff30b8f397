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
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_tenant, make_token


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
