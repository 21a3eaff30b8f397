"""Gathering: postings come in, go into open batches, and may be withdrawn until those are closed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import attrs

from emobility_core.accounting._batch import MOST_BATCH_LINES, MOST_POSTINGS, BatchFull, PostingBatch
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._pieces import PIECE
from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting, PostingFile, PostingFrozen, PostingState
from emobility_core.accounting._price import SessionPrice
from emobility_core.accounting._undone import (
    SessionPostedAnew,
    is_superseded,
    is_undone,
    origin_of,
)
from emobility_core.charging import EndedSession
from emobility_core.errors import Conflict, Invalid
from emobility_core.ids import LedgerId, PostingBatchId, PostingId, SessionId
from emobility_core.instants import Instant
from emobility_core.work import Page, StaleWrite


@attrs.frozen
class LedgerCurrencyMismatch(Invalid):
    """A posting is not in the currency of its ledger.

    Remedy: convert it before, by a rate that you can prove, or post it to a ledger of its currency.
    """

    code = "ledger-currency-mismatch"
    field: str
    currency: str
    ledger: str


LONGEST_DOCUMENT = 700 * 1024


@attrs.frozen
class DocumentRefused(Invalid):
    """What is to be kept with a posting is no PDF, or too long.

    Remedy: give a PDF of at most so many bytes.
    """

    code = "document-refused"
    most: int


@attrs.frozen
class PostingNotReady(Conflict):
    """A posting cannot be added to a batch: it is held, in another batch, or of another ledger.

    Remedy: see its `state`, `held` and `batch`; only those that are ready are added.
    """

    code = "posting-not-ready"
    posting: PostingId
    state: str


@attrs.frozen
class SessionNotRated(Conflict):
    """A session that runs, or has no price yet, cannot be posted.

    Remedy: wait for the event `session.rated` of the session.
    """

    code = "session-not-rated"
    session: UUID


async def post(posting: Posting, *, ledger: Ledger, work: AccountingWork) -> Posting:
    """Take in a document. One about a session that is held, or not in a batch yet, takes its place; where
    what was posted of the session is undone it stands for the session from then on.

    Raises `LedgerCurrencyMismatch`, `AlreadyTaken` for a document that is there, `SessionNotRated`,
    `UnknownSession`, and `PostingFrozen` if the session stands in a batch.
    """
    if posting.currency != ledger.currency:
        raise LedgerCurrencyMismatch("totals", posting.currency, ledger.currency)
    if posting.session is None:
        await work.postings.add(posting)
        return posting
    known = await standing_for(posting.session, posting.ledger, work=work)
    posting = await _rated(posting, posting.session, work)
    if known is None or not known.loose:
        turn = 0 if known is None or known.session_turn is None else known.session_turn + 1
        posting = attrs.evolve(posting, session_turn=turn)
        await work.postings.add(posting)
        return posting
    kept = {
        "id": known.id, "version": known.version, "created_at": known.created_at,
        "session_turn": known.session_turn,
    }  # fmt: skip
    return await work.postings.replace(attrs.evolve(posting, **kept))  # type: ignore[arg-type]


async def standing_for(session: SessionId, ledger: LedgerId, *, work: AccountingWork) -> Posting | None:
    """The posting that stands for a session, until the unit ends as it is. Whatever is not loose is undone.

    Raises `PostingFrozen` if it is neither.
    """
    known = await work.postings.of_session(ledger, session)
    if known is None:
        return None
    known = await work.postings.get_for_change(known.id)
    if known.state in (PostingState.HELD, PostingState.READY) or await is_undone(known, work=work):
        return known
    raise PostingFrozen(known.id)


async def _rated(posting: Posting, session: SessionId, work: AccountingWork) -> Posting:
    """With what its session comes to."""
    known, rating = await work.sessions.get(session), await work.rated_sessions.find(session)
    if rating is None or not isinstance(known, EndedSession):
        raise SessionNotRated(session)
    return attrs.evolve(posting, rating=rating.id, rated=SessionPrice.of(rating, known))


async def attach(id: PostingId, content: bytes, *, work: AccountingWork, at: Instant) -> Posting:
    """Keep the PDF of a posting that is in no closed batch; raise `PostingFrozen`, `DocumentRefused`."""
    if not content.startswith(b"%PDF-") or len(content) > LONGEST_DOCUMENT:
        raise DocumentRefused(LONGEST_DOCUMENT)
    posting = await work.postings.get_for_change(id)
    if not posting.loose:
        raise PostingFrozen(id)
    file = PostingFile(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    kept = await work.postings.replace(attrs.evolve(posting, file=file, updated_at=at))
    await work.postings.attach(kept, content)
    return kept


async def withdraw(id: PostingId, *, work: AccountingWork, at: Instant) -> Posting:
    """Take a posting back before its batch is closed.

    Raises `PostingFrozen` afterwards, `StaleWrite` if it was put into a batch at this moment, and
    `SessionPostedAnew` for a reversal if the session of what it reverses was posted anew since.
    """
    known, batch = await work.postings.get(id), None
    if known.batch is not None:
        # The batch before its postings, as whoever closes it asks for them: else both would wait for ever.
        batch = await work.posting_batches.get_for_change(known.batch)
    posting = await work.postings.get_for_change(id)
    if not posting.loose:
        raise PostingFrozen(id)
    if posting.batch != known.batch:
        raise StaleWrite(id)
    await _given_back(posting, work, at)
    if batch is not None:
        await work.posting_batches.replace(attrs.evolve(batch, postings=batch.postings - 1, updated_at=at))
    await work.postings.remove(id)
    return posting


async def _given_back(posting: Posting, work: AccountingWork, at: Instant) -> None:
    """What stood in a posting anew is rejected again, and what it reversed counts again."""
    if posting.reverses is not None:
        before = await work.postings.get(posting.reverses)
        # Whoever posts its session anew asks for this one, too.
        await work.postings.get_for_change((await origin_of(before, work=work)).id)
        if await is_superseded(before, work=work):
            raise SessionPostedAnew(before.id)
    if posting.reposts is not None:
        rejected = await work.postings.get_for_change(posting.reposts)
        await work.postings.replace(attrs.evolve(rejected, state=PostingState.REJECTED, updated_at=at))


async def collect(
    id: PostingBatchId,
    *,
    wanted: Sequence[PostingId] | None,
    until: date | None = None,
    work: AccountingWork,
    at: Instant,
) -> tuple[PostingBatch, int]:
    """Add postings to an open batch: those `wanted`, or all that are ready up to a document date and fit.

    Says how many came in. Raises `BatchNotOpen`, `BatchFull`, `PostingNotReady`, `UnknownPosting`.
    """
    batch = await work.posting_batches.get_for_change(id)
    batch.require_open()
    room = _Room(MOST_POSTINGS - batch.postings, MOST_BATCH_LINES - await work.postings.lines_of(id))
    before = room.postings
    if wanted is not None:
        named = tuple(dict.fromkeys(wanted))
        if len(named) > room.postings:
            raise BatchFull("postings", MOST_POSTINGS)
        for first in range(0, len(named), PIECE):
            found = await _ready(batch, named[first : first + PIECE], work)
            if room.taking(found) != found:
                raise BatchFull("lines", MOST_BATCH_LINES)
            await _take(batch, found, work, at)
    else:
        # What is in the batch waits no more.
        while found := room.taking(await _waiting(batch, until, room.postings, work)):
            await _take(batch, found, work, at)
    count = before - room.postings
    counted = attrs.evolve(batch, postings=batch.postings + count, updated_at=at)
    return await work.posting_batches.replace(counted), count


@attrs.define
class _Room:
    """How many more postings and lines a batch takes."""

    postings: int
    lines: int

    def taking(self, found: Sequence[Posting]) -> list[Posting]:
        """The first of them that fit; the room is less by these."""
        taken = []
        for one in found:
            if not self.postings or len(one.lines) > self.lines:
                break
            self.postings -= 1
            self.lines -= len(one.lines)
            taken.append(one)
        return taken


async def _waiting(batch: PostingBatch, until: date | None, room: int, work: AccountingWork) -> list[Posting]:
    return await work.postings.waiting(batch.ledger, until=until, limit=min(PIECE, room))


async def _take(batch: PostingBatch, found: Sequence[Posting], work: AccountingWork, at: Instant) -> None:
    await work.postings.replace_all([one.collected(batch.id, at) for one in found])


async def _ready(batch: PostingBatch, wanted: Sequence[PostingId], work: AccountingWork) -> list[Posting]:
    known = {one.id: one for one in await work.postings.page(Page.of("id", wanted))}
    found = []
    for id in wanted:
        posting = known.get(id) or await work.postings.get(id)
        if posting.state is not PostingState.READY or posting.ledger != batch.ledger:
            raise PostingNotReady(id, posting.state.value)
        found.append(posting)
    return found
