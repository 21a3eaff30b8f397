"""The audit log over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.paging import counted, paged
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.audit import (
    AuditDetail,
    AuditEntry,
    AuditHead,
    AuditLink,
    AuditSearch,
    Mention,
    Recorded,
    UnknownAuditEntry,
    canonical,
    is_named,
    linked,
    named_by,
)
from emobility_core.ids import AuditEntryId, TenantId, uuid7
from emobility_core.work import Scope

_entry, _detail, _link, _head, _waiting = (
    tables.audit_entry,
    tables.audit_detail,
    tables.audit_link,
    tables.audit_head,
    tables.audit_waiting,
)
# Whoever gives places holds it until its unit ends, whichever process it runs in.
_LOCK = 7_301_947


@attrs.frozen
class SqlAuditEntries:
    """Implements the core's `AuditEntries`."""

    connection: AsyncConnection
    scope: Scope

    async def add(self, entry: AuditEntry, details: Sequence[AuditDetail]) -> None:
        # Also what is done under a grant is written down by whose stations it is done to.
        await require_seen(self.connection, attrs.evolve(self.scope, stations=None), entry)
        await self.connection.execute(_entry.insert(), rows.unstructure(entry))
        if details:
            await self.connection.execute(_detail.insert(), [rows.unstructure(one) for one in details])
        await self.connection.execute(_waiting.insert(), {"entry": entry.id, "tenant": entry.tenant})

    async def get(self, id: AuditEntryId) -> Recorded:
        found = await self._whole(sa.select(_entry).where(_entry.c.id == id, within(_entry, self.scope)))
        if not found:
            raise UnknownAuditEntry(id)
        return found[0]

    async def page(self, search: AuditSearch) -> list[Recorded]:
        return await self._whole(self._found(search))

    async def count(self, search: AuditSearch) -> int:
        return await counted(self.connection, self._found(search), _entry)

    def _found(self, search: AuditSearch) -> sa.Select[Any]:
        query = sa.select(_entry).where(within(_entry, self.scope, descendants=search.page.descendants))
        # Ids sort by the time at which they were made.
        if search.since is not None:
            query = query.where(_entry.c.id >= uuid7(search.since, 0))
        if search.until is not None:
            query = query.where(_entry.c.id < uuid7(search.until, 0))
        if search.subjects:
            about = sa.select(_detail.c.entry).where(
                _detail.c.subject.in_(search.subjects),
                within(_detail, self.scope, descendants=search.page.descendants),
            )
            query = query.where(_entry.c.id.in_(about))
        if search.actors:
            vouched = sa.select(_detail.c.entry).where(
                _detail.c.after.in_(named_by(search.actors)),
                within(_detail, self.scope, descendants=search.page.descendants),
            )
            query = query.where(sa.or_(_entry.c.actor.in_(search.actors), _entry.c.id.in_(vouched)))
        return paged(query, _entry, search.page, self.scope)

    async def chain(
        self, tenant: TenantId, *, after: int, limit: int
    ) -> list[tuple[AuditLink, Recorded | None]]:
        behind = (_link.c.tenant == tenant, _link.c.seq > after, within(_link, self.scope))
        query = sa.select(_link).where(*behind).order_by(_link.c.seq).limit(limit)
        links = [rows.structure(row, AuditLink) for row in await self._rows(query)]
        theirs = sa.select(_entry).where(_entry.c.id.in_([one.entry for one in links]))
        found = {one.id: one for one in await self._whole(theirs)} if links else {}
        return [(link, found.get(link.entry)) for link in links]

    async def head(self, tenant: TenantId) -> AuditHead | None:
        found = await self._rows(sa.select(_head).where(_head.c.tenant == tenant, within(_head, self.scope)))
        return rows.structure(found[0], AuditHead) if found else None

    async def heads(self) -> list[AuditHead]:
        query = sa.select(_head).where(within(_head, self.scope)).order_by(_head.c.tenant)
        return [rows.structure(row, AuditHead) for row in await self._rows(query)]

    async def unplaced(self, tenant: TenantId, *, limit: int) -> list[AuditEntryId]:
        placed = sa.select(_link.c.entry).where(_link.c.entry == _entry.c.id).exists()
        waiting = sa.select(_waiting.c.entry).where(_waiting.c.entry == _entry.c.id).exists()
        lost = (_entry.c.tenant == tenant, within(_entry, self.scope), ~placed, ~waiting)
        query = sa.select(_entry.c.id).where(*lost).order_by(_entry.c.id).limit(limit)
        return [AuditEntryId(id) for id in (await self.connection.execute(query)).scalars()]

    async def about(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope
    ) -> list[AuditDetail]:
        values = [sa.type_coerce(_detail.c[name], sa.Text) for name in ("before", "after")]
        named = [
            value.icontains(form, autoescape=True)
            for one in mentions
            for form in one.forms
            for value in values
        ]
        alike = sa.and_(within(_detail, named_in), sa.or_(sa.false(), *named))
        query = sa.select(_detail).where(
            _detail.c.salt.is_not(None),
            within(_detail, self.scope),
            sa.or_(_detail.c.subject.in_(subjects), alike),
        )
        found = [rows.structure(row, AuditDetail) for row in await self._rows(query)]
        return [one for one in found if one.subject in subjects or is_named(_values(one), mentions)]

    async def erase(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope, *, by: str
    ) -> list[AuditDetail]:
        found = await self.about(subjects, mentions, named_in)
        for one in found:
            gone = _detail.update().where(_detail.c.entry == one.entry, _detail.c.number == one.number)
            values = {"before": None, "after": None, "salt": None, "erased_by": by}
            await self.connection.execute(gone.values(values))
        return found

    async def is_waiting(self) -> bool:
        query = sa.select(_waiting.c.entry).where(within(_waiting, self.scope)).limit(1)
        return (await self.connection.execute(query)).first() is not None

    async def seal(self, *, limit: int) -> list[AuditLink]:
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        mine = _entry.c.id.in_(sa.select(_waiting.c.entry).order_by(_waiting.c.entry).limit(limit))
        query = sa.select(_entry).where(mine, within(_entry, self.scope))
        found = [
            rows.structure(row, AuditEntry)
            for row in await self._rows(query.order_by(_entry.c.tenant, _entry.c.id))
        ]
        links = [
            link
            for tenant, entries in groupby(found, key=lambda one: one.tenant)
            for link in await self._continued(tenant, list(entries))
        ]
        if links:
            await self.connection.execute(_link.insert(), [rows.unstructure(one) for one in links])
            done = _waiting.c.entry.in_([one.entry for one in links])
            await self.connection.execute(_waiting.delete().where(done))
        return links

    async def _continued(self, tenant: TenantId, entries: list[AuditEntry]) -> list[AuditLink]:
        """The entries behind the head, wherever the chain itself ends: what was cut off it stays missing."""
        before, links = await self.head(tenant), list[AuditLink]()
        for entry in entries:
            links.append(linked(entry, links[-1] if links else before))
        end = {"seq": links[-1].seq, "hash": links[-1].hash}
        if before is None:
            await self.connection.execute(_head.insert().values(tenant=tenant, **end))
        else:
            await self.connection.execute(_head.update().where(_head.c.tenant == tenant).values(**end))
        return links

    async def _whole(self, query: sa.Select[Any]) -> list[Recorded]:
        """Entries with what belongs to them, in the order of the query."""
        entries = [rows.structure(row, AuditEntry) for row in await self._rows(query)]
        ids = [one.id for one in entries]
        if not ids:
            return []
        theirs = (
            sa.select(_detail).where(_detail.c.entry.in_(ids)).order_by(_detail.c.entry, _detail.c.number)
        )
        details: dict[AuditEntryId, list[AuditDetail]] = {}
        for row in await self._rows(theirs):
            details.setdefault(row["entry"], []).append(rows.structure(row, AuditDetail))
        placed = await self._rows(sa.select(_link).where(_link.c.entry.in_(ids)))
        links = {row["entry"]: rows.structure(row, AuditLink) for row in placed}
        return [
            Recorded(entry=one, details=tuple(details.get(one.id, ())), link=links.get(one.id))
            for one in entries
        ]

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        found: Sequence[Any] = (await self.connection.execute(query)).mappings().all()
        return found


def _values(detail: AuditDetail) -> str:
    return canonical([detail.before, detail.after])
