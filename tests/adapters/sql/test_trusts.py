"""No two trusts that one token fits, also where both are written at once, or a thousand stand before."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from emobility_adapters.memory import MemoryStore
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.auth import StoredTrusts
from emobility_core.identity import IssuersIndistinct, TrustedIssuer, require_apart
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_tenant, make_trusted_issuer

NOBODY = cast("Any", None)


async def test_of_two_that_are_written_at_once_one_is_refused(database_url: str) -> None:
    database, root = open_database(database_url), make_tenant()
    transactions: Any = SqlTransactions(database)
    companies = [make_tenant(root) for _ in range(4)]
    async with transactions(scope_of(root, "tests")) as work:
        for tenant in (root, *companies):
            await work.tenants.add(tenant)
    trusts = StoredTrusts(reading=transactions.reading, everything=scope_of(root, "tests"), rights=NOBODY)

    async def trust(tenant: Tenant) -> None:
        issuer = make_trusted_issuer(tenant=tenant.id)
        async with transactions(scope_of(tenant, "tests")) as work:
            await work.trusted_issuers.hold()
            require_apart(issuer, await trusts.of(issuer.issuer))
            await work.trusted_issuers.add(issuer)

    answers = await asyncio.gather(*map(trust, companies), return_exceptions=True)
    refused = [answer for answer in answers if answer is not None]
    assert [type(one) for one in refused] == [IssuersIndistinct] * 3
    await database.dispose()


async def test_one_is_held_against_all_others_however_many_they_are() -> None:
    store, tenant = MemoryStore(), make_tenant()

    def trust(number: int) -> TrustedIssuer:
        return make_trusted_issuer(tenant=tenant.id, required_claims={"tid": str(number)})

    async with store.transactions(scope_of(tenant, "tests")) as work:
        await work.tenants.add(tenant)
        await work.trusted_issuers.add_all([trust(number) for number in range(1_201)])
    trusts = StoredTrusts(reading=store.transactions, everything=scope_of(tenant, "tests"), rights=NOBODY)
    others = await trusts.of(trust(0).issuer)
    require_apart(trust(1_201), others)
    with pytest.raises(IssuersIndistinct):
        require_apart(trust(1_200), others)
