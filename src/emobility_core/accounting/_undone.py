"""Whether what a posting says still counts: it may be reversed, rejected, or stand in another one."""

from __future__ import annotations

import attrs

from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.errors import Conflict
from emobility_core.ids import PostingId
from emobility_core.work import Page

_COUNTING = tuple(set(PostingState) - {PostingState.REJECTED, PostingState.POSTED_ANEW})


@attrs.frozen
class SessionPostedAnew(Conflict):
    """The session of a posting was posted anew in the meantime, and its lines stand there.

    Remedy: none is needed for this posting; to go back, withdraw or reverse the newer one first.
    """

    code = "session-posted-anew"
    posting: PostingId


async def is_undone(posting: Posting, *, work: AccountingWork) -> bool:
    """Whether nothing of a posting counts any more: its lines were rejected or are reversed, and what was
    posted anew of them is undone as well."""
    if posting.loose or posting.unanswered:
        return False
    counts = len(posting.rejected_lines) < len(posting.lines)
    if counts and not await is_reversed(posting.id, work=work):
        return False
    again = Page(limit=1, filters={"reposts": [posting.id]}, descendants=True)
    for one in await work.postings.page(again):
        return await is_undone(one, work=work)
    return True


async def is_reversed(id: PostingId, *, work: AccountingWork) -> bool:
    """Whether there is a reversal of a posting that the ERP system has not rejected."""
    page = Page(limit=1, filters={"reverses": [id], "state": _COUNTING}, descendants=True)
    return bool(await work.postings.page(page))


async def is_superseded(posting: Posting, *, work: AccountingWork) -> bool:
    """Whether the session of a posting was posted anew since: its rejected lines are not, then."""
    origin = await origin_of(posting, work=work)
    if origin.session is None or origin.session_turn is None:
        return False
    newest = await work.postings.of_session(origin.ledger, origin.session)
    return newest is not None and newest.id != origin.id


async def origin_of(posting: Posting, *, work: AccountingWork) -> Posting:
    """The posting that the lines of one stood in first."""
    while posting.reposts is not None:
        posting = await work.postings.get(posting.reposts)
    return posting
