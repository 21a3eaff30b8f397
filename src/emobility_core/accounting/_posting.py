"""A posting: one document on its way into one ledger."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.accounting._line import DocumentKind, PostingLine, by_tax, sum_of
from emobility_core.accounting._price import SessionPrice
from emobility_core.accounting._rule import Assignment
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import LedgerId, PostingBatchId, PostingId, RatingId, SessionId, shown
from emobility_core.instants import Instant
from emobility_core.money import CurrencyMismatch, Money
from emobility_core.tariffs import Amounts
from emobility_core.work import AlreadyTaken, Record

MOST_LINES = 500
_NUMBER = re.compile(r"[!-~](?:[ -~]{0,34}[!-~])?")


@attrs.frozen
class UnknownPosting(NotFound):
    """There is no such posting within the caller's scope.

    Remedy: list the postings and use one of their ids.
    """

    code = "unknown-posting"
    posting: UUID


@attrs.frozen
class MalformedPosting(Invalid):
    """A posting does not hold what a document must.

    Remedy: give a number of 1 to 36 printable ASCII characters, 1 to 500 lines, and a total that the customer
    owes: not below zero, but for credit notes and reimbursements, which are not above it.
    """

    code = "malformed-posting"
    field: str


@attrs.frozen
class UnbalancedPosting(Invalid):
    """The lines of a document do not add up to its totals.

    Remedy: give totals that are the sums of the lines, to the cent.
    """

    code = "unbalanced-posting"
    field: str
    given: Decimal
    lines: Decimal


@attrs.frozen
class UnbalancedVat(Invalid):
    """The VAT of a rate is neither that rate of its net sum, nor what is left of its gross sum beside it.

    Remedy: round VAT once for each category and rate of the document, not line by line (EN 16931, BR-CO-17).
    """

    code = "unbalanced-vat"
    category: str
    vat_percent: Decimal
    net: Decimal
    vat: Decimal


@attrs.frozen
class PostingFrozen(Conflict):
    """A posting of a closed batch stays as it is.

    Remedy: reverse it and post what is right under a number of its own.
    """

    code = "posting-frozen"
    posting: UUID


@attrs.frozen
class NotPostedYet(Conflict):
    """Only what stands in a closed batch is reversed, and only what was rejected is posted anew.

    Remedy: change or withdraw a posting that is in no closed batch; wait for the answer to one that is.
    """

    code = "not-posted-yet"
    posting: UUID


@attrs.frozen
class LinesUnanswered(Conflict):
    """A posting is reversed once each of its lines is answered: what is still rejected was not posted.

    Remedy: export its batch and acknowledge its lines; for an ERP system that answers nothing do so in its
    place, once the file is imported.
    """

    code = "lines-unanswered"
    posting: UUID
    count: int


@attrs.frozen
class ReversalNotReversed(Conflict):
    """What a reversal took back does not come again by another reversal.

    Remedy: post the document anew, under a number of its own.
    """

    code = "reversal-not-reversed"
    posting: UUID


_OWED_TO_THE_CUSTOMER = (DocumentKind.CREDIT_NOTE, DocumentKind.REIMBURSEMENT)


class PostingState(Enum):
    """How far a posting has come: HELD may not be billed yet, COLLECTED is in a batch that is open, of
    POSTED_ANEW the rejected lines stand in another posting."""

    HELD = "held"
    READY = "ready"
    COLLECTED = "collected"
    CLOSED = "closed"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    POSTED_ANEW = "posted_anew"


@attrs.frozen(kw_only=True)
class PostingFile:
    """What is known of the document itself, a PDF: its `size` in bytes and its digest, hexadecimal."""

    size: int
    sha256: str


_LOOSE = (PostingState.HELD, PostingState.READY, PostingState.COLLECTED)


@attrs.frozen(kw_only=True)
class LineAnswer:
    """What the ERP system said of a line: the number of its own `document`, or why it was rejected."""

    line: int
    accepted: bool
    document: str = ""
    reason: str = ""
    at: Instant


@attrs.frozen(kw_only=True)
class Posting(Record):
    """A document is known by ledger, kind, number and `revision`, which counts how often it was posted anew.

    `held` says why it may not be billed. `assignments` stand beside the lines from closing on, `answers`
    as they come. `partner_account` is the account of this very customer, instead of the rule's. `file`
    tells of the document itself, where it is there.

    Of the postings about a `session` the one that stands for it tells how often the session was posted before
    (`session_turn`), and what it came to by which `rating`. What is posted anew of it keeps the
    latter; reversals only name the session.
    """

    id: PostingId
    ledger: LedgerId
    document_kind: DocumentKind
    document_number: str
    revision: int = 0
    document_date: date
    supply_date: date | None = None
    due_date: date | None = None
    text: str = attrs.field(default="", validator=attrs.validators.max_len(200))
    partner_account: str = attrs.field(default="", validator=attrs.validators.matches_re("[0-9A-Za-z]{0,20}"))
    file: PostingFile | None = None
    totals: Amounts
    lines: tuple[PostingLine, ...]
    session: SessionId | None = None
    session_turn: int | None = None
    rating: RatingId | None = None
    rated: SessionPrice | None = None
    reverses: PostingId | None = None
    reposts: PostingId | None = None
    held: tuple[str, ...] = ()
    state: PostingState = PostingState.READY
    batch: PostingBatchId | None = None
    assignments: tuple[Assignment, ...] = ()
    answers: tuple[LineAnswer, ...] = ()

    def __attrs_post_init__(self) -> None:
        if _NUMBER.fullmatch(self.document_number) is None:
            raise MalformedPosting("document_number")
        if not 0 < len(self.lines) <= MOST_LINES:
            raise MalformedPosting("lines")
        self._require_balance()
        # These may be parts of a document: of any sign, and with VAT that was rounded for the whole.
        if self.reposts is None and self.reverses is None:
            self._require_sign()
            self._require_vat()

    @property
    def currency(self) -> str:
        return self.totals.gross.currency

    @property
    def rejected_lines(self) -> tuple[int, ...]:
        return tuple(answer.line for answer in self.answers if not answer.accepted)

    @property
    def unanswered(self) -> int:
        return len(self.lines) - len(self.answers)

    @property
    def loose(self) -> bool:
        """Whether it may still be changed or withdrawn."""
        return self.state in _LOOSE

    def _require_sign(self) -> None:
        owed = self.totals.gross.minor
        if (owed > 0) if self.document_kind in _OWED_TO_THE_CUSTOMER else (owed < 0):
            raise MalformedPosting("totals")

    def _require_balance(self) -> None:
        if len({amount.currency for amount in (self.totals.net, self.totals.vat, self.totals.gross)}) > 1:
            raise CurrencyMismatch(self.totals.net.currency, self.totals.gross.currency)
        sums = sum_of(self.lines, self.currency)
        for name in ("net", "vat", "gross"):
            given, found = getattr(self.totals, name), getattr(sums, name)
            if given != found:
                raise UnbalancedPosting(f"totals.{name}", given.amount, found.amount)

    def _require_vat(self) -> None:
        for (category, percent), of_tax in by_tax(self.lines, self.currency):
            share = percent / 100
            of_net = Money.rounded(of_tax.net.amount * share, self.currency)
            net_within = Money.rounded(of_tax.gross.amount / (1 + share), self.currency)
            if of_tax.vat != of_net and of_tax.net != net_within:
                raise UnbalancedVat(category.value, percent, of_tax.net.amount, of_tax.vat.amount)

    def collected(self, batch: PostingBatchId, at: Instant) -> Posting:
        return attrs.evolve(self, batch=batch, state=PostingState.COLLECTED, updated_at=at)

    def closed(self, assignments: tuple[Assignment, ...], at: Instant) -> Posting:
        return attrs.evolve(self, assignments=assignments, state=PostingState.CLOSED, updated_at=at)

    def answered(self, answers: tuple[LineAnswer, ...], at: Instant) -> Posting:
        """With further answers; it is acknowledged once all its lines are accepted."""
        known = tuple(sorted((*self.answers, *answers), key=lambda one: one.line))
        state = self.state
        if any(not one.accepted for one in known):
            state = PostingState.REJECTED
        elif len(known) == len(self.lines):
            state = PostingState.ACKNOWLEDGED
        return attrs.evolve(self, answers=known, state=state, updated_at=at)

    def reversal(self, *, id: PostingId, number: str, on: date, at: Instant) -> Posting:
        """What was not rejected of it, with all amounts turned round.

        Raises `NotPostedYet` if that is nothing, as it is before its batch is closed, `LinesUnanswered`,
        `ReversalNotReversed`.
        """
        rejected = self.rejected_lines
        lines = tuple(line.negated() for place, line in enumerate(self.lines, 1) if place not in rejected)
        if self.loose or not lines:
            raise NotPostedYet(self.id)
        if self.reverses is not None:
            raise ReversalNotReversed(self.id)
        if self.unanswered:
            raise LinesUnanswered(self.id, self.unanswered)
        return self._fresh(
            id, at, document_number=number, document_date=on, revision=0, reverses=self.id, reposts=None,
            lines=lines, totals=sum_of(lines, self.currency),
        )  # fmt: skip

    def anew(self, *, id: PostingId, at: Instant) -> Posting:
        """The rejected lines once more.

        Raises `NotPostedYet` without any, or while lines are unanswered; `AlreadyTaken` for the second time.
        """
        if self.state is PostingState.POSTED_ANEW:
            raise AlreadyTaken("reposts", shown("pst", self.id))
        if self.unanswered or not self.rejected_lines:
            raise NotPostedYet(self.id)
        lines = tuple(self.lines[number - 1] for number in self.rejected_lines)
        return self._fresh(
            id, at, revision=self.revision + 1, reposts=self.id, lines=lines,
            totals=sum_of(lines, self.currency), rating=self.rating, rated=self.rated,
        )  # fmt: skip

    def _fresh(self, id: PostingId, at: Instant, **changes: object) -> Posting:
        begun = {
            "id": id, "version": 0, "created_at": at, "updated_at": at, "external_ids": {},
            "state": PostingState.READY, "batch": None, "assignments": (), "answers": (), "held": (),
            "file": None, "session_turn": None, "rating": None, "rated": None,
        }  # fmt: skip
        return attrs.evolve(self, **{**begun, **changes})  # type: ignore[arg-type]
