"""Closing: every line gets its accounts, the batch its number and digest, and nothing of it changes again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import attrs

from emobility_core.accounting._batch import PostingBatch, UnmappedLines
from emobility_core.accounting._canonical import (
    digest_of,
    digest_of_batch,
    document_of,
    rules_told,
    written,
)
from emobility_core.accounting._corrected import corrected_among, require_none
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._pieces import PIECE, Elsewhere, here, pieces_of
from emobility_core.accounting._ports import AccountingWork, BatchSeal, ErpExport, ExportFlaw
from emobility_core.accounting._posting import Posting
from emobility_core.accounting._rule import AccountExplanation, AccountRule, Assignment, determine, in_force
from emobility_core.errors import Conflict
from emobility_core.ids import EventId, Ids, PostingBatchId, PostingId, TenantId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event

Exports = Callable[[str], ErpExport]


@attrs.frozen
class UnexportableBatch(Conflict):
    """A format that the ledger wants its batches in cannot show a posting of this one.

    Remedy: withdraw the posting and post it in a form that the format has, or take the format out of
    the ledger. A batch that is closed is exported in another format, or corrected by reversals.
    """

    code = "unexportable-batch"
    format: str
    posting: PostingId
    field: str
    detail: str
    count: int


def tenants_along(path: str) -> list[TenantId]:
    """The tenants of a line of the tree, the root first."""
    return [TenantId(UUID(hex=part)) for part in path.strip("/").split("/")]


async def rules_at(path: str, *, work: AccountingWork) -> list[AccountRule]:
    """The rules in force for the tenant at `path`, in the order in which they are asked."""
    return in_force(await work.account_rules.along(path), tenants_along(path))


def explain(posting: Posting, *, ledger: str, rules: Sequence[AccountRule]) -> list[AccountExplanation]:
    """Where each line goes by these rules, in the ledger of this name, and why."""
    return [
        determine(
            rules,
            ledger=ledger,
            document_kind=posting.document_kind,
            line=line,
            partner_account=posting.partner_account,
        )
        for line in posting.lines
    ]


def unmapped(explanations: Sequence[AccountExplanation]) -> tuple[int, ...]:
    """The numbers of the lines that no rule fits."""
    return tuple(number for number, one in enumerate(explanations, 1) if one.assignment is None)


def with_accounts(posting: Posting, explanations: Sequence[AccountExplanation]) -> Posting:
    """The posting with what was found for its lines, all of which are mapped."""
    found: tuple[Assignment, ...] = tuple(one.assignment for one in explanations if one.assignment)
    return attrs.evolve(posting, assignments=found)


def flaws_of(
    postings: Sequence[Posting], *, ledger: Ledger, exports: Exports
) -> list[tuple[str, ExportFlaw]]:
    """What the formats of the ledger cannot show of postings that have their accounts."""
    return [
        (format, flaw)
        for format, settings in ledger.exports.items()
        for flaw in exports(format).flaws(postings, settings)
    ]


async def close_batch(
    id: PostingBatchId, *, path: str, exports: Exports, work: AccountingWork, at: Instant, ids: Ids,
    elsewhere: Elsewhere = here,
) -> PostingBatch:  # fmt: skip
    """Close a batch of the tenant at `path`: number, assign, seal.

    Raises `BatchNotOpen`, `EmptyBatch`, `SessionCorrected`, `UnmappedLines`, `UnexportableBatch`.
    Who closes has the ledger to themselves until the unit ends, so that its numbers have no gaps.
    """
    known = await work.posting_batches.get(id)
    ledger = await work.ledgers.get_for_change(known.ledger)
    batch = await work.posting_batches.get_for_change(id)
    batch.require_open()
    rules = tuple(await rules_at(path, work=work))
    closing = _Closing(ledger=ledger, rules=rules, exports=exports, at=at)
    async for piece in pieces_of(id, work=work):
        closing.corrected += await corrected_among(piece, work=work)
        await elsewhere(partial(closing.take, piece))
    sealed = await elsewhere(partial(closing.sealed, batch))
    for first in range(0, len(closing.closed), PIECE):
        await work.postings.replace_all(closing.closed[first : first + PIECE])
    stored = await work.posting_batches.replace(sealed)
    await work.posting_batches.seal(BatchSeal(batch=id, tenant=batch.tenant, ledger=ledger.name, rules=rules))
    after = {"last_number": sealed.number, "last_digest": sealed.digest, "updated_at": at}
    await work.ledgers.replace(attrs.evolve(ledger, **after))  # type: ignore[arg-type]
    work.outbox.publish(batch_event(stored, "closed", at=at, ids=ids))
    return stored


@attrs.define(kw_only=True)
class _Closing:
    """Postings of a batch as they will be, and what keeps it from being closed."""

    ledger: Ledger
    rules: tuple[AccountRule, ...]
    exports: Exports
    at: Instant
    closed: list[Posting] = attrs.field(factory=list)
    documents: list[bytes] = attrs.field(factory=list)
    corrected: list[Posting] = attrs.field(factory=list)
    unmapped: list[tuple[PostingId, int]] = attrs.field(factory=list)
    flaws: list[tuple[str, ExportFlaw]] = attrs.field(factory=list)

    def take(self, piece: Sequence[Posting]) -> None:
        found = []
        for posting in piece:
            explanations = explain(posting, ledger=self.ledger.name, rules=self.rules)
            missing = unmapped(explanations)
            self.unmapped += [(posting.id, line) for line in missing]
            if not missing:
                found.append(with_accounts(posting, explanations))
        self.flaws += flaws_of(found, ledger=self.ledger, exports=self.exports)
        closed = [one.closed(one.assignments, self.at) for one in found]
        self.closed += closed
        self.documents += [written(document_of(one)) for one in closed]

    def sealed(self, batch: PostingBatch) -> PostingBatch:
        """The batch with number and digest, if nothing keeps it."""
        require_none(self.corrected)
        if self.unmapped:
            raise UnmappedLines(len(self.unmapped), *self.unmapped[0])
        for format in self.ledger.exports:
            require_shown(format, [flaw for of, flaw in self.flaws if of == format])
        numbered = batch.numbered(
            self.closed,
            number=self.ledger.last_number + 1,
            previous=self.ledger.last_digest,
            rules_digest=digest_of(rules_told(self.ledger.name, self.rules)),
            at=self.at,
        )
        return attrs.evolve(numbered, digest=digest_of_batch(numbered, self.documents))


def require_shown(format: str, flaws: Sequence[ExportFlaw]) -> None:
    """Raise `UnexportableBatch` for what a format cannot show."""
    if flaws:
        first = flaws[0]
        raise UnexportableBatch(format, first.posting, first.field, first.detail, len(flaws))


def batch_event(batch: PostingBatch, what: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("pba", batch.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=batch.tenant,
        type=f"posting_batch.{what}",
        subject=id,
        at=at,
        data={
            "posting_batch": id,
            "ledger": shown("ldg", batch.ledger),
            "number": batch.number,
            "digest": batch.digest,
            "lines": batch.lines,
            "answered": batch.answered,
            "rejected": batch.rejected,
        },
    )
