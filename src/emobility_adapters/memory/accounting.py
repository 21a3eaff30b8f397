"""Account rules, postings and exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from emobility_adapters.memory.records import Claim, MemoryRecords, paged
from emobility_adapters.memory.rows import Rows
from emobility_core.accounting import (
    AccountRule,
    BatchSeal,
    Ledger,
    Posting,
    PostingBatch,
    PostingExport,
    PostingState,
    UnknownPostingExport,
)
from emobility_core.ids import LedgerId, PostingBatchId, PostingExportId, PostingId, SessionId
from emobility_core.work import Page


class MemoryAccountRules(MemoryRecords[AccountRule]):
    """Implements the core's `AccountRules`."""

    async def along(self, path: str) -> list[AccountRule]:
        if self._unit.scope.stations is not None or not self._unit.scope.sees(path):
            return []
        line = {UUID(hex=part) for part in path.strip("/").split("/")}
        return sorted((one for one in self._rows.values() if one.tenant in line), key=lambda one: one.id)


class MemoryPostings(MemoryRecords[Posting]):
    """Implements the core's `Postings`."""

    async def waiting(self, ledger: LedgerId, *, until: date | None, limit: int) -> list[Posting]:
        ready = (one for one in self.visible() if one.ledger == ledger and one.state is PostingState.READY)
        return _dated(one for one in ready if until is None or one.document_date <= until)[:limit]

    async def of_batch(
        self, batch: PostingBatchId, *, after: Posting | None = None, limit: int | None = None
    ) -> list[Posting]:
        found = _dated(one for one in self.visible() if one.batch == batch)
        return [one for one in found if after is None or _place(one) > _place(after)][:limit]

    async def lines_of(self, batch: PostingBatchId) -> int:
        return sum(len(one.lines) for one in self.visible() if one.batch == batch)

    async def attach(self, posting: Posting, content: bytes) -> None:
        self._require(posting)
        self._unit.rows("posting documents").put(posting.id, content)

    async def documents(self, ids: Sequence[PostingId]) -> dict[PostingId, bytes]:
        kept: Rows[UUID, bytes] = self._unit.rows("posting documents")
        found = {PostingId(one.id): kept.get(one.id) for one in self.visible() if one.id in ids}
        return {id: content for id, content in found.items() if content is not None}

    async def of_session(self, ledger: LedgerId, session: SessionId) -> Posting | None:
        turns = {
            one.session_turn: one
            for one in self.visible()
            if (one.ledger, one.session) == (ledger, session) and one.session_turn is not None
        }
        return turns[max(turns)] if turns else None

    async def in_question(self, states: Sequence[PostingState], page: Page) -> list[Posting]:
        ratings = self._unit.rows("rated sessions")
        found = []
        for one in self.visible(descendants=page.descendants):
            rating = ratings.get(one.session)
            rated_anew = one.rating is not None and rating is not None and rating.id != one.rating
            if one.state in states or (rated_anew and await self._stands(one)):
                found.append(one)
        return paged(found, page)

    async def _stands(self, posting: Posting) -> bool:
        if posting.session is None:
            return False
        if posting.session_turn is None:
            return posting.reposts is not None
        return await self.of_session(posting.ledger, posting.session) == posting


class MemoryPostingBatches(MemoryRecords[PostingBatch]):
    """Implements the core's `PostingBatches`."""

    async def seal(self, seal: BatchSeal) -> None:
        self._unit.require(seal)
        self._unit.rows("posting seals").put(seal.batch, seal)

    async def seal_of(self, batch: PostingBatchId) -> BatchSeal | None:
        found: BatchSeal | None = self._unit.rows("posting seals").get(batch)
        return found if found is not None and self._unit.shows(found) else None


class MemoryPostingExports(MemoryRecords[PostingExport]):
    """Implements the core's `PostingExports`."""

    async def find(self, batch: PostingBatchId, format: str) -> PostingExport | None:
        return next((one for one in self.visible() if (one.batch, one.format) == (batch, format)), None)

    async def keep(self, export: PostingExport, content: bytes) -> None:
        await self.add(export)
        self._unit.rows("posting files").put(export.id, content)

    async def content(self, id: PostingExportId) -> bytes:
        await self.get(id)
        found: bytes | None = self._unit.rows("posting files").get(id)
        if found is None:
            raise UnknownPostingExport(id)
        return found


def _dated(postings: Iterable[Posting]) -> list[Posting]:
    return sorted(postings, key=_place)


def _place(posting: Posting) -> tuple[date, UUID]:
    return posting.document_date, posting.id


def ledger_claims(ledger: Ledger) -> Iterable[Claim]:
    return [("name", ledger.name, ("ledger", ledger.tenant, ledger.name))]


def posting_claims(posting: Posting) -> Iterable[Claim]:
    """A ledger has a document once, a session once in each turn; a posting is reversed once in each revision
    and posted anew once."""
    number = posting.document_number
    document = (posting.ledger, posting.document_kind, number, posting.revision)
    yield "document_number", number, ("document", *document)
    if (turn := posting.session_turn) is not None:
        yield "session", str(posting.session), ("posted session", posting.ledger, posting.session, turn)
    if posting.reverses is not None:
        yield "reverses", str(posting.reverses), ("reversed", posting.reverses, posting.revision)
    if posting.reposts is not None:
        yield "reposts", str(posting.reposts), ("posted anew", posting.reposts)


def batch_claims(batch: PostingBatch) -> Iterable[Claim]:
    if batch.number is not None:
        yield "number", str(batch.number), ("batch number", batch.ledger, batch.number)


def export_claims(export: PostingExport) -> Iterable[Claim]:
    return [("format", export.format, ("export", export.batch, export.format))]
