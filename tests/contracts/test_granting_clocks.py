"""A grant to charge is judged by the time of the company that gave it, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from emobility_adapters.memory import MemoryGrantedTokens, MemoryStore
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.granted import SqlGrantedTokens
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.access import GrantRight
from emobility_core.charging import GrantedTokens, Presented
from emobility_core.clocks import TenantClocks
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON, FrozenClock
from emobility_core.work import Scope

EVERYTHING = Scope.system(builders.TENANT, "/", "test")


@asynccontextmanager
async def _opened(url: str | None, clocks: TenantClocks) -> AsyncIterator[tuple[Any, GrantedTokens]]:
    if url is None:
        memory = MemoryStore()
        yield memory.transactions, MemoryGrantedTokens(memory, clocks)
        return
    database = open_database(url)
    directories = SqlDirectories(lambda: database.reading(EVERYTHING))
    granted = SqlGrantedTokens(lambda: database.reading(EVERYTHING), directories, clocks)
    yield SqlTransactions(database), granted
    await database.dispose()


@pytest.mark.parametrize("kept", ["memory", "sqlite"])
@pytest.mark.parametrize(("keeper", "admits"), [(None, True), ("department", False), ("company", True)])
def test_a_clock_that_stands_still_at_the_station_keeps_no_revoked_grant_open(
    request: pytest.FixtureRequest, kept: str, keeper: str | None, admits: bool
) -> None:
    """The grant was revoked at one; what began at noon was good, if noon is when the company says it is."""
    root = builders.make_tenant()
    company, taker = builders.make_tenant(root), builders.make_tenant(root)
    department = builders.make_tenant(company)
    clocks = TenantClocks(FrozenClock(later(hours=2)))
    if keeper is not None:
        clocks.stand({"company": company, "department": department}[keeper].id, NOON)
    station = builders.make_station(tenant=department.id)
    token = builders.make_token(tenant=taker.id)
    rights, places = frozenset({GrantRight.USE}), (station.id,)
    grant = builders.make_grant(
        tenant=company.id, grantee=taker.id, rights=rights, stations=places, revoked_at=later(hours=1)
    )
    url = None if kept == "memory" else request.getfixturevalue("sqlite_url")

    async def find() -> Presented:
        async with _opened(url, clocks) as (transactions, granted):
            async with transactions(EVERYTHING) as work:
                for tenant in (root, company, taker, department):
                    await work.tenants.add(tenant)
                await work.stations.add(station)
                await work.tokens.add(token)
                await work.grants.add(grant)
            return await granted.find(token.id_tag, station=station.id, at=NOON)

    assert (asyncio.run(find()).grant == grant.id) is admits
