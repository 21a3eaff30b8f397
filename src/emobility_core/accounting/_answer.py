"""What the ERP system says of an exported batch, and how its postings are corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import attrs

from emobility_core.accounting._batch import BatchStatus, PostingBatch, UnknownLine, new_answers
from emobility_core.accounting._close import batch_event
from emobility_core.accounting._pieces import pieces_of
from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import LineAnswer, Posting, PostingState
from emobility_core.accounting._undone import SessionPostedAnew, is_superseded, origin_of
from emobility_core.ids import Ids, PostingBatchId, PostingId
from emobility_core.instants import Instant
from emobility_core.work import Page


async def acknowledge(
    id: PostingBatchId,
    answers: Mapping[PostingId, Sequence[LineAnswer]],
    *,
    work: AccountingWork,
    at: Instant,
    ids: Ids,
) -> PostingBatch:
    """Note answers to lines of a batch, all or none; what was said before may be said again.

    Raises `BatchNotExported`, `UnknownLine`, `AnswerWithoutNumber`, `LineAnsweredBefore`.
    """
    batch = await work.posting_batches.get_for_change(id)
    known: dict[PostingId, Posting] = {}
    if answers:
        known = {one.id: one for one in await work.postings.page(Page.of("id", list(answers)))}
    news: list[LineAnswer] = []
    changed: list[Posting] = []
    for name, of_posting in answers.items():
        posting = known.get(name)
        if posting is None or posting.batch != id:
            raise UnknownLine(name, of_posting[0].line if of_posting else 0)
        if fresh := new_answers(posting, of_posting):
            news += fresh
            changed.append(posting.answered(fresh, at))
    after = batch.answered_by(news, at)
    if not news:
        return batch
    await work.postings.replace_all(changed)
    stored = await work.posting_batches.replace(after)
    if any(not one.accepted for one in news):
        work.outbox.publish(batch_event(stored, "rejected", at=at, ids=ids))
    elif stored.status is BatchStatus.ACKNOWLEDGED:
        work.outbox.publish(batch_event(stored, "acknowledged", at=at, ids=ids))
    return stored


async def accept_rest(
    id: PostingBatchId, document: str, *, work: AccountingWork, at: Instant, ids: Ids
) -> PostingBatch:
    """Note that all lines of a batch without an answer were accepted, as one `document`.

    It is for an ERP system that takes a file whole or not at all, and answers nothing.
    Raises `BatchNotExported`.
    """
    batch = await work.posting_batches.get_for_change(id)
    async for piece in pieces_of(id, work=work):
        answers = {one.id: _rest_of(one, document, at) for one in piece}
        batch = await acknowledge(id, answers, work=work, at=at, ids=ids)
    return batch


def _rest_of(posting: Posting, document: str, at: Instant) -> list[LineAnswer]:
    known = {one.line for one in posting.answers}
    return [
        LineAnswer(line=line, accepted=True, document=document, at=at)
        for line in range(1, len(posting.lines) + 1)
        if line not in known
    ]


async def reverse(
    id: PostingId, *, number: str, on: date, work: AccountingWork, at: Instant, ids: Ids
) -> Posting:
    """Post the opposite of a closed posting under a number of its own.

    Raises `NotPostedYet`, `LinesUnanswered`, `ReversalNotReversed`, and `AlreadyTaken` for what was reversed
    before.
    """
    posting = await work.postings.get_for_change(id)
    reversal = posting.reversal(id=PostingId(ids.uuid7(at)), number=number, on=on, at=at)
    await work.postings.add(reversal)
    return reversal


async def post_anew(id: PostingId, *, work: AccountingWork, at: Instant, ids: Ids) -> Posting:
    """Post the rejected lines of a posting once more, by the rules of then.

    Raises `NotPostedYet`, `SessionPostedAnew`, and `AlreadyTaken` for what was posted anew before.
    """
    origin = await origin_of(await work.postings.get(id), work=work)
    # Whoever posts its session anew asks for this one, too.
    await work.postings.get_for_change(origin.id)
    posting = await work.postings.get_for_change(id)
    again = posting.anew(id=PostingId(ids.uuid7(at)), at=at)
    if await is_superseded(posting, work=work):
        raise SessionPostedAnew(id)
    await work.postings.add(again)
    await work.postings.replace(attrs.evolve(posting, state=PostingState.POSTED_ANEW, updated_at=at))
    return again
