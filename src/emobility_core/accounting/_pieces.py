"""Work on thousands of postings, in pieces: between two of them others have their turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from emobility_core.accounting._ports import AccountingWork
from emobility_core.accounting._posting import Posting
from emobility_core.ids import PostingBatchId

T = TypeVar("T")
PIECE = 200


class Elsewhere(Protocol):
    """Does what takes its time where it holds up nobody else: in a thread, say."""

    def __call__(self, reckon: Callable[[], T], /) -> Awaitable[T]: ...


async def here(reckon: Callable[[], T], /) -> T:
    """The plain `Elsewhere`, for whoever has nobody to hold up."""
    return reckon()


async def pieces_of(batch: PostingBatchId, *, work: AccountingWork) -> AsyncIterator[list[Posting]]:
    """The postings of a batch, by document date and id."""
    after: Posting | None = None
    while found := await work.postings.of_batch(batch, after=after, limit=PIECE):
        yield found
        after = found[-1]
