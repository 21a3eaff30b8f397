"""The worklist: what somebody has to see to before the books are right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import attrs

from emobility_core.accounting._close import Exports, explain, flaws_of, unmapped, with_accounts
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.accounting._rule import AccountRule


class WorkReason(Enum):
    """Why a posting stands in the worklist: it may not be billed, lines fit no rule, a format of its ledger
    cannot show it, or the ERP system rejected lines."""

    HELD = "held"
    UNMAPPED = "unmapped"
    UNEXPORTABLE = "unexportable"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True)
class WorkItem:
    """One reason of one posting, with the lines (from 1) that it is about, and what is known of it."""

    posting: Posting
    reason: WorkReason
    lines: tuple[int, ...] = ()
    details: tuple[str, ...] = ()


# What may stand in the worklist at all.
IN_QUESTION = (PostingState.HELD, PostingState.READY, PostingState.COLLECTED, PostingState.REJECTED)


def work_on(
    posting: Posting, *, ledger: Ledger, rules: Sequence[AccountRule], exports: Exports
) -> list[WorkItem]:
    """What there is to do about a posting. What was rejected is done once it was posted anew."""
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
    explanations = explain(posting, ledger=ledger, rules=rules)
    if missing := unmapped(explanations):
        found.append(WorkItem(posting=posting, reason=WorkReason.UNMAPPED, lines=missing))
    else:
        flaws = flaws_of([with_accounts(posting, explanations)], ledger=ledger, exports=exports)
        if flaws:
            told = tuple(f"{format}: {flaw.field}: {flaw.detail}" for format, flaw in flaws)
            found.append(WorkItem(posting=posting, reason=WorkReason.UNEXPORTABLE, details=told))
    return found
