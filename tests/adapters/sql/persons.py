"""A person of whom much is stored, in one of several companies, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database, open_database, owner_engine
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.auditing import WireViews
from emobility_core.customers import Customer, IdTag, Token
from emobility_core.ids import shown
from emobility_core.privacy import Erasure, Sightings, Whose, erase_person, person_of, preview_erasure
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    later,
    make_auditor,
    make_command,
    make_contract,
    make_customer,
    make_ended,
    make_event,
    make_resolution,
    make_tenant,
    make_token,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from emobility_core.work import Deed, Scope, StoredAnswer

NAME, EMAIL, TAG = "Zebedee Quixote", "zebedee@quixote.example", "04ZEB3D33Q"
Rows = Mapping[str, list[Mapping[str, object]]]


@attrs.frozen
class Stored:
    """`home` is the person's company, `site` below it; `sister` and `host` are companies beside it."""

    url: str
    transactions: SqlTransactions
    home: Tenant
    site: Tenant
    sister: Tenant
    host: Tenant
    customer: Customer
    token: Token

    @property
    def database(self) -> Database:
        return self.transactions.database

    @property
    def scope(self) -> Scope:
        return scope_of(self.home, "client:cli_1", Deed(operation="erasures_create"))

    @property
    def everywhere(self) -> Scope:
        return attrs.evolve(self.scope, path="/")

    @property
    def whose(self) -> Whose:
        return Whose(customer=self.customer.id)

    async def seen(self) -> Sightings:
        async with self.transactions.reading(self.everywhere) as work:
            person = await person_of(self.whose, work=work)
            found: Sightings = await work.personal_data.look(person, self.scope)
        return found

    async def erased(self, seen: Sightings | None = None) -> Erasure:
        async with self.transactions(self.everywhere) as work:
            return await erase_person(
                self.whose, work=work, scope=self.scope, at=later(), ids=ids, seen=seen or Sightings()
            )

    async def preview(self) -> Erasure:
        async with self.transactions.reading(self.everywhere) as work:
            return await preview_erasure(self.whose, work=work, scope=self.scope, at=later(), ids=ids)

    async def told(self) -> Rows:
        async with self.transactions.reading(self.everywhere) as work:
            person = await person_of(self.whose, work=work)
            data: Rows = await work.personal_data.about(person, self.scope)
        return data

    async def dump(self) -> str:
        """Every value of every table, as its owner sees it."""
        engine, lines = owner_engine(self.url), list[str]()
        async with engine.connect() as connection:
            for table in tables.metadata.sorted_tables:
                found = await connection.execute(sa.text(f"SELECT * FROM {table.name}"))
                lines += [f"{table.name}: {row}" for row in found]
        await engine.dispose()
        return "\n".join(lines)

    async def rows_of(self, tenant: Tenant) -> list[str]:
        """The lines of the dump that are of a tenant or speak of it."""
        forms = (tenant.id.hex, str(tenant.id), shown("ten", tenant.id))
        return sorted(line for line in (await self.dump()).splitlines() if any(one in line for one in forms))


@pytest.fixture
async def stored(database_url: str) -> AsyncIterator[Stored]:
    """A person with a session in their company, whose card a station of a site below it has read."""
    database = open_database(database_url)
    transactions = SqlTransactions(database, auditor=make_auditor(views=WireViews()))
    root = make_tenant(name="root")
    home, sister, host = make_tenant(root), make_tenant(root), make_tenant(root)
    site = make_tenant(home)
    async with transactions(scope_of(root, "client:cli_1", Deed(operation="test"))) as work:
        for tenant in (root, home, sister, host, site):
            await work.tenants.add(tenant)
    customer, token = await named_in(home, transactions, told=site)
    yield Stored(database_url, transactions, home, site, sister, host, customer, token)
    await database.dispose()


async def named_in(tenant: Tenant, transactions: SqlTransactions, *, told: Tenant) -> tuple[Customer, Token]:
    """Somebody of this name with all that may be stored about them; `told` is where others name them."""
    customer = make_customer(tenant=tenant.id, name=NAME, email=EMAIL, external_ids={"sap": "ZQ-4711"})
    contract = make_contract(tenant=tenant.id, customer=customer.id)
    token = make_token(
        tenant=tenant.id, id_tag=IdTag(TAG), customer=customer.id, contract=contract.id, label=NAME
    )
    session = make_ended(tenant=tenant.id, id_tag=IdTag(TAG), token=token.id, customer=customer.id)
    async with transactions(scope_of(tenant, "client:cli_1", Deed(operation="test"))) as work:
        await work.customers.add(customer)
        await work.contracts.add(contract)
        await work.tokens.add(token)
        await work.sessions.add(session)
        await work.resolutions.add(make_resolution(tenant=told.id, reason=f"{TAG} of {NAME}, {EMAIL}"))
        await work.commands.add(make_command(tenant=told.id, detail=f"for {TAG.lower()}"))
        work.outbox.publish(make_event(tenant=told.id, data={"id_tag": TAG, "nested": {"of": [NAME]}}))
        await work.idempotency_keys.add(answer(told))
    return customer, token


def answer(tenant: Tenant) -> StoredAnswer:
    body = f'{{"tenant":"{shown("ten", tenant.id)}","id_tag":"{TAG}"}}'
    kept: dict[str, Any] = {"digest": "", "status": 201, "headers": {}, "created_at": NOON}
    return StoredAnswer(client=tenant.name, key=str(tenant.id), body=body, **kept)
