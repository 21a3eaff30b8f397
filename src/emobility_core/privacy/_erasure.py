"""The erasure of a person's data: what was replaced, and what the law keeps for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import CustomerId, ErasureId, UserId
from emobility_core.instants import Instant
from emobility_core.work import Record

# HGB Section 257 (1) no. 4, (4), (5) and AO Section 147 (1) no. 4, (3), (4), as of 2025: vouchers are kept
# for eight years from the end of the year in which they came about.
VOUCHER_YEARS = 8
VOUCHER_LAW = "HGB 257 (1) 4, (4), (5); AO 147 (1) 4, (3), (4)"
# No. 1 of both: the books themselves, for ten.
BOOK_YEARS = 10
BOOK_LAW = "HGB 257 (1) 1, (4), (5); AO 147 (1) 1, (3), (4)"


@attrs.frozen
class UnknownErasure(NotFound):
    """There is no such erasure within the caller's scope.

    Remedy: list the erasures and use one of their ids.
    """

    code = "unknown-erasure"
    erasure: UUID


@attrs.frozen(kw_only=True)
class Kept:
    """What stays under a pseudonym because a `law` asks for it, before `until`; then it may go."""

    what: str
    count: int
    until: date
    law: str


@attrs.frozen(kw_only=True)
class Erasure(Record):
    """That a person's data were erased: rows that were changed by table, entries of the audit log whose
    values are gone, `files` of imports and exports that were removed, and what is kept. Nothing in it names
    the person but the id of their record."""

    id: ErasureId
    customer: CustomerId | None = None
    user: UserId | None = None
    files: int = 0
    replaced: Mapping[str, int] = attrs.field(factory=dict)
    audit_entries: int = 0
    kept: tuple[Kept, ...] = ()


def kept_by_law(*, sessions: int, newest: Instant | None, books: int, at: Instant) -> tuple[Kept, ...]:
    """What the law keeps: of sessions, the newest of which has ended then, and of the books."""
    kept = []
    if newest is not None:
        until = date(newest.year + VOUCHER_YEARS + 1, 1, 1)
        what = "sessions, their meter values and prices"
        kept.append(Kept(what=what, count=sessions, until=until, law=VOUCHER_LAW))
    if books:
        until = date(at.year + BOOK_YEARS + 1, 1, 1)
        kept.append(Kept(what="entries of the books, unchanged", count=books, until=until, law=BOOK_LAW))
    return tuple(kept)
