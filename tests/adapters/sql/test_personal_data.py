"""After an erasure a dump of all tables names the person nowhere, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import open_database, owner_engine
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.auditing import WireViews
from emobility_core.customers import Customer, IdTag
from emobility_core.privacy import Erasure, erase_person, person_of, preview_erasure
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
from emobility_core.work import Deed

NAME, EMAIL, TAG = "Zebedee Quixote", "zebedee@quixote.example", "04ZEB3D33Q"


@attrs.frozen
class Stored:
    url: str
    transactions: SqlTransactions
    tenant: Tenant
    customer: Customer

    async def erased(self) -> Erasure:
        scope = scope_of(self.tenant, "client:cli_1", Deed(operation="erasures_create"))
        async with self.transactions(attrs.evolve(scope, path="/")) as work:
            return await erase_person(self.customer.id, work=work, at=later(), ids=ids)

    async def dump(self) -> str:
        """Every value of every table, as its owner sees it."""
        engine, lines = owner_engine(self.url), list[str]()
        async with engine.connect() as connection:
            for table in tables.metadata.sorted_tables:
                found = await connection.execute(sa.text(f"SELECT * FROM {table.name}"))
                lines += [f"{table.name}: {row}" for row in found]
        await engine.dispose()
        return "\n".join(lines)


@pytest.fixture
async def stored(database_url: str) -> AsyncIterator[Stored]:
    """A person with a session in one company, whose card another one's station has read."""
    database = open_database(database_url)
    transactions = SqlTransactions(database, auditor=make_auditor(views=WireViews()))
    root = make_tenant(name="root")
    home, other = make_tenant(root), make_tenant(root)
    customer = make_customer(tenant=home.id, name=NAME, email=EMAIL, external_ids={"sap": "ZQ-4711"})
    contract = make_contract(tenant=home.id, customer=customer.id)
    token = make_token(
        tenant=home.id, id_tag=IdTag(TAG), customer=customer.id, contract=contract.id, label=NAME
    )
    session = make_ended(tenant=home.id, id_tag=IdTag(TAG), token=token.id, customer=customer.id)
    async with transactions(scope_of(root, "client:cli_1", Deed(operation="test"))) as work:
        for tenant in (root, home, other):
            await work.tenants.add(tenant)
        await work.customers.add(customer)
        await work.contracts.add(contract)
        await work.tokens.add(token)
        await work.sessions.add(session)
        await work.resolutions.add(make_resolution(tenant=other.id, reason=f"{TAG} of {NAME}, {EMAIL}"))
        await work.commands.add(make_command(tenant=other.id, detail=f"for {TAG.lower()}"))
        work.outbox.publish(make_event(tenant=other.id, data={"id_tag": TAG, "nested": {"of": [NAME]}}))
    yield Stored(database_url, transactions, home, customer)
    await database.dispose()


async def test_no_table_names_the_person(stored: Stored) -> None:
    before = (await stored.dump()).lower()
    for text in (NAME, EMAIL, TAG, "ZQ-4711"):
        assert text.lower() in before
    erasure = await stored.erased()
    after = (await stored.dump()).lower()
    for text in (NAME, EMAIL, TAG, "ZQ-4711"):
        assert text.lower() not in after
    assert erasure.replaced.items() >= {
        ("customer", 1), ("contract", 1), ("token", 1), ("charging_session", 1), ("resolution", 1),
        ("command", 1), ("event", 1),
    }  # fmt: skip
    assert [one.count for one in erasure.kept] == [1]


async def test_a_preview_counts_what_the_erasure_then_does_and_writes_nothing(stored: Stored) -> None:
    before = await stored.dump()
    scope = attrs.evolve(scope_of(stored.tenant, "client:cli_1"), path="/")
    async with stored.transactions.reading(scope) as work:
        preview = await preview_erasure(stored.customer.id, work=work, at=later(), ids=ids)
        person = await person_of(stored.customer.id, work=work)
        data = await work.personal_data.about(person)
    assert await stored.dump() == before
    assert data.keys() >= {"customer", "contract", "token", "charging_session", "resolution", "event"}
    done = await stored.erased()
    assert (preview.replaced, preview.audit_entries, preview.kept) == (
        done.replaced,
        done.audit_entries,
        done.kept,
    )
