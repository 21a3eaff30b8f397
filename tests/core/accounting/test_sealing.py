"""A batch is closed in pieces, sealed with the rules of its day, and explained by these ever after."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import attrs
import pytest

from emobility_core.accounting import (
    MOST_BATCH_LINES,
    PIECE,
    AccountRule,
    BatchFull,
    BatchNotWhole,
    Ledger,
    Posting,
    PostingExplanation,
    PostingState,
    UnmappedLines,
    canonical,
    close_batch,
    collect,
    content_of,
    explanation_of,
    is_whole,
    worklist,
)
from emobility_core.ids import PostingBatchId, PostingId
from emobility_core.testing.builders import make_account_rule, make_posting_line
from emobility_core.testing.clock import NOON
from tests.core.accounting.books import Books

T = TypeVar("T")


@attrs.frozen
class _Counted:
    """Postings, and how many were read or written at once."""

    real: Any
    at_once: list[int] = attrs.field(factory=list)

    def __getattr__(self, name: str) -> Any:
        wanted: Callable[..., Awaitable[Any]] = getattr(self.real, name)

        async def counted(*given: Any, **named: Any) -> Any:
            found = await wanted(*given, **named)
            if isinstance(found, list):
                self.at_once.append(len(found))
            return found

        return counted


@attrs.frozen
class _Work:
    real: Any
    postings: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@attrs.frozen
class _Fuller:
    """Postings of batches that have more lines than these postings."""

    real: Any
    more: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def lines_of(self, batch: PostingBatchId) -> int:
        known: int = await self.real.lines_of(batch)
        return known + self.more


async def test_a_batch_takes_as_many_lines_as_it_may_have() -> None:
    books = await Books.opened(make_account_rule())
    two, other, one = await books.post(
        *(books.posting(lines=(make_posting_line(),) * lines) for lines in (2, 2, 1))
    )
    batch = await books.open()
    async with books.unit() as unit:
        work = _Work(unit, _Fuller(unit.postings, MOST_BATCH_LINES - 3))
        bound: dict[str, Any] = {"work": work, "at": NOON}
        filled, count = await collect(batch.id, wanted=None, **bound)
        assert (filled.postings, count) == (1, 1)
        assert [found.id for found in await unit.postings.of_batch(batch.id)] == [two.id]
        with pytest.raises(BatchFull) as refusal:
            await collect(batch.id, wanted=[other.id], **bound)
        assert (refusal.value.of, refusal.value.most) == ("lines", MOST_BATCH_LINES)
        assert (await collect(batch.id, wanted=[one.id], **bound))[1] == 1
        assert (await collect(batch.id, wanted=None, **bound))[1] == 0


async def test_thousands_are_gathered_closed_and_exported_in_pieces_and_reckoned_elsewhere() -> None:
    books, size = await Books.opened(make_account_rule()), 2 * PIECE + 1
    await books.post(*(books.posting() for _ in range(size)))
    batch, reckoned = await books.open(), list[str]()

    async def elsewhere(reckon: Callable[[], T], /) -> T:
        reckoned.append("once")
        return reckon()

    async with books.unit() as unit:
        work = _Work(unit, _Counted(unit.postings))
        _, count = await collect(batch.id, wanted=None, work=work, at=NOON)
        closed = await close_batch(
            batch.id, path=books.own.path, exports=books.exports.__getitem__, work=work, at=NOON,
            ids=books.ids, elsewhere=elsewhere,
        )  # fmt: skip
        content = await content_of(batch.id, work=work)
    assert (count, closed.postings, len(content.postings)) == (size, size, size)
    assert max(work.postings.at_once) == PIECE
    # Each piece, and the seal.
    assert len(reckoned) == 3 + 1


async def test_postings_are_explained_elsewhere_a_piece_at_once() -> None:
    books, reckoned = await Books.opened(), list[object]()
    postings = await books.post(*(books.posting() for _ in range(3)))

    async def elsewhere(reckon: Callable[[], T], /) -> T:
        told = reckon()
        reckoned.append(told)
        return told

    async def of(_: Posting) -> tuple[Ledger, list[AccountRule]]:
        return books.ledger, []

    exports = books.exports.__getitem__
    async with books.unit() as work:
        found = await worklist(postings, books=of, exports=exports, work=work, elsewhere=elsewhere)
        assert [items for _, items in found] == reckoned.pop()
        told = await explanation_of(postings[0], path=books.own.path, work=work, elsewhere=elsewhere)
        assert list(told.lines) == reckoned.pop()
    assert len(found) == 3
    assert reckoned == []


async def test_all_that_keeps_a_batch_from_closing_is_counted_over_all_pieces() -> None:
    books = await Books.opened()
    await books.post(*(books.posting() for _ in range(PIECE + 1)))
    batch = await books.open()
    await books.collect(batch)
    with pytest.raises(UnmappedLines) as refusal:
        await books.close(batch)
    assert refusal.value.count == PIECE + 1


async def test_the_canonical_form_is_json_with_sorted_keys_however_it_is_put_together() -> None:
    books = await Books.opened(make_account_rule())
    await books.post(books.posting(text="Łódź"), books.posting())
    batch = await books.open()
    await books.collect(batch)
    closed = await books.close(batch)
    told = canonical(closed, await books.of_batch(closed))
    again = json.dumps(json.loads(told), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert told.decode() == again
    assert json.loads(told)["batch"]["rules_digest"] == closed.rules_digest


async def _explained(books: Books, id: PostingId) -> PostingExplanation:
    async with books.unit() as work:
        return await explanation_of(await work.postings.get(id), path=books.own.path, work=work)


async def test_what_is_closed_is_explained_by_the_rules_of_then_whatever_was_changed_since() -> None:
    rule = make_account_rule(ledgers=("main",))
    books = await Books.opened(rule)
    (posting, waiting) = await books.post(books.posting(), books.posting())
    batch = await books.closed_batch(posting)
    before = await _explained(books, posting.id)
    assert before.as_of == NOON
    async with books.unit() as work:
        (known,) = await work.account_rules.along(books.own.path)
        await work.account_rules.replace(attrs.evolve(known, contra_account="9999", ledgers=()))
        ledger = await work.ledgers.get(books.ledger.id)
        await work.ledgers.replace(attrs.evolve(ledger, name="other"))
    await books.rule(make_account_rule(position=-1, contra_account="8888"))
    assert await _explained(books, posting.id) == before
    (closed,) = await books.of_batch(batch)
    assert tuple(one.assignment for one in before.lines) == closed.assignments
    today = await _explained(books, waiting.id)
    assert today.as_of is None
    assert [one.assignment and one.assignment.contra_account for one in today.lines] == ["8888"]


async def test_the_digest_of_a_batch_covers_the_rules_that_it_was_closed_by() -> None:
    books = await Books.opened(make_account_rule())
    (posting,) = await books.post(books.posting())
    batch = await books.closed_batch(posting)
    async with books.unit() as work:
        seal = await work.posting_batches.seal_of(batch.id)
    assert is_whole(seal, batch)
    (rule,) = seal.rules
    other = attrs.evolve(seal, rules=(attrs.evolve(rule, contra_account="8401"),))
    assert not is_whole(other, batch)
    async with books.unit() as work:
        await work.posting_batches.seal(other)
    with pytest.raises(BatchNotWhole):
        await _explained(books, posting.id)


async def test_a_batch_that_does_not_match_its_digest_is_not_exported() -> None:
    books = await Books.opened(make_account_rule())
    posting, other = await books.post(books.posting(), books.posting())
    batch = await books.closed_batch(posting)
    (closed,) = await books.of_batch(batch)
    async with books.unit() as work:
        changed = await work.postings.replace(attrs.evolve(closed, text="changed"))
    with pytest.raises(BatchNotWhole):
        await books.export(batch.id)
    async with books.unit() as work:
        await work.postings.replace(attrs.evolve(changed, text=closed.text))
    await books.export(batch.id)
    joined = attrs.evolve(other, batch=batch.id, state=PostingState.CLOSED, assignments=closed.assignments)
    async with books.unit() as work:
        await work.postings.replace(joined)
    with pytest.raises(BatchNotWhole):
        await books.export(batch.id, "csv")
