"""Books over the store in memory: a ledger, rules, and the use cases with what they need."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

import attrs

from emobility_adapters.memory import MemoryStore
from emobility_core.accounting import (
    AccountRule,
    CsvExport,
    ErpExport,
    ExportedFile,
    JsonExport,
    Ledger,
    LineAnswer,
    Posting,
    PostingBatch,
    accept_rest,
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
from emobility_core.ids import PostingBatchId, PostingId
from emobility_core.instants import Instant
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_ledger, make_posting, make_posting_batch, make_tenant
from emobility_core.testing.clock import NOON, SeededIds
from emobility_core.work import Page, Scope


@attrs.define
class Books:
    """A company `own` below `root` with one ledger."""

    root: Tenant = attrs.field(factory=make_tenant)
    own: Tenant = attrs.field(init=False)
    ledger: Ledger = attrs.field(init=False)
    store: MemoryStore = attrs.field(factory=MemoryStore)
    ids: SeededIds = attrs.field(factory=SeededIds)
    exports: dict[str, ErpExport] = attrs.field(factory=lambda: {"json": JsonExport(), "csv": CsvExport()})

    @classmethod
    async def opened(cls, *rules: AccountRule, **of_ledger: Any) -> Self:
        books = cls()
        books.own = make_tenant(books.root)
        books.ledger = make_ledger(tenant=books.own.id, name="main", **of_ledger)
        async with books.store.transactions(scope_of(books.root, "test")) as work:
            await work.tenants.add(books.root)
            await work.tenants.add(books.own)
            await work.ledgers.add(books.ledger)
        await books.rule(*rules)
        return books

    @property
    def scope(self) -> Scope:
        return scope_of(self.own, "test")

    def unit(self) -> Any:
        return self.store.transactions(self.scope)

    async def rule(self, *rules: AccountRule) -> None:
        async with self.store.transactions(scope_of(self.root, "test")) as work:
            for one in rules:
                tenant = one.tenant if one.tenant == self.root.id else self.own.id
                await work.account_rules.add(attrs.evolve(one, tenant=tenant))

    def posting(self, **fields: Any) -> Posting:
        return make_posting(tenant=self.own.id, ledger=self.ledger.id, **fields)

    async def post(self, *postings: Posting) -> list[Posting]:
        async with self.unit() as work:
            return [await post(one, ledger=self.ledger, work=work) for one in postings]

    async def withdraw(self, id: PostingId) -> None:
        async with self.unit() as work:
            await withdraw(id, work=work, at=NOON)

    async def open(self) -> PostingBatch:
        batch = make_posting_batch(tenant=self.own.id, ledger=self.ledger.id)
        async with self.unit() as work:
            await work.posting_batches.add(batch)
        return batch

    async def collect(
        self, batch: PostingBatch, wanted: list[PostingId] | None = None, until: date | None = None
    ) -> int:
        async with self.unit() as work:
            _, count = await collect(batch.id, wanted=wanted, until=until, work=work, at=NOON)
        return count

    async def close(self, batch: PostingBatch, at: Instant = NOON) -> PostingBatch:
        async with self.unit() as work:
            return await close_batch(
                batch.id, path=self.own.path, exports=self.exports.__getitem__, work=work, at=at, ids=self.ids
            )

    async def export(self, id: PostingBatchId, format: str = "json") -> bytes:
        """The file of a batch as it was kept."""
        async with self.unit() as work:
            file: ExportedFile = rendered(await content_of(id, work=work), self.exports[format])
        async with self.unit() as work:
            kept = await keep_export(id, file, format=format, work=work, at=NOON, ids=self.ids)
            content: bytes = await work.posting_exports.content(kept.id)
        return content

    async def acknowledge(
        self, batch: PostingBatch, answers: dict[PostingId, list[LineAnswer]]
    ) -> PostingBatch:
        async with self.unit() as work:
            return await acknowledge(batch.id, answers, work=work, at=NOON, ids=self.ids)

    async def accept(self, batch: PostingBatch) -> PostingBatch:
        """Every line of a closed batch is accepted."""
        await self.export(batch.id)
        postings = await self.of_batch(batch)
        answers = {one.id: [accepted(line) for line in range(1, len(one.lines) + 1)] for one in postings}
        return await self.acknowledge(batch, answers)

    async def accept_rest(self, batch: PostingBatch, document: str) -> PostingBatch:
        async with self.unit() as work:
            return await accept_rest(batch.id, document, work=work, at=NOON, ids=self.ids)

    async def closed_batch(self, *postings: Posting) -> PostingBatch:
        batch = await self.open()
        await self.collect(batch, [one.id for one in postings])
        return await self.close(batch)

    async def reverse(self, id: PostingId, number: str) -> Posting:
        async with self.unit() as work:
            return await reverse(id, number=number, on=date(2026, 7, 1), work=work, at=NOON, ids=self.ids)

    async def post_anew(self, id: PostingId) -> Posting:
        async with self.unit() as work:
            return await post_anew(id, work=work, at=NOON, ids=self.ids)

    async def get(self, id: PostingId) -> Posting:
        async with self.unit() as work:
            found: Posting = await work.postings.get(id)
        return found

    async def of_batch(self, batch: PostingBatch) -> list[Posting]:
        async with self.unit() as work:
            found: list[Posting] = await work.postings.of_batch(batch.id)
        return found

    async def batch(self, batch: PostingBatch) -> PostingBatch:
        async with self.unit() as work:
            found: PostingBatch = await work.posting_batches.get(batch.id)
        return found

    async def events(self) -> list[str]:
        entries = await self.store.feed.after(0, scope=self.scope, limit=500)
        return [one.event.type for one in entries]

    async def all(self) -> list[Posting]:
        async with self.unit() as work:
            found: list[Posting] = await work.postings.page(Page(limit=1_000))
        return found


def accepted(line: int, document: str = "4900000001") -> LineAnswer:
    return LineAnswer(line=line, accepted=True, document=document, at=NOON)


def rejected(line: int, reason: str = "period is locked") -> LineAnswer:
    return LineAnswer(line=line, accepted=False, reason=reason, at=NOON)
