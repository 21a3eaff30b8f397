"""The worklist: what somebody has to see to before the books are right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from functools import partial

import attrs

from emobility_core.accounting._close import Exports, explain, flaws_of, unmapped, with_accounts
from emobility_core.accounting._corrected import Correction, corrections
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._pieces import Elsewhere, here
from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.accounting._rule import AccountRule
from emobility_core.accounting._undone import is_superseded


class WorkReason(Enum):
    """Why a posting stands in the worklist: it may not be billed, lines fit no rule, a format of its ledger
    cannot show it, the ERP system rejected lines, or its session is not any more what was posted."""

    HELD = "held"
    UNMAPPED = "unmapped"
    UNEXPORTABLE = "unexportable"
    REJECTED = "rejected"
    SESSION_CORRECTED = "session_corrected"


@attrs.frozen(kw_only=True)
class WorkItem:
    """One reason of one posting, with the lines (from 1) that it is about, and what is known of it. The
    `correction` is that of a session."""

    posting: Posting
    reason: WorkReason
    lines: tuple[int, ...] = ()
    details: tuple[str, ...] = ()
    correction: Correction | None = None


# What may stand in the worklist at all.
IN_QUESTION = (PostingState.HELD, PostingState.READY, PostingState.COLLECTED, PostingState.REJECTED)


async def worklist(
    postings: Sequence[Posting],
    *,
    books: Callable[[Posting], Awaitable[tuple[Ledger, Sequence[AccountRule]]]],
    exports: Exports,
    work: AccountingWork,
    elsewhere: Elsewhere = here,
) -> list[tuple[Posting, list[WorkItem]]]:
    """What there is to do about these postings; `books` tells the ledger of each, and the rules in force.
    Lines are held against rules `elsewhere`."""
    corrected = await corrections(postings, work=work)
    asked = [
        (posting, *await books(posting))
        for posting in postings
        if posting.state is not PostingState.REJECTED or not await is_superseded(posting, work=work)
    ]
    by_themselves = await elsewhere(partial(_work_on_each, asked, exports))
    found = []
    for (posting, _, _), items in zip(asked, by_themselves, strict=True):
        if correction := corrected.get(posting.id):
            items.append(
                WorkItem(posting=posting, reason=WorkReason.SESSION_CORRECTED, correction=correction)
            )
        if items:
            found.append((posting, items))
    return found


def _work_on_each(
    asked: Sequence[tuple[Posting, Ledger, Sequence[AccountRule]]], exports: Exports
) -> list[list[WorkItem]]:
    return [work_on(posting, ledger=ledger, rules=rules, exports=exports) for posting, ledger, rules in asked]


def work_on(
    posting: Posting, *, ledger: Ledger, rules: Sequence[AccountRule], exports: Exports
) -> list[WorkItem]:
    """What there is to do about a posting by itself. What was rejected is done once it was posted anew."""
    if posting.state is PostingState.REJECTED:
        reasons = tuple(f"{one.line}: {one.reason}" for one in posting.answers if not one.accepted)
        return [
            WorkItem(
                posting=posting, reason=WorkReason.REJECTED, lines=posting.rejected_lines, details=reasons
            )
        ]
    if not posting.loose:
        return []
    found = []
    if posting.state is PostingState.HELD:
        found.append(WorkItem(posting=posting, reason=WorkReason.HELD, details=posting.held))
    explanations = explain(posting, ledger=ledger.name, rules=rules)
    if missing := unmapped(explanations):
        found.append(WorkItem(posting=posting, reason=WorkReason.UNMAPPED, lines=missing))
    else:
        flaws = flaws_of([with_accounts(posting, explanations)], ledger=ledger, exports=exports)
        if flaws:
            told = tuple(f"{format}: {flaw.field}: {flaw.detail}" for format, flaw in flaws)
            found.append(WorkItem(posting=posting, reason=WorkReason.UNEXPORTABLE, details=told))
    return found
