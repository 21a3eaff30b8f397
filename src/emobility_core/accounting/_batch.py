"""A posting batch: documents that go to the ERP system together, and what became of them there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.accounting._posting import LineAnswer, Posting
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import LedgerId, PostingBatchId
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.tariffs import Amounts
from emobility_core.work import Record

MOST_POSTINGS = 5_000
# Closing and exporting hold all of them at once.
MOST_BATCH_LINES = 50_000
# They are packed in memory.
MOST_DOCUMENT_BYTES = 64 * 1024 * 1024


@attrs.frozen
class UnknownPostingBatch(NotFound):
    """There is no such posting batch within the caller's scope.

    Remedy: list the posting batches and use one of their ids.
    """

    code = "unknown-posting-batch"
    posting_batch: UUID


@attrs.frozen
class BatchNotOpen(Conflict):
    """A closed posting batch takes nothing more, and is closed once.

    Remedy: open another batch for the ledger.
    """

    code = "batch-not-open"
    posting_batch: UUID


@attrs.frozen
class BatchNotClosed(Conflict):
    """A posting batch that is still open is neither exported nor acknowledged.

    Remedy: close it first.
    """

    code = "batch-not-closed"
    posting_batch: UUID


@attrs.frozen
class BatchNotExported(Conflict):
    """Nobody can have answered to a posting batch that was never exported.

    Remedy: export it in one of the formats, then acknowledge its lines.
    """

    code = "batch-not-exported"
    posting_batch: UUID


@attrs.frozen
class EmptyBatch(Conflict):
    """A posting batch without postings gets no number.

    Remedy: add postings to it, or leave it open.
    """

    code = "empty-batch"
    posting_batch: UUID


@attrs.frozen
class BatchFull(Conflict):
    """A posting batch would have more postings, or more lines of these, than it may have.

    Remedy: close it and open another one.
    """

    code = "batch-full"
    of: str
    most: int


@attrs.frozen
class DocumentsTooLarge(Conflict):
    """The documents of a posting batch are larger together than a package may be.

    Remedy: withdraw some of its postings and put them into another batch.
    """

    code = "documents-too-large"
    most: int


@attrs.frozen
class UnmappedLines(Conflict):
    """Lines of the posting batch fit no account rule.

    Remedy: see the worklist and the explanation of the posting named; add a rule, or withdraw it.
    """

    code = "unmapped-lines"
    count: int
    posting: UUID
    line: int


@attrs.frozen
class LineAnsweredBefore(Conflict):
    """A line was accepted or rejected before, and is now answered otherwise.

    Remedy: correct what was accepted by a reversal; post anew what was rejected.
    """

    code = "line-answered-before"
    posting: UUID
    line: int


@attrs.frozen
class UnknownLine(Invalid):
    """An answer names a line that is not in the posting batch, or names it twice.

    Remedy: name postings of the batch and their lines, counted from 1, each once.
    """

    code = "unknown-line"
    posting: UUID
    line: int


@attrs.frozen
class AnswerWithoutNumber(Invalid):
    """A line is accepted without the number of the ERP system's document, or rejected without a reason.

    Remedy: give `document` for what is accepted, `reason` for what is rejected.
    """

    code = "answer-without-number"
    line: int


class BatchStatus(Enum):
    """How far a batch has come."""

    OPEN = "open"
    CLOSED = "closed"
    EXPORTED = "exported"
    ACKNOWLEDGED = "acknowledged"
    PARTLY_REJECTED = "partly_rejected"


@attrs.frozen(kw_only=True)
class PostingBatch(Record):
    """Closing gives it the next `number` of its ledger, without gaps, and freezes it: `digest` is that of its
    canonical form, which holds `previous_digest`, that of the batch before, and `rules_digest`, that of the
    account rules that it was closed by. Counts and sums are set then."""

    id: PostingBatchId
    ledger: LedgerId
    text: str = attrs.field(default="", validator=attrs.validators.max_len(200))
    status: BatchStatus = BatchStatus.OPEN
    number: int | None = None
    closed_at: Instant | None = None
    digest: str | None = None
    previous_digest: str | None = None
    rules_digest: str | None = None
    postings: int = 0
    lines: int = 0
    answered: int = 0
    rejected: int = 0
    first_date: date | None = None
    last_date: date | None = None
    totals: Amounts | None = None

    def require_open(self) -> None:
        """Raise `BatchNotOpen`."""
        if self.status is not BatchStatus.OPEN:
            raise BatchNotOpen(self.id)

    def require_closed(self) -> None:
        """Raise `BatchNotClosed`."""
        if self.status is BatchStatus.OPEN:
            raise BatchNotClosed(self.id)

    def numbered(
        self,
        postings: Sequence[Posting],
        *,
        number: int,
        previous: str | None,
        at: Instant,
        rules_digest: str | None = None,
    ) -> PostingBatch:
        """Closed, but for the digest, which is that of the outcome."""
        self.require_open()
        if not postings:
            raise EmptyBatch(self.id)
        if sum(one.file.size for one in postings if one.file is not None) > MOST_DOCUMENT_BYTES:
            raise DocumentsTooLarge(MOST_DOCUMENT_BYTES)
        dates = [one.document_date for one in postings]
        return attrs.evolve(
            self,
            status=BatchStatus.CLOSED,
            number=number,
            closed_at=at,
            updated_at=at,
            previous_digest=previous,
            rules_digest=rules_digest,
            postings=len(postings),
            lines=sum(len(one.lines) for one in postings),
            first_date=min(dates),
            last_date=max(dates),
            totals=_sum([one.totals for one in postings]),
        )

    def exported(self, at: Instant) -> PostingBatch:
        self.require_closed()
        if self.status is not BatchStatus.CLOSED:
            return self
        return attrs.evolve(self, status=BatchStatus.EXPORTED, updated_at=at)

    def answered_by(self, answers: Sequence[LineAnswer], at: Instant) -> PostingBatch:
        """With so many further answers; raise `BatchNotExported`."""
        self.require_closed()
        if self.status is BatchStatus.CLOSED:
            raise BatchNotExported(self.id)
        answered = self.answered + len(answers)
        rejected = self.rejected + sum(1 for one in answers if not one.accepted)
        status = self.status
        if rejected:
            status = BatchStatus.PARTLY_REJECTED
        elif answered == self.lines:
            status = BatchStatus.ACKNOWLEDGED
        return attrs.evolve(self, answered=answered, rejected=rejected, status=status, updated_at=at)


def new_answers(posting: Posting, answers: Sequence[LineAnswer]) -> tuple[LineAnswer, ...]:
    """Those that say something new of a posting.

    Raises `UnknownLine`, `AnswerWithoutNumber`, and `LineAnsweredBefore` for what was answered otherwise.
    """
    known = {one.line: one for one in posting.answers}
    fresh: dict[int, LineAnswer] = {}
    for answer in answers:
        if not 0 < answer.line <= len(posting.lines) or answer.line in fresh:
            raise UnknownLine(posting.id, answer.line)
        if not (answer.document if answer.accepted else answer.reason):
            raise AnswerWithoutNumber(answer.line)
        before = known.get(answer.line)
        if before is None:
            fresh[answer.line] = answer
        elif attrs.evolve(before, at=answer.at) != answer:
            raise LineAnsweredBefore(posting.id, answer.line)
    return tuple(fresh.values())


def _sum(amounts: Sequence[Amounts]) -> Amounts:
    zero = Money(0, amounts[0].gross.currency)
    net = vat = gross = zero
    for one in amounts:
        net, vat, gross = net + one.net, vat + one.vat, gross + one.gross
    return Amounts(net=net, vat=vat, gross=gross)
