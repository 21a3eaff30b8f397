"""Account rules, postings and exports over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import upsert
from emobility_adapters.sql.paging import paged
from emobility_adapters.sql.records import SqlRecords, removed
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.accounting import (
    AccountRule,
    BatchSeal,
    BatchStatus,
    Posting,
    PostingBatch,
    PostingExport,
    PostingState,
    UnknownPostingExport,
)
from emobility_core.ids import LedgerId, PostingBatchId, PostingExportId, PostingId, SessionId
from emobility_core.work import Page

_posting, _document = tables.posting, tables.posted_document
_seal = tables.posting_seal
_export, _file = tables.posting_export, tables.posting_file


class SqlAccountRules(SqlRecords[AccountRule]):
    """Implements the core's `AccountRules`."""

    async def along(self, path: str) -> list[AccountRule]:
        if self.scope.stations is not None or not self.scope.sees(path):
            return []
        line = [UUID(hex=part) for part in path.strip("/").split("/")]
        table = self.kind.table
        return await self._select(sa.select(table).where(table.c.tenant.in_(line)).order_by(table.c.id))


class SqlPostings(SqlRecords[Posting]):
    """Implements the core's `Postings`. Of what is closed only what was answered is written: all else the
    schema refuses."""

    def _changes(self, record: Posting) -> dict[str, Any]:
        sealed = not record.loose and (record.answers or record.state is not PostingState.CLOSED)
        return _kept(super()._changes(record), ("state", "answers") if sealed else ())

    async def waiting(self, ledger: LedgerId, *, until: date | None, limit: int) -> list[Posting]:
        asked = [_posting.c.ledger == ledger, _posting.c.state == PostingState.READY.value]
        if until is not None:
            asked.append(_posting.c.document_date <= until.isoformat())
        query = sa.select(_posting).where(*asked, within(_posting, self.scope))
        return await self._select(query.order_by(_posting.c.document_date, _posting.c.id).limit(limit))

    async def of_batch(
        self, batch: PostingBatchId, *, after: Posting | None = None, limit: int | None = None
    ) -> list[Posting]:
        query = sa.select(_posting).where(_posting.c.batch == batch, within(_posting, self.scope))
        if after is not None:
            on, day = _posting.c.document_date, after.document_date.isoformat()
            query = query.where(sa.or_(on > day, sa.and_(on == day, _posting.c.id > after.id)))
        return await self._select(query.order_by(_posting.c.document_date, _posting.c.id).limit(limit))

    async def lines_of(self, batch: PostingBatchId) -> int:
        lines: sa.ColumnElement[Any] = _posting.c.lines
        if self.connection.dialect.name == "postgresql":
            lines = sa.cast(lines, sa.JSON)
        counted = sa.select(sa.func.coalesce(sa.func.sum(sa.func.json_array_length(lines)), 0))
        mine = (_posting.c.batch == batch, within(_posting, self.scope))
        return int((await self.connection.execute(counted.where(*mine))).scalar_one())

    async def of_session(self, ledger: LedgerId, session: SessionId) -> Posting | None:
        asked = (_posting.c.ledger == ledger, _posting.c.session == session)
        stands = sa.select(_posting).where(*asked, _posting.c.session_turn.is_not(None))
        newest = stands.where(within(_posting, self.scope)).order_by(_posting.c.session_turn.desc())
        found = await self._select(newest.limit(1))
        return found[0] if found else None

    async def in_question(self, states: Sequence[PostingState], page: Page) -> list[Posting]:
        asked = [state.value for state in states]
        open = sa.select(_posting.c.id).where(_posting.c.state.in_(asked), within(_posting, self.scope))
        query = sa.select(_posting).where(
            _posting.c.id.in_(sa.union(open, self._rated_anew())),
            within(_posting, self.scope, descendants=page.descendants),
        )
        return await self._select(paged(query, _posting, page, self.scope))

    def _rated_anew(self) -> sa.Select[tuple[UUID]]:
        """Few sessions are ever rated twice, so these are asked first."""
        rated, newer = tables.rated_session, _posting.alias("newer")
        later = sa.exists().where(
            newer.c.ledger == _posting.c.ledger,
            newer.c.session == _posting.c.session,
            newer.c.session_turn > _posting.c.session_turn,
        )
        found = sa.select(_posting.c.id).join(rated, rated.c.session == _posting.c.session)
        return found.where(
            rated.c.again,
            rated.c.id != _posting.c.rating,
            ~later,
            within(rated, self.scope),
            within(_posting, self.scope),
        )

    async def attach(self, posting: Posting, content: bytes) -> None:
        values = {"posting": posting.id, "tenant": posting.tenant, "content": content}
        await upsert(self.connection, _document, ("posting",), values)

    async def documents(self, ids: Sequence[PostingId]) -> dict[PostingId, bytes]:
        query = sa.select(_document).where(_document.c.posting.in_(ids), within(_document, self.scope))
        found = await self.connection.execute(query)
        return {PostingId(row.posting): bytes(row.content) for row in found}

    async def remove(self, id: PostingId) -> None:
        theirs = (_document.c.posting == id, within(_document, self.scope))
        await self.connection.execute(_document.delete().where(*theirs))
        await removed(self, id)


class SqlPostingBatches(SqlRecords[PostingBatch]):
    """Posting batches. Of one that is closed only what became of it is written, as of its postings."""

    def _changes(self, record: PostingBatch) -> dict[str, Any]:
        sealed = record.status not in (BatchStatus.OPEN, BatchStatus.CLOSED)
        return _kept(super()._changes(record), ("status", "answered", "rejected") if sealed else ())

    async def seal(self, seal: BatchSeal) -> None:
        await require_seen(self.connection, self.scope, seal)
        await self.connection.execute(_seal.insert().values(rows.unstructure(seal)))

    async def seal_of(self, batch: PostingBatchId) -> BatchSeal | None:
        query = sa.select(_seal).where(_seal.c.batch == batch, within(_seal, self.scope))
        found = (await self.connection.execute(query)).mappings().one_or_none()
        return None if found is None else rows.structure(found, BatchSeal)


def _kept(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """These and what changes with every version; all without names."""
    return {name: values[name] for name in (*names, "updated_at", "version")} if names else values


class SqlPostingExports(SqlRecords[PostingExport]):
    """Implements the core's `PostingExports`."""

    async def find(self, batch: PostingBatchId, format: str) -> PostingExport | None:
        asked = (_export.c.batch == batch, _export.c.format == format)
        found = await self._select(sa.select(_export).where(*asked, within(_export, self.scope)))
        return found[0] if found else None

    async def keep(self, export: PostingExport, content: bytes) -> None:
        await self.add(export)
        values = {"export": export.id, "tenant": export.tenant, "content": content}
        await self.connection.execute(_file.insert().values(values))

    async def content(self, id: PostingExportId) -> bytes:
        query = sa.select(_file.c.content).where(_file.c.export == id, within(_file, self.scope))
        found = (await self.connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise UnknownPostingExport(id)
        return bytes(found)
