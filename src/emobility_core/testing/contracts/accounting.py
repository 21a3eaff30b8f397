"""What postings, batches, account rules and exports promise beyond all records."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import attrs
import pytest

from emobility_core.accounting import (
    BatchNotOpen,
    BatchStatus,
    CsvExport,
    ErpExport,
    JsonExport,
    Ledger,
    LineAnswer,
    Posting,
    PostingBatch,
    PostingState,
    UnknownPostingExport,
    close_batch,
    collect,
    is_whole,
    reverse,
)
from emobility_core.ids import PostingId
from emobility_core.instants import Instant
from emobility_core.testing.builders import (
    later,
    make_account_rule,
    make_ended,
    make_ledger,
    make_posting,
    make_posting_batch,
    make_posting_export,
    make_posting_line,
    make_rating,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page, StaleWrite

_EXPORTS: dict[str, ErpExport] = {"json": JsonExport(), "csv": CsvExport()}


async def _books(store: Seeded, *batches: int) -> tuple[Ledger, list[PostingBatch]]:
    """A ledger whose every line is mapped, and open batches of so many postings each."""
    ledger = make_ledger(tenant=store.a.id)
    opened = [make_posting_batch(tenant=store.a.id, ledger=ledger.id) for _ in batches]
    async with store.unit() as work:
        await work.ledgers.add(ledger)
        await work.account_rules.add(make_account_rule(tenant=store.a.id))
        for batch, size in zip(opened, batches, strict=True):
            await work.posting_batches.add(batch)
            await work.postings.add_all([_posting(store, ledger) for _ in range(size)])
            await collect(batch.id, wanted=None, work=work, at=NOON)
    return ledger, opened


def _posting(store: Seeded, ledger: Ledger, **changes: Any) -> Posting:
    return make_posting(tenant=store.a.id, ledger=ledger.id, **changes)


async def _close(store: Seeded, batch: PostingBatch, at: Instant = NOON) -> PostingBatch:
    async with store.unit() as work:
        return await close_batch(
            batch.id, path=store.a.path, exports=_EXPORTS.__getitem__, work=work, at=at, ids=ids
        )


async def _add(store: Seeded, batch: PostingBatch, posting: PostingId) -> None:
    async with store.unit() as work:
        await collect(batch.id, wanted=[posting], work=work, at=NOON)


def _answered(posting: Posting) -> Posting:
    """As it is once its batch is closed and the ERP system has taken it."""
    answer = LineAnswer(line=1, accepted=True, document="49-1", at=NOON)
    return attrs.evolve(posting, state=PostingState.ACKNOWLEDGED, answers=(answer,))


class AccountingContract:
    """Documents posted once, batches closed once and numbered without gaps, files kept to the byte."""

    async def test_a_document_is_posted_to_a_ledger_once_in_each_revision(self, store: Seeded) -> None:
        ledger, other = make_ledger(tenant=store.a.id), make_ledger(tenant=store.a.id)
        first = _posting(store, ledger)
        same = {"document_number": first.document_number}
        async with store.unit() as work:
            await work.postings.add(first)
            await work.postings.add(_posting(store, other, **same))
            await work.postings.add(_posting(store, ledger, revision=1, **same))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.postings.add(_posting(store, ledger, **same))
        assert refusal.value.field == "document_number"

    async def test_a_session_is_posted_to_a_ledger_once_in_each_turn(self, store: Seeded) -> None:
        ledger, session = make_ledger(tenant=store.a.id), make_ended().id
        first = _posting(store, ledger, session=session, session_turn=0)
        async with store.unit() as work:
            await work.postings.add(first)
        async with store.unit() as work:
            assert await work.postings.of_session(ledger.id, session) == first
            assert await work.postings.of_session(make_ledger().id, session) is None
        async with store.unit(store.c) as work:
            assert await work.postings.of_session(ledger.id, session) is None
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.postings.add(_posting(store, ledger, session=session, session_turn=0))
        assert refusal.value.field == "session"

    async def test_a_posting_is_reversed_once(self, store: Seeded) -> None:
        ledger = make_ledger(tenant=store.a.id)
        posting = _answered(_posting(store, ledger))
        once, twice = [
            posting.reversal(id=make_posting().id, number=number, on=date(2026, 7, 1), at=NOON)
            for number in ("ST-1", "ST-2")
        ]
        async with store.unit() as work:
            await work.postings.add_all([posting, once])
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.postings.add(twice)
        assert refusal.value.field == "reverses"

    async def test_two_that_reverse_a_posting_at_once_reverse_it_once(self, store: Seeded) -> None:
        posting = _answered(_posting(store, make_ledger(tenant=store.a.id)))
        async with store.unit() as work:
            await work.postings.add(posting)

        async def turn_round(number: str) -> None:
            async with store.unit() as work:
                await reverse(posting.id, number=number, on=date(2026, 7, 1), work=work, at=NOON, ids=ids)

        outcomes = await asyncio.gather(turn_round("ST-1"), turn_round("ST-2"), return_exceptions=True)
        (refusal,) = [one for one in outcomes if one is not None]
        assert isinstance(refusal, AlreadyTaken)

    async def test_one_posting_stands_for_a_session_in_each_turn(self, store: Seeded) -> None:
        ledger, session = make_ledger(tenant=store.a.id), make_ended().id
        first, second, naming = [
            _posting(store, ledger, session=session, session_turn=turn) for turn in (0, 1, None)
        ]
        async with store.unit() as work:
            await work.postings.add_all([first, naming, _posting(store, ledger, session=session)])
            assert await work.postings.of_session(ledger.id, session) == first
            await work.postings.add(second)
        async with store.unit() as work:
            assert await work.postings.of_session(ledger.id, session) == second

    async def test_in_question_are_states_and_sessions_that_were_rated_anew(self, store: Seeded) -> None:
        ledger, sessions = make_ledger(tenant=store.a.id), [make_ended(tenant=store.a.id) for _ in range(3)]
        ratings = [make_rating(one) for one in sessions]
        closed = [
            _posting(
                store, ledger, session=one.session, session_turn=0, rating=one.id, state=PostingState.CLOSED
            )
            for one in ratings
        ]
        newer = _posting(store, ledger, session=sessions[2].id, session_turn=1, state=PostingState.CLOSED)
        ready = _posting(store, ledger)
        async with store.unit() as work:
            await work.postings.add_all([*closed, newer, ready])
            for rating in [*ratings, make_rating(sessions[1]), make_rating(sessions[2])]:
                await work.rated_sessions.put(rating)
        states = (PostingState.READY, PostingState.REJECTED)
        async with store.unit() as work:
            page = Page(filters={"ledger": [ledger.id]})
            assert await work.postings.in_question(states, page) == [closed[1], ready]
            assert await work.postings.in_question(states, attrs.evolve(page, limit=1)) == [closed[1]]
            assert await work.postings.in_question(states, attrs.evolve(page, after=closed[1].id)) == [ready]
        async with store.unit(store.c) as work:
            assert await work.postings.in_question(states, page) == []

    async def test_what_waits_comes_by_date_and_leaves_out_what_is_held_or_in_a_batch(
        self, store: Seeded
    ) -> None:
        ledger = make_ledger(tenant=store.a.id)
        late, early, same_day = [
            _posting(store, ledger, document_date=date(2026, month, 1)) for month in (12, 9, 9)
        ]
        held = _posting(store, ledger, state=PostingState.HELD)
        taken = _posting(store, ledger).collected(make_posting_batch().id, NOON)
        elsewhere = _posting(store, make_ledger())
        async with store.unit() as work:
            await work.postings.add_all([late, early, same_day, held, taken, elsewhere])
        async with store.unit() as work:
            waiting = work.postings.waiting
            assert await waiting(ledger.id, until=None, limit=9) == [early, same_day, late]
            assert await waiting(ledger.id, until=date(2026, 11, 30), limit=9) == [early, same_day]
            assert await waiting(ledger.id, until=date(2026, 9, 1), limit=1) == [early]
        async with store.unit(store.c) as work:
            assert await work.postings.waiting(ledger.id, until=None, limit=9) == []

    async def test_a_posting_that_is_withdrawn_is_gone_and_its_number_free(self, store: Seeded) -> None:
        ledger = make_ledger(tenant=store.a.id)
        posting = _posting(store, ledger, external_ids={"erp": "P-1"})
        async with store.unit() as work:
            await work.postings.add(posting)
        async with store.unit(store.c) as work:
            await work.postings.remove(posting.id)
        async with store.unit() as work:
            assert await work.postings.get(posting.id) == posting
            await work.postings.remove(posting.id)
        async with store.unit() as work:
            await work.postings.add(attrs.evolve(posting, id=make_posting().id))

    async def test_a_document_is_kept_to_the_byte_and_goes_with_its_posting(self, store: Seeded) -> None:
        ledger = make_ledger(tenant=store.a.id)
        posting, bare = _posting(store, ledger), _posting(store, ledger)
        async with store.unit() as work:
            await work.postings.add_all([posting, bare])
            await work.postings.attach(posting, b"first")
            await work.postings.attach(posting, bytes(range(256)))
        async with store.unit() as work:
            assert await work.postings.documents([posting.id, bare.id]) == {posting.id: bytes(range(256))}
            assert await work.postings.documents([]) == {}
        async with store.unit(store.c) as work:
            assert await work.postings.documents([posting.id]) == {}
        async with store.unit() as work:
            await work.postings.remove(posting.id)
        async with store.unit() as work:
            assert await work.postings.documents([posting.id]) == {}

    async def test_the_postings_of_a_batch_come_by_date_in_pieces(self, store: Seeded) -> None:
        ledger, batch = make_ledger(tenant=store.a.id), make_posting_batch().id
        dates = (date(2026, 6, 2), date(2026, 6, 1), date(2026, 6, 1))
        late, early, same_day = [
            _posting(store, ledger, document_date=on).collected(batch, NOON) for on in dates
        ]
        async with store.unit() as work:
            await work.postings.add_all([late, early, same_day, _posting(store, ledger)])
            of_batch = work.postings.of_batch
            assert await of_batch(batch) == [early, same_day, late]
            assert await of_batch(batch, limit=1) == [early]
            assert await of_batch(batch, after=early, limit=1) == [same_day]
            assert await of_batch(batch, after=same_day, limit=9) == [late]
            assert await of_batch(batch, after=late, limit=9) == []

    async def test_the_lines_of_a_batch_are_counted(self, store: Seeded) -> None:
        ledger, batch = make_ledger(tenant=store.a.id), make_posting_batch().id
        line, odd = make_posting_line(), make_posting_line(text='"\x00[1, 2]')
        taken = [
            _posting(store, ledger, lines=lines).collected(batch, NOON) for lines in ((line,), (odd,) * 3)
        ]
        async with store.unit() as work:
            assert await work.postings.lines_of(batch) == 0
            await work.postings.add_all([*taken, _posting(store, ledger)])
            assert await work.postings.lines_of(batch) == 4
        async with store.unit(store.c) as work:
            assert await work.postings.lines_of(batch) == 0

    async def test_a_batch_is_sealed_with_the_rules_that_it_was_closed_by(self, store: Seeded) -> None:
        _, (batch,) = await _books(store, 1)
        async with store.unit() as work:
            assert await work.posting_batches.seal_of(batch.id) is None
        closed = await _close(store, batch)
        async with store.unit() as work:
            seal = await work.posting_batches.seal_of(batch.id)
            assert seal is not None
            assert list(seal.rules) == await work.account_rules.along(store.a.path)
            assert is_whole(seal, closed)
        async with store.unit(store.c) as work:
            assert await work.posting_batches.seal_of(batch.id) is None

    async def test_rules_come_along_the_line_of_tenants(self, store: Seeded) -> None:
        rules = [make_account_rule(tenant=one.id) for one in (store.root, store.a, store.b, store.c)]
        async with store.unit(store.root) as work:
            await work.account_rules.add_all(rules)
        async with store.unit() as work:
            assert await work.account_rules.along(store.a.path) == rules[:2]
            assert await work.account_rules.along(store.b.path) == rules[:3]
            assert await work.account_rules.along(store.c.path) == []

    async def test_a_file_is_kept_to_the_byte_and_once_in_each_format(self, store: Seeded) -> None:
        content = bytes(range(256)) * 9
        export = make_posting_export(tenant=store.a.id)
        beside = make_posting_export(tenant=store.a.id, batch=export.batch, format="csv")
        async with store.unit() as work:
            await work.posting_exports.keep(export, content)
            await work.posting_exports.keep(beside, b"")
        async with store.unit() as work:
            assert await work.posting_exports.find(export.batch, "json") == export
            assert await work.posting_exports.find(export.batch, "datev") is None
            assert await work.posting_exports.content(export.id) == content
            assert await work.posting_exports.content(beside.id) == b""
        async with store.unit(store.c) as work:
            assert await work.posting_exports.find(export.batch, "json") is None
            with pytest.raises(UnknownPostingExport):
                await work.posting_exports.content(export.id)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                again = make_posting_export(tenant=store.a.id, batch=export.batch)
                await work.posting_exports.keep(again, b"other")
        assert refusal.value.field == "format"

    async def test_two_that_close_a_batch_at_once_close_it_once(self, store: Seeded) -> None:
        ledger, (batch,) = await _books(store, 3)
        outcomes = await asyncio.gather(
            _close(store, batch), _close(store, batch, later()), return_exceptions=True
        )
        refusals = [one for one in outcomes if isinstance(one, BaseException)]
        assert len(refusals) == 1
        assert isinstance(refusals[0], BatchNotOpen | StaleWrite)
        async with store.unit() as work:
            assert (await work.ledgers.get(ledger.id)).last_number == 1
            assert (await work.posting_batches.get(batch.id)).number == 1

    async def test_batches_closed_at_once_are_numbered_without_gaps_and_chained(self, store: Seeded) -> None:
        ledger, batches = await _books(store, 1, 2, 1)
        closed = await asyncio.gather(*(_close(store, one) for one in batches))
        first, second, third = sorted(closed, key=lambda one: one.number or 0)
        assert [first.number, second.number, third.number] == [1, 2, 3]
        assert [first.previous_digest, second.previous_digest] == [None, first.digest]
        assert third.previous_digest == second.digest
        async with store.unit() as work:
            assert (await work.ledgers.get(ledger.id)).last_digest == third.digest

    async def test_what_is_added_while_a_batch_is_closed_is_in_it_whole_or_not_at_all(
        self, store: Seeded
    ) -> None:
        ledger, (batch,) = await _books(store, 2)
        late = _posting(store, ledger)
        async with store.unit() as work:
            await work.postings.add(late)
        closing, adding = await asyncio.gather(
            _close(store, batch), _add(store, batch, late.id), return_exceptions=True
        )
        assert not isinstance(closing, BaseException) or isinstance(closing, StaleWrite)
        async with store.unit() as work:
            after = await work.posting_batches.get(batch.id)
            found = await work.postings.of_batch(batch.id)
            posting = await work.postings.get(late.id)
        if adding is None:
            assert posting in found
        else:
            assert isinstance(adding, BatchNotOpen | StaleWrite)
            assert posting == late
        states = {one.state for one in found}
        assert states == {
            PostingState.CLOSED if after.status is BatchStatus.CLOSED else PostingState.COLLECTED
        }
        assert after.postings == len(found)
