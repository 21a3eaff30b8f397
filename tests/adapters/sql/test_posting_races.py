"""Two that work on one posting at once, on PostgreSQL, where a unit sees what others commit beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs
import pytest

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.accounting import (
    CsvExport,
    Ledger,
    Posting,
    PostingBatch,
    PostingFrozen,
    close_batch,
    collect,
    withdraw,
)
from emobility_core.ids import PostingId
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing import builders
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import StaleWrite


@attrs.frozen
class Books:
    """A ledger with an open batch of two postings, and one that waits."""

    transactions: SqlTransactions
    tenant: Tenant
    ledger: Ledger
    batch: PostingBatch
    waiting: Posting
    ids: SeededIds = attrs.field(factory=SeededIds)

    def unit(self) -> Any:
        return self.transactions(scope_of(self.tenant, "test"))

    async def collect(self) -> None:
        async with self.unit() as work:
            await collect(self.batch.id, wanted=[self.waiting.id], work=work, at=NOON)

    async def close(self) -> None:
        async with self.unit() as work:
            await close_batch(
                self.batch.id,
                path=self.tenant.path,
                exports=lambda _: CsvExport(),
                work=work,
                at=NOON,
                ids=self.ids,
            )

    async def of_batch(self) -> list[Posting]:
        async with self.unit() as work:
            found: list[Posting] = await work.postings.of_batch(self.batch.id)
        return found


@attrs.frozen
class _Between:
    """Postings; once one has been read, others act before the reader goes on."""

    real: Any
    others: Callable[[], Awaitable[None]]

    async def get(self, id: PostingId) -> Posting:
        found: Posting = await self.real.get(id)
        await self.others()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@attrs.frozen
class _Work:
    real: Any
    postings: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.fixture
async def books(postgresql_url: str) -> AsyncIterator[Books]:
    database = open_database(postgresql_url)
    transactions, root = SqlTransactions(database), builders.make_tenant()
    tenant = builders.make_tenant(root)
    ledger = builders.make_ledger(tenant=tenant.id)
    batch = builders.make_posting_batch(tenant=tenant.id, ledger=ledger.id)
    inside = [builders.make_posting(tenant=tenant.id, ledger=ledger.id) for _ in range(2)]
    waiting = builders.make_posting(tenant=tenant.id, ledger=ledger.id)
    async with transactions(scope_of(root, "test")) as work:
        await work.tenants.add(root)
        await work.tenants.add(tenant)
        await work.ledgers.add(ledger)
        await work.account_rules.add(builders.make_account_rule(tenant=tenant.id))
        await work.posting_batches.add(batch)
        await work.postings.add_all(inside)
        await collect(batch.id, wanted=None, work=work, at=NOON)
        await work.postings.add(waiting)
    yield Books(transactions, tenant, ledger, batch, waiting)
    await database.dispose()


async def _withdrawn_while(books: Books, posting: PostingId, others: Callable[[], Awaitable[None]]) -> None:
    async with books.unit() as work:
        await withdraw(posting, work=_Work(work, _Between(work.postings, others)), at=NOON)


async def test_what_is_put_into_a_batch_while_it_is_withdrawn_stays_in_it(books: Books) -> None:
    with pytest.raises(StaleWrite):
        await _withdrawn_while(books, books.waiting.id, books.collect)
    assert books.waiting.id in [one.id for one in await books.of_batch()]


async def test_what_is_closed_while_it_is_withdrawn_stays_in_its_batch(books: Books) -> None:
    async def others() -> None:
        await books.collect()
        await books.close()

    with pytest.raises(PostingFrozen):
        await _withdrawn_while(books, books.waiting.id, others)
    assert len(await books.of_batch()) == 3


async def test_a_batch_that_is_closed_while_a_posting_of_it_is_withdrawn_is_closed_whole(
    books: Books,
) -> None:
    first, _ = await books.of_batch()
    with pytest.raises(PostingFrozen):
        await _withdrawn_while(books, first.id, books.close)
    async with books.unit() as work:
        closed = await work.posting_batches.get(books.batch.id)
    assert closed.postings == len(await books.of_batch()) == 2
