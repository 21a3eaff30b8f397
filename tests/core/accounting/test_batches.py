"""A batch from its opening to the ERP system's answer."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobility_core.accounting import (
    AnswerWithoutNumber,
    BatchNotClosed,
    BatchNotExported,
    BatchNotOpen,
    BatchStatus,
    DocumentKind,
    EmptyBatch,
    LineAnsweredBefore,
    LineKind,
    LinesUnanswered,
    NotPostedYet,
    Posting,
    PostingBatch,
    PostingFrozen,
    PostingNotReady,
    PostingState,
    ReversalNotReversed,
    UnknownLine,
    WorkReason,
    digest_of,
    explain,
    unmapped,
    work_on,
)
from emobility_core.ids import PostingId
from emobility_core.money import Money
from emobility_core.testing.builders import later, make_account_rule, make_posting_line
from emobility_core.work import AlreadyTaken
from tests.core.accounting.books import Books, accepted, rejected


async def _closed(lines: int = 1, count: int = 1) -> tuple[Books, PostingBatch]:
    books = await Books.opened(make_account_rule())
    postings = [books.posting(lines=tuple(make_posting_line() for _ in range(lines))) for _ in range(count)]
    await books.post(*postings)
    batch = await books.open()
    await books.collect(batch)
    return books, await books.close(batch)


async def test_closing_numbers_seals_and_freezes() -> None:
    books, batch = await _closed(lines=2, count=3)
    assert (batch.number, batch.status, batch.postings, batch.lines) == (1, BatchStatus.CLOSED, 3, 6)
    assert batch.totals is not None
    assert batch.totals.gross == Money(6 * 1190, "EUR")
    exported = await books.export(batch.id)
    assert digest_of(exported) == batch.digest
    (first, *_) = await books.of_batch(batch)
    with pytest.raises(PostingFrozen):
        await books.withdraw(first.id)
    with pytest.raises(BatchNotOpen):
        await books.close(batch)
    late = books.posting()
    await books.post(late)
    with pytest.raises(BatchNotOpen):
        await books.collect(batch, [late.id])
    assert await books.events() == ["posting_batch.closed"]


async def test_an_open_batch_gives_its_postings_back_and_is_not_exported() -> None:
    books = await Books.opened(make_account_rule())
    (posting,) = await books.post(books.posting())
    batch, other = await books.open(), await books.open()
    assert await books.collect(batch, [posting.id]) == 1
    with pytest.raises(PostingNotReady):
        await books.collect(other, [posting.id])
    with pytest.raises(BatchNotClosed):
        await books.export(batch.id)
    await books.withdraw(posting.id)
    assert await books.of_batch(batch) == []
    assert (await books.batch(batch)).postings == 0
    with pytest.raises(EmptyBatch):
        await books.close(batch)


async def test_a_batch_takes_what_is_dated_up_to_a_day() -> None:
    books = await Books.opened(make_account_rule())
    june, july = [books.posting(document_date=date(2026, month, 1)) for month in (6, 7)]
    await books.post(june, july)
    batch = await books.open()
    assert await books.collect(batch, until=date(2026, 6, 30)) == 1
    assert [one.id for one in await books.of_batch(batch)] == [june.id]


async def test_an_export_is_the_same_to_the_byte_after_settings_and_rules_have_changed() -> None:
    books, batch = await _closed()
    first = {format: await books.export(batch.id, format) for format in ("json", "csv")}
    async with books.unit() as work:
        ledger = await work.ledgers.get(books.ledger.id)
        await work.ledgers.replace(attrs.evolve(ledger, name="other", exports={"csv": {}}))
    await books.rule(make_account_rule(position=-1, contra_account="9999"))
    assert {format: await books.export(batch.id, format) for format in ("json", "csv")} == first
    assert (await books.batch(batch)).status is BatchStatus.EXPORTED


async def test_an_acknowledgement_carries_the_number_of_the_erp_systems_document() -> None:
    books, batch = await _closed(lines=2)
    (posting,) = await books.of_batch(batch)
    with pytest.raises(BatchNotExported):
        await books.acknowledge(batch, {posting.id: [accepted(1)]})
    await books.export(batch.id)
    half = await books.acknowledge(batch, {posting.id: [accepted(1, "49-1")]})
    assert (half.status, half.answered) == (BatchStatus.EXPORTED, 1)
    # What was said before may be said again.
    whole = await books.acknowledge(batch, {posting.id: [accepted(1, "49-1"), accepted(2, "49-2")]})
    assert (whole.status, whole.answered) == (BatchStatus.ACKNOWLEDGED, 2)
    known = await books.get(posting.id)
    assert known.state is PostingState.ACKNOWLEDGED
    assert [one.document for one in known.answers] == ["49-1", "49-2"]
    assert await books.events() == ["posting_batch.closed", "posting_batch.acknowledged"]
    with pytest.raises(LineAnsweredBefore):
        await books.acknowledge(batch, {posting.id: [rejected(1)]})


async def test_answers_to_what_is_not_there_or_without_a_number_change_nothing() -> None:
    books, batch = await _closed(count=2)
    await books.export(batch.id)
    first, second = await books.of_batch(batch)
    stranger = books.posting()
    await books.post(stranger)
    for answers, refusal in (
        ({first.id: [accepted(1)], second.id: [accepted(2)]}, UnknownLine),
        ({first.id: [accepted(1)], stranger.id: [accepted(1)]}, UnknownLine),
        ({first.id: [accepted(1), accepted(1)]}, UnknownLine),
        ({first.id: [accepted(0)]}, UnknownLine),
        ({first.id: [accepted(1, "")]}, AnswerWithoutNumber),
        ({first.id: [rejected(1, "")]}, AnswerWithoutNumber),
    ):
        with pytest.raises(refusal):
            await books.acknowledge(batch, answers)
    assert (await books.get(first.id)).answers == ()
    assert (await books.batch(batch)).answered == 0


async def test_rejected_lines_stand_in_the_worklist_and_are_posted_anew() -> None:
    books, batch = await _closed(lines=2)
    await books.export(batch.id)
    (posting,) = await books.of_batch(batch)
    partly = await books.acknowledge(batch, {posting.id: [rejected(2, "no such account")]})
    assert partly.status is BatchStatus.PARTLY_REJECTED
    assert (await books.events())[-1] == "posting_batch.rejected"
    with pytest.raises(NotPostedYet):  # line 1 may still be rejected, too
        await books.post_anew(posting.id)
    await books.acknowledge(batch, {posting.id: [accepted(1)]})
    (item,) = work_on(
        await books.get(posting.id), ledger=books.ledger, rules=[], exports=books.exports.__getitem__
    )
    assert (item.reason, item.lines, item.details) == (WorkReason.REJECTED, (2,), ("2: no such account",))
    again = await books.post_anew(posting.id)
    assert (again.revision, again.reposts, again.state) == (1, posting.id, PostingState.READY)
    assert again.document_number == posting.document_number
    assert again.lines == (posting.lines[1],)
    with pytest.raises(AlreadyTaken):
        await books.post_anew(posting.id)
    following = await books.open()
    await books.collect(following)
    assert (await books.close(following)).number == 2


async def test_only_what_was_posted_is_reversed_and_a_rejected_line_was_not() -> None:
    books, batch = await _closed(lines=2)
    (posting,) = await books.of_batch(batch)
    await books.export(batch.id)
    await books.acknowledge(batch, {posting.id: [accepted(1), rejected(2)]})
    reversal = await books.reverse(posting.id, "ST-1")
    assert reversal.lines == (posting.lines[0].negated(),)
    with pytest.raises(AlreadyTaken):
        await books.reverse(posting.id, "ST-3")
    (loose,) = await books.post(books.posting())
    with pytest.raises(NotPostedYet):
        await books.reverse(loose.id, "ST-2")


async def test_a_posting_is_reversed_once_all_its_lines_are_answered_and_a_reversal_never() -> None:
    books, batch = await _closed(lines=2)
    (posting,) = await books.of_batch(batch)
    await books.export(batch.id)
    await books.acknowledge(batch, {posting.id: [accepted(1)]})
    with pytest.raises(LinesUnanswered) as refusal:
        await books.reverse(posting.id, "ST-1")
    assert refusal.value.count == 1
    await books.acknowledge(batch, {posting.id: [accepted(2)]})
    reversal = await books.reverse(posting.id, "ST-1")
    await books.accept(await books.closed_batch(reversal))
    with pytest.raises(ReversalNotReversed):
        await books.reverse(reversal.id, "ST-2")


async def test_a_reversal_that_is_rejected_is_posted_anew() -> None:
    books, batch = await _closed()
    (posting,) = await books.of_batch(batch)
    await books.accept(batch)
    reversal = await books.reverse(posting.id, "ST-1")
    second = await books.closed_batch(reversal)
    await books.export(second.id)
    await books.acknowledge(second, {reversal.id: [rejected(1)]})
    again = await books.post_anew(reversal.id)
    assert (again.reverses, again.reposts, again.revision) == (posting.id, reversal.id, 1)
    assert again.totals == reversal.totals
    third = await books.closed_batch(again)
    assert third.totals == reversal.totals


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("refused", [1, 2])
async def test_whichever_line_of_mixed_signs_is_rejected_the_document_comes_to_its_end(
    sign: int, refused: int
) -> None:
    """An invoice that takes something off, or a credit note that leaves something out: what the ERP system
    has in the end is the document, and nothing once it is reversed."""
    books = await Books.opened(make_account_rule())
    amounts = [f"{sign * 100}.00", f"{-sign * 10}.00"]
    kind = DocumentKind.INVOICE if sign > 0 else DocumentKind.CREDIT_NOTE
    (posting,) = await books.post(
        books.posting(document_kind=kind, lines=tuple(make_posting_line(one) for one in amounts))
    )
    batch = await books.closed_batch(posting)
    await books.export(batch.id)
    accepts = 3 - refused
    await books.acknowledge(batch, {posting.id: [rejected(refused), accepted(accepts)]})
    again = await books.post_anew(posting.id)
    await books.accept(await books.closed_batch(again))
    parts = [(posting.id, [accepts]), (again.id, [1])]
    assert await _booked(books, parts) == {"1410": sign * 9000, "8400": -sign * 7563, "vat": -sign * 1437}
    for one in (posting, again):
        reversal = await books.reverse(one.id, f"ST-{one.revision}")
        await books.accept(await books.closed_batch(reversal))
        parts.append((reversal.id, [1]))
    assert set((await _booked(books, parts)).values()) == {0}


async def _booked(books: Books, parts: list[tuple[PostingId, list[int]]]) -> Counter[str]:
    """What these lines of postings did to the accounts, in cents; VAT apart."""
    booked = Counter[str]()
    for id, lines in parts:
        posting = await books.get(id)
        for number in lines:
            line, to = posting.lines[number - 1], posting.assignments[number - 1]
            booked[to.account] += line.gross.minor
            booked[to.contra_account] -= line.net.minor
            booked["vat"] -= line.vat.minor
    return booked


async def test_all_lines_without_an_answer_are_accepted_at_once_as_one_document() -> None:
    books, batch = await _closed(lines=2, count=2)
    first, second = await books.of_batch(batch)
    with pytest.raises(BatchNotExported):
        await books.accept_rest(batch, "DATEV 6")
    await books.export(batch.id)
    await books.acknowledge(batch, {first.id: [rejected(1)]})
    told = await books.accept_rest(batch, "DATEV 6")
    assert (told.status, told.answered, told.rejected) == (BatchStatus.PARTLY_REJECTED, 4, 1)
    answers = [one for id in (first.id, second.id) for one in (await books.get(id)).answers]
    assert [one.document for one in answers] == ["", "DATEV 6", "DATEV 6", "DATEV 6"]
    assert await books.accept_rest(batch, "DATEV 7") == told


async def test_what_was_posted_anew_is_rejected_again_once_it_is_withdrawn() -> None:
    books, batch = await _closed()
    (posting,) = await books.of_batch(batch)
    await books.export(batch.id)
    await books.acknowledge(batch, {posting.id: [rejected(1)]})
    again = await books.post_anew(posting.id)
    await books.withdraw(again.id)
    assert (await books.get(posting.id)).state is PostingState.REJECTED
    assert (await books.post_anew(posting.id)).revision == 1


async def test_the_worklist_names_what_is_held_and_what_fits_no_rule() -> None:
    books = await Books.opened()
    held = books.posting(state=PostingState.HELD, held=("no-tariff",))
    found = work_on(held, ledger=books.ledger, rules=[], exports=books.exports.__getitem__)
    assert [(one.reason, one.lines, one.details) for one in found] == [
        (WorkReason.HELD, (), ("no-tariff",)),
        (WorkReason.UNMAPPED, (1,), ()),
    ]
    ready = books.posting()
    rules = [make_account_rule()]
    assert work_on(ready, ledger=books.ledger, rules=rules, exports=books.exports.__getitem__) == []


CENTS = st.integers(0, 10**6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.lists(CENTS, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=12),
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
)
async def test_any_documents_in_any_batches_are_each_in_one_and_sum_to_the_cent(
    documents: list[tuple[list[int], bool]], places: list[int]
) -> None:
    """Each document once, sums equal, reversals net to zero on every account, and a rule for every line."""
    rules = (
        make_account_rule(line_kinds=(LineKind.ENERGY,), contra_account="8400"),
        make_account_rule(line_kinds=(LineKind.TIME,), contra_account="8401", position=1),
    )
    books = await Books.opened(*rules)
    postings = [_document(books, cents, timed=timed) for cents, timed in documents]
    await books.post(*postings)
    batches = [await books.open() for _ in range(4)]
    for number, posting in enumerate(postings):
        await books.collect(batches[places[number % len(places)]], [posting.id])
    closed = [await books.close(one) for one in batches if await books.of_batch(one)]
    assert [one.number for one in closed] == list(range(1, len(closed) + 1))
    found = [posting for batch in closed for posting in await books.of_batch(batch)]
    assert Counter(one.id for one in found) == Counter(one.id for one in postings)
    total = sum(one.totals.gross.minor for one in postings)
    assert sum(one.totals.gross.minor for one in closed if one.totals is not None) == total
    told = [json.loads(await books.export(batch.id)) for batch in closed]
    lines = [line for one in told for document in one["documents"] for line in document["lines"]]
    assert sum(Decimal(line["gross"]["amount"]) for line in lines) == Decimal(total) / 100
    assert all(line["rule"] for line in lines)
    for posting in found:
        explanations = explain(posting, ledger=books.ledger.name, rules=rules)
        assert not unmapped(explanations)
    for batch in closed:
        await books.accept(batch)
    for posting in found:
        await books.reverse(posting.id, f"ST-{posting.document_number[-20:]}")
    reversing = await books.open()
    await books.collect(reversing)
    await books.close(reversing, later())
    balances: Counter[str] = Counter()
    for posting in [*found, *await books.of_batch(reversing)]:
        for line, to in zip(posting.lines, posting.assignments, strict=True):
            balances[to.account] += line.gross.minor
            balances[to.contra_account] -= line.net.minor
            balances["vat"] -= line.vat.minor
    assert set(balances.values()) == {0}


def _document(books: Books, cents: list[int], *, timed: bool) -> Posting:
    """Net lines whose VAT is rounded as a whole and shared out."""
    kind = LineKind.TIME if timed else LineKind.ENERGY
    nets = [Money(one, "EUR") for one in cents]
    vat = Money.rounded(Money(sum(cents), "EUR").amount * Decimal("0.19"), "EUR")
    shares = vat.split(cents) if sum(cents) else [vat for _ in cents]
    lines = tuple(
        make_posting_line(kind=kind, net=net, vat=share, gross=net + share)
        for net, share in zip(nets, shares, strict=True)
    )
    return books.posting(lines=lines)
