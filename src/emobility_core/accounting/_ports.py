"""What accounting needs from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.accounting._batch import PostingBatch
from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.accounting._rule import AccountRule
from emobility_core.charging import ChargingSessions
from emobility_core.errors import NotFound
from emobility_core.ids import LedgerId, PostingBatchId, PostingExportId, PostingId, SessionId, TenantId
from emobility_core.rating import RatedSessions
from emobility_core.work import Outbox, Page, Record, Records


@attrs.frozen
class UnknownPostingExport(NotFound):
    """There is no such export of a posting batch within the caller's scope.

    Remedy: list the exports of the batch and use one of their ids.
    """

    code = "unknown-posting-export"
    posting_export: UUID


@attrs.frozen(kw_only=True)
class PostingExport(Record):
    """The file that a batch was exported as in one format; its bytes are kept, and given out again as they
    are. `size` in bytes, `sha256` hexadecimal."""

    id: PostingExportId
    batch: PostingBatchId
    format: str
    name: str
    media_type: str
    size: int
    sha256: str


class AccountRules(Records[AccountRule], Protocol):
    """Account rules; they count in their tenant and below."""

    async def along(self, path: str) -> list[AccountRule]:
        """Those of the tenant at `path` within the scope and of all above it."""
        ...


@attrs.frozen(kw_only=True)
class BatchSeal:
    """What a batch was closed by: the name of its `ledger` and the `rules` in force, in their order."""

    batch: PostingBatchId
    tenant: TenantId
    ledger: str
    rules: tuple[AccountRule, ...]


class PostingBatches(Records[PostingBatch], Protocol):
    """Posting batches; a closed one has its seal."""

    async def seal(self, seal: BatchSeal) -> None:
        """Keep by what a batch was closed."""
        ...

    async def seal_of(self, batch: PostingBatchId) -> BatchSeal | None:
        """None for a batch that is open, or was closed before seals were kept."""
        ...


class Postings(Records[Posting], Protocol):
    """Postings. A ledger has one of a document kind, number and revision, and one of a session and turn; a
    posting is reversed once in each revision, and posted anew once. A second raises `AlreadyTaken`."""

    async def waiting(self, ledger: LedgerId, *, until: date | None, limit: int) -> list[Posting]:
        """Those that are ready and in no batch, dated `until` or before, by document date."""
        ...

    async def of_batch(
        self, batch: PostingBatchId, *, after: Posting | None = None, limit: int | None = None
    ) -> list[Posting]:
        """Those of a batch, by document date and id; all, or so many behind one of them."""
        ...

    async def lines_of(self, batch: PostingBatchId) -> int:
        """How many lines the postings of a batch have."""
        ...

    async def of_session(self, ledger: LedgerId, session: SessionId) -> Posting | None:
        """The one that stands for a session: that of the last turn."""
        ...

    async def in_question(self, states: Sequence[PostingState], page: Page) -> list[Posting]:
        """Those in one of these states, those that stand for a session that was rated anew since, and what
        was posted anew of such a session."""
        ...

    async def attach(self, posting: Posting, content: bytes) -> None:
        """Keep the document itself of a posting, instead of what was kept before."""
        ...

    async def documents(self, ids: Sequence[PostingId]) -> dict[PostingId, bytes]:
        """The documents of these postings, where they are there."""
        ...

    async def remove(self, id: PostingId) -> None:
        """Drop one with its document; nothing happens if it is not there."""
        ...


class PostingExports(Records[PostingExport], Protocol):
    """Exports with their bytes; a batch has one of each format."""

    async def find(self, batch: PostingBatchId, format: str) -> PostingExport | None: ...

    async def keep(self, export: PostingExport, content: bytes) -> None:
        """Store a new export; raise `AlreadyTaken` if the batch has one in the format."""
        ...

    async def content(self, id: PostingExportId) -> bytes:
        """What was kept, to the byte; raise `UnknownPostingExport`."""
        ...


class AccountingWork(Protocol):
    """What a unit of work about accounting has."""

    @property
    def ledgers(self) -> Records[Ledger]: ...
    @property
    def account_rules(self) -> AccountRules: ...
    @property
    def postings(self) -> Postings: ...
    @property
    def posting_batches(self) -> PostingBatches: ...
    @property
    def posting_exports(self) -> PostingExports: ...
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def rated_sessions(self) -> RatedSessions: ...
    @property
    def outbox(self) -> Outbox: ...


@attrs.frozen(kw_only=True)
class ExportFlaw:
    """Why a posting cannot be shown in a format: which field, in words."""

    posting: PostingId
    field: str
    detail: str


@attrs.frozen(kw_only=True)
class ExportedFile:
    name: str
    media_type: str
    content: bytes


@attrs.frozen(kw_only=True)
class BatchContent:
    """A closed batch with all that a file of it may say; `documents` are PDFs by posting."""

    ledger: Ledger
    batch: PostingBatch
    postings: tuple[Posting, ...]
    documents: Mapping[PostingId, bytes] = attrs.field(factory=dict)


class ErpExport(Protocol):
    """A format in which an ERP system takes posting batches.

    The same content and settings give the same bytes, whenever and wherever they are asked for.
    """

    @property
    def name(self) -> str:
        """What the format is chosen by: lower-case letters, digits and underscores."""
        ...

    def check(self, settings: Mapping[str, str]) -> None:
        """Raise `ExportSettingsRefused` for settings that no file could be made with."""
        ...

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        """What of these postings, whose lines have their assignments, the format cannot show."""
        ...

    def render(self, content: BatchContent, settings: Mapping[str, str]) -> ExportedFile:
        """Make the file."""
        ...
