"""Sessions that were corrected, or came into doubt, after they were posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.accounting._price import SessionPrice
from emobility_core.accounting._undone import is_superseded, is_undone, origin_of
from emobility_core.errors import Conflict
from emobility_core.ids import PostingId, SessionId
from emobility_core.rating import Rating
from emobility_core.work import Page


@attrs.frozen
class SessionCorrected(Conflict):
    """The session of a posting was corrected, or came into doubt, since it was posted.

    Remedy: see the worklist for both amounts; withdraw the posting, and post the session anew.
    """

    code = "session-corrected"
    posting: PostingId
    session: UUID
    count: int


class Step(Enum):
    """What is proposed to be done about a posting: have its lines answered, withdraw it, reverse it, post the
    session anew."""

    ACKNOWLEDGE = "acknowledge"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"
    POST = "post"


@attrs.frozen(kw_only=True)
class Correction:
    """What the session of a posting came to when it was posted, and what it comes to `now`; the `proposed`
    steps make the books right, in their order. Where rejected lines were posted anew each posting has its own
    steps, and the last one tells when to post the session."""

    posted: SessionPrice
    now: SessionPrice
    proposed: tuple[Step, ...]


async def corrections(postings: Sequence[Posting], *, work: AccountingWork) -> Mapping[PostingId, Correction]:
    """Those of these postings whose session is not what it was, but for what was set right already."""
    about = {one.id: one for one in postings if one.rated is not None}
    ratings = await _rated_since(about.values(), work)
    changed = [one for one in about.values() if one.session in ratings]
    if not changed:
        return {}
    undone = await _reversed(changed, work)
    found: dict[PostingId, Correction] = {}
    for one in changed:
        assert one.session is not None
        assert one.rated is not None
        now = SessionPrice.of(ratings[one.session], await work.sessions.get(one.session))
        # One that is held may be billed by now.
        changed_since = one.rated.is_corrected_by(now) or (one.held and not now.reasons)
        if not changed_since or await is_superseded(one, work=work):
            continue
        steps = _steps(one, now, is_reversed=one.id in undone)
        if steps and not (steps == (Step.POST,) and await _still_counts(one, work)):
            found[one.id] = Correction(posted=one.rated, now=now, proposed=steps)
    return found


async def _still_counts(posting: Posting, work: AccountingWork) -> bool:
    """Whether something of its session has to be reversed or withdrawn elsewhere before it is posted."""
    return not posting.loose and not await is_undone(await origin_of(posting, work=work), work=work)


async def corrected_among(postings: Sequence[Posting], *, work: AccountingWork) -> list[Posting]:
    """Those whose session is not what it was."""
    found = await corrections(postings, work=work)
    return [one for one in postings if one.id in found]


def require_none(corrected: Sequence[Posting]) -> None:
    """Raise `SessionCorrected` for any."""
    for posting in corrected:
        if posting.session is not None:
            raise SessionCorrected(posting.id, posting.session, len(corrected))


async def _rated_since(postings: Iterable[Posting], work: AccountingWork) -> dict[SessionId | None, Rating]:
    """The ratings of sessions that were rated anew after they were posted."""
    by_session = {one.session: one.rating for one in postings if one.session is not None}
    if not by_session:
        return {}
    current = await work.rated_sessions.of(list(by_session))
    return {session: one for session, one in current.items() if one.id != by_session[session]}


async def _reversed(postings: Sequence[Posting], work: AccountingWork) -> set[PostingId | None]:
    ids = [one.id for one in postings]
    page = Page(limit=len(ids), filters={"reverses": ids, "revision": [0]}, descendants=True)
    return {one.reverses for one in await work.postings.page(page)}


def _steps(posting: Posting, now: SessionPrice, *, is_reversed: bool) -> tuple[Step, ...]:
    """What is left to be done, nothing once what counted is reversed and the session came to nothing."""
    # Once its lines stand in another posting, that one tells when to post the session.
    done = now.is_nothing or posting.state is PostingState.POSTED_ANEW
    again = () if done else (Step.POST,)
    if posting.state is PostingState.COLLECTED or (posting.loose and posting.reposts is not None):
        return Step.WITHDRAW, *again
    if posting.loose:
        return again or (Step.WITHDRAW,)
    if is_reversed or len(posting.rejected_lines) == len(posting.lines):
        return again
    return (*((Step.ACKNOWLEDGE,) if posting.unanswered else ()), Step.REVERSE, *again)
