"""Two that work on one posting at once, on PostgreSQL, where a unit sees what others commit beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql.engine import DatabaseUnavailable, open_database
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.accounting import (
    CsvExport,
    Ledger,
    LineAnswer,
    Posting,
    PostingBatch,
    PostingFrozen,
    acknowledge,
    close_batch,
    collect,
    content_of,
    keep_export,
    post,
    post_anew,
    rendered,
    reverse,
    withdraw,
)
from emobility_core.ids import PostingId
from emobility_core.rating import rate_session
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


async def _answered(books: Books, posting: Posting, *, accepted: bool) -> None:
    """A batch of this posting alone is closed, exported and answered."""
    batch = builders.make_posting_batch(tenant=books.tenant.id, ledger=books.ledger.id)
    answer = LineAnswer(line=1, accepted=accepted, document="49-1", reason="locked", at=NOON)
    async with books.unit() as work:
        await work.posting_batches.add(batch)
        await collect(batch.id, wanted=[posting.id], work=work, at=NOON)
        await close_batch(
            batch.id, path=books.tenant.path, exports=lambda _: CsvExport(), work=work, at=NOON, ids=books.ids
        )
        file = rendered(await content_of(batch.id, work=work), CsvExport())
        await keep_export(batch.id, file, format="csv", work=work, at=NOON, ids=books.ids)
        await acknowledge(batch.id, {posting.id: [answer]}, work=work, at=NOON, ids=books.ids)


async def test_a_session_is_not_posted_anew_while_the_reversal_of_its_reposting_is_withdrawn(
    books: Books,
) -> None:
    prices = builders.make_tariff_version()
    session = builders.make_ended(tenant=books.tenant.id, tariff=prices.id)
    rating = rate_session(session, prices, id=builders.make_rating().id, at=NOON)

    def bill(number: str) -> Posting:
        return builders.make_posting(
            tenant=books.tenant.id, ledger=books.ledger.id, session=session.id, document_number=number
        )

    async with books.unit() as work:
        await work.sessions.add(session)
        await work.rated_sessions.put(attrs.evolve(rating, reasons=()))
        posting = await post(bill("RE-1"), ledger=books.ledger, work=work)
    await _answered(books, posting, accepted=False)
    async with books.unit() as work:
        again = await post_anew(posting.id, work=work, at=NOON, ids=books.ids)
    await _answered(books, again, accepted=True)
    async with books.unit() as work:
        reversal = await reverse(
            again.id, number="ST-1", on=date(2026, 7, 1), work=work, at=NOON, ids=books.ids
        )
    async with books.unit() as work:
        await post(bill("RE-2"), ledger=books.ledger, work=work)
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            async with books.unit() as beside:
                await beside.postings.connection.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
                await withdraw(reversal.id, work=beside, at=NOON)
