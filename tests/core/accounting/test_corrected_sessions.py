"""A session that is corrected, or comes into doubt, after it was posted is noticed, and set right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from emobility_core.accounting import (
    IN_QUESTION,
    Correction,
    Posting,
    PostingBatch,
    PostingFrozen,
    PostingState,
    SessionCorrected,
    SessionNotRated,
    SessionPostedAnew,
    Step,
    WorkReason,
    worklist,
)
from emobility_core.charging import Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.rating import Rating, rate_session
from emobility_core.testing.builders import (
    make_account_rule,
    make_active,
    make_ended,
    make_rating,
    make_tariff_version,
)
from emobility_core.testing.clock import NOON
from emobility_core.work import Page
from tests.core.accounting.books import Books, accepted, rejected

PRICES = make_tariff_version()


@attrs.define
class Sold(Books):
    """Books with one session, rated, which nothing holds."""

    session: EndedSession = attrs.field(init=False)

    async def end(self, **changes: Any) -> None:
        self.session = make_ended(tenant=self.own.id, tariff=PRICES.id, **changes)
        async with self.unit() as work:
            await work.sessions.add(self.session)
        await self.rate(self.session)

    async def rate(self, session: EndedSession, reasons: Sequence[str] = ()) -> None:
        async with self.unit() as work:
            stored = await work.sessions.get(session.id)
            if stored != session:
                await work.sessions.replace(attrs.evolve(session, version=stored.version))
            rating: Rating = rate_session(session, PRICES, id=make_rating().id, at=NOON)
            await work.rated_sessions.put(attrs.evolve(rating, reasons=tuple(reasons)))

    async def correct(self, wh: int, reasons: Sequence[str] = ()) -> None:
        assert self.session.meter_start is not None
        stop = self.session.meter_start + Energy.wh(wh)
        await self.rate(attrs.evolve(self.session, meter_stop=stop), reasons)

    async def sell(self, number: str = "RE-1") -> Posting:
        (made,) = await self.post(self.posting(session=self.session.id, document_number=number))
        return made

    async def to_do(self) -> dict[str, list[WorkReason]]:
        return {
            posting.document_number: [item.reason for item in items] for posting, items in await self._work()
        }

    async def correction(self) -> Correction:
        ((_, items),) = await self._work()
        found: list[Correction] = [item.correction for item in items if item.correction is not None]
        (only,) = found
        return only

    async def _work(self) -> Any:
        async with self.unit() as work:

            async def books(_: Posting) -> Any:
                return self.ledger, [make_account_rule()]

            found = await work.postings.in_question(IN_QUESTION, Page())
            return await worklist(found, books=books, exports=self.exports.__getitem__, work=work)

    async def sold_and_taken(self) -> tuple[Posting, PostingBatch]:
        posting = await self.sell()
        batch = await self.closed_batch(posting)
        return posting, await self.accept(batch)


@pytest.fixture
async def books() -> Sold:
    sold = await Sold.opened(make_account_rule())
    await sold.end()
    return sold


async def test_a_batch_is_not_closed_over_a_session_that_was_corrected(books: Sold) -> None:
    posting = await books.sell()
    batch = await books.open()
    await books.collect(batch)
    await books.correct(20_000)
    with pytest.raises(SessionCorrected) as refusal:
        await books.close(batch)
    assert (refusal.value.posting, refusal.value.session) == (posting.id, books.session.id)
    found = await books.correction()
    assert found.proposed == (Step.WITHDRAW, Step.POST)
    assert found.now.energy == Energy.wh(20_000) != found.posted.energy
    assert found.now.amounts.gross.minor > found.posted.amounts.gross.minor
    await books.withdraw(posting.id)
    again = await books.sell()
    await books.collect(batch, [again.id])
    await books.close(batch)
    assert await books.to_do() == {}


async def test_a_doubt_that_came_after_the_posting_is_noticed_and_one_that_went_is_not(books: Sold) -> None:
    await books.rate(books.session, ["clock-not-trusted"])
    await books.sell()
    await books.rate(books.session)
    assert await books.to_do() == {}
    await books.rate(books.session, [Doubt.STOPS_DISAGREE.value])
    assert await books.to_do() == {"RE-1": [WorkReason.SESSION_CORRECTED]}
    assert (await books.correction()).now.reasons == ("stops-disagree",)
    assert (await books.correction()).proposed == (Step.POST,)


async def test_a_session_rated_again_to_the_same_is_not_in_question(books: Sold) -> None:
    await books.sold_and_taken()
    await books.rate(books.session)
    assert await books.to_do() == {}


async def test_what_was_closed_is_reversed_and_posted_anew_with_its_session(books: Sold) -> None:
    posting, _ = await books.sold_and_taken()
    with pytest.raises(PostingFrozen):
        await books.sell("RE-2")
    await books.correct(20_000)
    assert (await books.correction()).proposed == (Step.REVERSE, Step.POST)
    reversal = await books.reverse(posting.id, "ST-1")
    assert reversal.session == books.session.id
    assert (await books.correction()).proposed == (Step.POST,)
    again = await books.sell("RE-2")
    assert (again.session, again.session_turn) == (books.session.id, 1)
    assert await books.to_do() == {}
    with pytest.raises(SessionPostedAnew):
        await books.withdraw(reversal.id)
    await books.closed_batch(reversal, again)
    with pytest.raises(PostingFrozen):
        await books.sell("RE-3")


async def test_a_line_that_is_not_answered_is_waited_for(books: Sold) -> None:
    await books.closed_batch(await books.sell())
    await books.correct(20_000)
    assert (await books.correction()).proposed == (Step.ACKNOWLEDGE, Step.REVERSE, Step.POST)


async def test_a_session_set_aside_after_it_was_posted_is_reversed_and_no_more(books: Sold) -> None:
    posting, _ = await books.sold_and_taken()
    await books.rate(books.session.discard(at=NOON), ["discarded"])
    assert (await books.correction()).proposed == (Step.REVERSE,)
    await books.reverse(posting.id, "ST-1")
    assert await books.to_do() == {}


async def test_a_reversal_that_is_rejected_leaves_the_session_posted(books: Sold) -> None:
    posting, _ = await books.sold_and_taken()
    reversal = await books.reverse(posting.id, "ST-1")
    batch = await books.closed_batch(reversal)
    await books.export(batch.id)
    await books.acknowledge(batch, {reversal.id: [rejected(1)]})
    with pytest.raises(PostingFrozen):
        await books.sell("RE-2")
    again = await books.post_anew(reversal.id)
    assert (await books.sell("RE-2")).session_turn == 1
    with pytest.raises(SessionPostedAnew):
        await books.withdraw(again.id)


async def test_rejected_lines_are_posted_anew_or_their_session_is_but_not_both(books: Sold) -> None:
    posting = await books.sell()
    batch = await books.closed_batch(posting)
    await books.export(batch.id)
    await books.acknowledge(batch, {posting.id: [rejected(1)]})
    assert await books.to_do() == {"RE-1": [WorkReason.REJECTED]}
    await books.correct(20_000)
    assert (await books.correction()).proposed == (Step.POST,)
    newer = await books.sell("RE-2")
    assert await books.to_do() == {}
    with pytest.raises(SessionPostedAnew):
        await books.post_anew(posting.id)
    await books.withdraw(newer.id)
    again = await books.post_anew(posting.id)
    assert again.session == books.session.id
    with pytest.raises(PostingFrozen):
        await books.sell("RE-2")


async def _rejected(books: Sold, *lines: int) -> Posting:
    """A posting of the session of which these lines were rejected, and no others, posted anew."""
    posting = await books.sell()
    batch = await books.closed_batch(posting)
    await books.export(batch.id)
    answers = [
        rejected(line) if line in lines else accepted(line) for line in range(1, len(posting.lines) + 1)
    ]
    await books.acknowledge(batch, {posting.id: answers})
    return await books.post_anew(posting.id)


async def test_a_batch_is_not_closed_over_a_reposting_whose_session_was_corrected(books: Sold) -> None:
    again = await _rejected(books, 1)
    await books.correct(20_000)
    assert (await books.correction()).proposed == (Step.WITHDRAW, Step.POST)
    batch = await books.open()
    await books.collect(batch)
    with pytest.raises(SessionCorrected) as refusal:
        await books.close(batch)
    assert refusal.value.posting == again.id
    await books.withdraw(again.id)
    assert (await books.correction()).proposed == (Step.POST,)
    await books.sell("RE-2")
    assert await books.to_do() == {}


async def test_the_steps_about_a_reposting_are_its_own_and_lead_to_the_end(books: Sold) -> None:
    again = await _rejected(books, 1)
    await books.accept(await books.closed_batch(again))
    await books.correct(20_000)
    assert (await books.correction()).proposed == (Step.REVERSE, Step.POST)
    await books.reverse(again.id, "ST-1")
    assert (await books.correction()).proposed == (Step.POST,)
    assert (await books.sell("RE-2")).session_turn == 1
    assert await books.to_do() == {}


async def test_a_session_that_runs_or_has_no_price_is_not_posted(books: Sold) -> None:
    running = make_active(tenant=books.own.id)
    async with books.unit() as work:
        await work.sessions.add(running)
    with pytest.raises(SessionNotRated):
        await books.post(books.posting(session=running.id))


async def test_a_posting_that_is_held_is_told_once_its_session_may_be_billed(books: Sold) -> None:
    await books.rate(books.session, ["no-tariff"])
    held = books.posting(session=books.session.id, state=PostingState.HELD, held=("no-tariff",))
    await books.post(held)
    await books.rate(books.session)
    assert (await books.to_do())[held.document_number] == [WorkReason.HELD, WorkReason.SESSION_CORRECTED]


async def test_a_document_made_by_hand_takes_the_place_of_the_session_that_is_held(books: Sold) -> None:
    session = books.session.id
    held = books.posting(session=session, state=PostingState.HELD, held=("no-tariff",))
    await books.post(held, books.posting(session=session, document_number="RE-1"))
    (only,) = await books.all()
    assert (only.id, only.state, only.held, only.document_number) == (held.id, PostingState.READY, (), "RE-1")
    await books.collect(await books.open())
    with pytest.raises(PostingFrozen):
        await books.post(books.posting(session=session, document_number="RE-2"))
