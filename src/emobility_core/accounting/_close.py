"""Closing: every line gets its accounts, the batch its number and digest, and nothing of it changes again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import attrs

from emobility_core.accounting._batch import PostingBatch, UnmappedLines
from emobility_core.accounting._canonical import canonical, digest_of
from emobility_core.accounting._corrected import require_current
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._ports import AccountingWork, ErpExport, ExportFlaw
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


def explain(posting: Posting, *, ledger: Ledger, rules: Sequence[AccountRule]) -> list[AccountExplanation]:
    """Where each line goes by the rules of today, and why."""
    return [
        determine(
            rules,
            ledger=ledger.name,
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
    id: PostingBatchId, *, path: str, exports: Exports, work: AccountingWork, at: Instant, ids: Ids
) -> PostingBatch:
    """Close a batch of the tenant at `path`: number, assign, seal.

    Raises `BatchNotOpen`, `EmptyBatch`, `SessionCorrected`, `UnmappedLines`, `UnexportableBatch`.
    Who closes has the ledger to themselves until the unit ends, so that its numbers have no gaps.
    """
    known = await work.posting_batches.get(id)
    ledger = await work.ledgers.get_for_change(known.ledger)
    batch = await work.posting_batches.get_for_change(id)
    batch.require_open()
    postings = await work.postings.of_batch(id)
    await require_current(postings, work=work)
    postings = _assigned(postings, ledger=ledger, rules=await rules_at(path, work=work))
    _require_exportable(postings, ledger=ledger, exports=exports)
    closed = [one.closed(one.assignments, at) for one in postings]
    numbered = batch.numbered(closed, number=ledger.last_number + 1, previous=ledger.last_digest, at=at)
    digest = digest_of(canonical(numbered, closed))
    await work.postings.replace_all(closed)
    stored = await work.posting_batches.replace(attrs.evolve(numbered, digest=digest))
    after = {"last_number": ledger.last_number + 1, "last_digest": digest, "updated_at": at}
    await work.ledgers.replace(attrs.evolve(ledger, **after))  # type: ignore[arg-type]
    work.outbox.publish(batch_event(stored, "closed", at=at, ids=ids))
    return stored


def _assigned(postings: Sequence[Posting], *, ledger: Ledger, rules: Sequence[AccountRule]) -> list[Posting]:
    found: list[Posting] = []
    missing: list[tuple[PostingId, int]] = []
    for posting in postings:
        explanations = explain(posting, ledger=ledger, rules=rules)
        missing += [(posting.id, line) for line in unmapped(explanations)]
        found.append(with_accounts(posting, explanations))
    if missing:
        raise UnmappedLines(len(missing), *missing[0])
    return found


def _require_exportable(postings: Sequence[Posting], *, ledger: Ledger, exports: Exports) -> None:
    for format, settings in ledger.exports.items():
        require_shown(format, exports(format).flaws(postings, settings))


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
