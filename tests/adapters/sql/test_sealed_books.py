"""What stands in a closed batch cannot be changed, whoever writes to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import Database, open_database, owner_engine
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.accounting import (
    BatchStatus,
    JsonExport,
    LineAnswer,
    Posting,
    PostingBatch,
    PostingState,
    acknowledge,
    attach,
    close_batch,
    collect,
    content_of,
    keep_export,
    rendered,
)
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing import builders
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import Scope


@attrs.frozen
class Sealed:
    """A closed batch of one posting with a document, exported and acknowledged, and a posting that waits."""

    database: Database
    tenant: Tenant
    batch: PostingBatch
    posting: Posting
    waiting: Posting

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "test")


@pytest.fixture
async def sealed(database_url: str) -> AsyncIterator[Sealed]:
    database, ids = open_database(database_url), SeededIds()
    tenant = builders.make_tenant()
    ledger = builders.make_ledger(tenant=tenant.id)
    batch = builders.make_posting_batch(tenant=tenant.id, ledger=ledger.id)
    posting, waiting = [builders.make_posting(tenant=tenant.id, ledger=ledger.id) for _ in range(2)]
    unit, scope = SqlTransactions(database), scope_of(tenant, "test")
    async with unit(scope) as work:
        await work.tenants.add(tenant)
        await work.ledgers.add(ledger)
        await work.account_rules.add(builders.make_account_rule(tenant=tenant.id))
        await work.posting_batches.add(batch)
        await work.postings.add_all([posting, waiting])
        for one in (posting, waiting):
            await attach(one.id, b"%PDF-1.7", work=work, at=NOON)
        await collect(batch.id, wanted=[posting.id], work=work, at=NOON)
        await close_batch(
            batch.id, path=tenant.path, exports=lambda _: JsonExport(), work=work, at=NOON, ids=ids
        )
        file = rendered(await content_of(batch.id, work=work), JsonExport())
        await keep_export(batch.id, file, format="json", work=work, at=NOON, ids=ids)
        answer = LineAnswer(line=1, accepted=True, document="49-1", at=NOON)
        await acknowledge(batch.id, {posting.id: [answer]}, work=work, at=NOON, ids=ids)
    yield Sealed(database, tenant, batch, posting, waiting)
    await database.dispose()


async def test_what_was_answered_is_written_beside_what_is_sealed(sealed: Sealed) -> None:
    async with SqlTransactions(sealed.database)(sealed.scope) as work:
        posting = await work.postings.get(sealed.posting.id)
        batch = await work.posting_batches.get(sealed.batch.id)
    assert (posting.state, len(posting.answers)) == (PostingState.ACKNOWLEDGED, 1)
    assert (posting.lines, posting.totals) == (sealed.posting.lines, sealed.posting.totals)
    assert (batch.status, batch.number, batch.answered) == (BatchStatus.ACKNOWLEDGED, 1, 1)


async def test_nothing_that_is_sealed_is_changed_or_dropped_by_any_statement(
    sealed: Sealed, database_url: str
) -> None:
    posting, batch = tables.posting, tables.posting_batch
    seal = tables.posting_seal
    export, file, document = tables.posting_export, tables.posting_file, tables.posted_document
    mine = posting.c.id == sealed.posting.id
    answered = {"state", "answers", "updated_at", "version"}
    changes: list[sa.UpdateBase] = [
        *(
            posting.update().where(mine).values({column: column})
            for column in posting.c
            if column.name not in answered
        ),
        posting.update().where(mine).values(state="ready"),
        *(
            batch.update().values({column: column})
            for column in batch.c
            if column.name not in {"status", "answered", "rejected", "updated_at", "version"}
        ),
        batch.update().values(status="open"),
        posting.delete().where(mine),
        batch.delete(),
        seal.update().values(rules=[]),
        seal.delete(),
        export.update().values(sha256="0"),
        export.delete(),
        file.update().values(content=b""),
        file.delete(),
        document.update().where(document.c.posting == sealed.posting.id).values(content=b""),
        document.delete().where(document.c.posting == sealed.posting.id),
    ]
    engine, refusals = owner_engine(database_url), []
    for change in changes:
        try:
            async with engine.begin() as connection:
                await connection.execute(change)
            refusals.append(f"allowed: {change}")
        except sa.exc.DBAPIError as error:
            refusals.append(str(error))
    await engine.dispose()
    assert [one for one in refusals if "is sealed" not in one] == []


async def test_nothing_comes_into_a_batch_that_is_closed_by_any_statement(
    sealed: Sealed, database_url: str
) -> None:
    posting = tables.posting
    waits = posting.c.id == sealed.waiting.id
    copied = {column.name: column for column in posting.c} | {
        "id": sa.literal(builders.make_posting().id, posting.c.id.type),
        "document_number": sa.literal("RE-X"),
        "batch": sa.literal(sealed.batch.id, posting.c.batch.type),
        "state": sa.literal("closed"),
    }
    changes: list[sa.UpdateBase] = [
        posting.update().where(waits).values(batch=sealed.batch.id),
        posting.update().where(waits).values(batch=sealed.batch.id, state="closed"),
        posting.insert().from_select(list(copied), sa.select(*copied.values()).where(waits)),
    ]
    engine = owner_engine(database_url)
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="posting is sealed"):
            async with engine.begin() as connection:
                await connection.execute(change)
    await engine.dispose()


async def test_what_is_in_no_closed_batch_is_changed_and_dropped(sealed: Sealed) -> None:
    async with SqlTransactions(sealed.database)(sealed.scope) as work:
        await attach(sealed.waiting.id, b"%PDF-1.7 other", work=work, at=NOON)
        await work.postings.remove(sealed.waiting.id)
        assert await work.postings.documents([sealed.waiting.id]) == {}
