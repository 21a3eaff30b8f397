"""A broken promise is named by its constraint, never by the values that people chose."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_contract, make_customer, make_tenant
from emobility_core.work import AlreadyTaken


async def _seeded(transactions: SqlTransactions) -> Tenant:
    tenant = make_tenant()
    async with transactions(scope_of(tenant, "test")) as work:
        await work.tenants.add(tenant)
    return tenant


async def test_a_value_that_reads_like_a_constraint_misleads_nobody(database_url: str) -> None:
    database = open_database(database_url)
    transactions = SqlTransactions(database)
    tenant = await _seeded(transactions)
    customer = make_customer(tenant=tenant.id)
    contracts = [
        make_contract(tenant=tenant.id, customer=customer.id, number="station_identity") for _ in range(2)
    ]
    with pytest.raises(AlreadyTaken) as refusal:
        async with transactions(scope_of(tenant, "test")) as work:
            for contract in contracts:
                await work.contracts.add(contract)
    await database.dispose()
    assert (refusal.value.field, refusal.value.value) == ("number", "station_identity")


async def test_an_id_that_is_used_twice_is_called_so(database_url: str) -> None:
    database = open_database(database_url)
    transactions = SqlTransactions(database)
    tenant = await _seeded(transactions)
    customer = make_customer(tenant=tenant.id)
    with pytest.raises(AlreadyTaken) as refusal:
        async with transactions(scope_of(tenant, "test")) as work:
            await work.customers.add(customer)
            await work.customers.add(customer)
    await database.dispose()
    assert refusal.value.field == "id"


async def test_every_writer_to_sqlite_is_durable_and_queries_cannot_write(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    durable = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 0}
    assert await _settings(database.writer, durable) == durable
    assert await _settings(database.reader, ["query_only"]) == {"query_only": 1}
    await database.dispose()
    with closing(database.connect_sqlite()) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


async def _settings(engine: AsyncEngine, names: Iterable[str]) -> dict[str, Any]:
    async with engine.connect() as connection:
        return {name: (await connection.execute(sa.text(f"PRAGMA {name}"))).scalar_one() for name in names}


async def test_a_postgresql_url_may_say_how_to_secure_the_line(postgresql_url: str) -> None:
    joint = "&" if "?" in postgresql_url else "?"
    database = open_database(f"{postgresql_url}{joint}sslmode=prefer")
    await _seeded(SqlTransactions(database))
    await database.dispose()
