"""The audit log of the in-memory store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from emobility_adapters.memory.records import paged
from emobility_adapters.memory.unit import Unit
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
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Scope


@attrs.frozen
class _Line:
    """An entry as a page is cut: with the fields of the entry."""

    id: AuditEntryId
    actor: str
    operation: str
    outcome: object
    recorded: Recorded


class MemoryAuditEntries:
    """Implements the core's `AuditEntries`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entries = unit.rows("audit entries")
        self._details = unit.rows("audit details")
        self._links = unit.rows("audit links")
        self._places = unit.rows("audit places")
        self._heads = unit.rows("audit heads")
        self._waiting = unit.rows("audit waiting")

    async def add(self, entry: AuditEntry, details: Sequence[AuditDetail]) -> None:
        if not self._unit.sees(entry.tenant):
            raise UnknownTenant(entry.tenant)
        self._entries.put(entry.id, entry)
        for detail in details:
            self._details.put((entry.id, detail.number), detail)
        self._waiting.put(entry.id, entry.id)

    async def get(self, id: AuditEntryId) -> Recorded:
        found: AuditEntry | None = self._entries.get(id)
        if found is None or not self._shows(found.tenant):
            raise UnknownAuditEntry(id)
        return self._whole(found)

    async def page(self, search: AuditSearch) -> list[Recorded]:
        lines = (
            _Line(one.id, one.actor, one.operation, one.outcome, self._whole(one))
            for one in self._entries.values()
            if self._shows(one.tenant, descendants=search.page.descendants) and _within(one, search)
        )
        about = (one for one in lines if _is_about(one.recorded, search))
        return [one.recorded for one in paged(about, search.page)]

    async def count(self, search: AuditSearch) -> int:
        return len(await self.page(search))

    async def chain(
        self, tenant: TenantId, *, after: int, limit: int
    ) -> list[tuple[AuditLink, Recorded | None]]:
        behind = [one for one in self._chain(tenant) if one.seq > after][:limit]
        return [(one, self._maybe(one.entry)) for one in behind]

    async def head(self, tenant: TenantId) -> AuditHead | None:
        found: AuditHead | None = self._heads.get(tenant)
        return found if self._shows(tenant) else None

    async def heads(self) -> list[AuditHead]:
        return [one for one in self._heads.values() if self._shows(one.tenant)]

    async def unplaced(self, tenant: TenantId, *, limit: int) -> list[AuditEntryId]:
        lost = [
            one.id
            for one in self._entries.values()
            if one.tenant == tenant
            and self._shows(tenant)
            and self._places.get(one.id) is None
            and self._waiting.get(one.id) is None
        ]
        return sorted(lost)[:limit]

    async def about(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope
    ) -> list[AuditDetail]:
        return [
            one
            for one in self._details.values()
            if one.salt is not None
            and self._shows(one.tenant)
            and (one.subject in subjects or self._names(one, mentions, named_in))
        ]

    async def erase(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope, *, by: str
    ) -> list[AuditDetail]:
        found = await self.about(subjects, mentions, named_in)
        for one in found:
            gone = attrs.evolve(one, before=None, after=None, salt=None, erased_by=by)
            self._details.put((one.entry, one.number), gone)
        return found

    async def is_waiting(self) -> bool:
        return any(True for _ in self._waiting.values())

    async def seal(self, *, limit: int) -> list[AuditLink]:
        waiting = [self._entries.get(id) for id in sorted(self._waiting.values())]
        mine = [one for one in waiting if one is not None and self._unit.sees(one.tenant)][:limit]
        links = []
        for entry in sorted(mine, key=lambda one: (one.tenant, one.id)):
            link = linked(entry, await self.head(entry.tenant))
            self._links.put((link.tenant, link.seq), link)
            self._places.put(link.entry, link)
            head = AuditHead(tenant=link.tenant, seq=link.seq, hash=link.hash)
            self._heads.put(link.tenant, head)
            self._waiting.drop(link.entry)
            links.append(link)
        return links

    def _names(self, one: AuditDetail, mentions: Sequence[Mention], named_in: Scope) -> bool:
        path = self._unit.path_of(one.tenant)
        inside = path is not None and named_in.sees(path)
        return inside and is_named(canonical([one.before, one.after]), mentions)

    def _shows(self, tenant: TenantId, *, descendants: bool = True) -> bool:
        """A limit to stations shows nothing of the log."""
        return self._unit.scope.stations is None and self._unit.sees(tenant, descendants=descendants)

    def _chain(self, tenant: TenantId) -> list[AuditLink]:
        if not self._shows(tenant):
            return []
        return sorted((one for one in self._links.values() if one.tenant == tenant), key=lambda one: one.seq)

    def _maybe(self, id: AuditEntryId) -> Recorded | None:
        found: AuditEntry | None = self._entries.get(id)
        return None if found is None else self._whole(found)

    def _whole(self, entry: AuditEntry) -> Recorded:
        return Recorded(entry=entry, details=tuple(self._of(entry)), link=self._places.get(entry.id))

    def _of(self, entry: AuditEntry) -> Iterator[AuditDetail]:
        theirs = [one for one in self._details.values() if one.entry == entry.id]
        return iter(sorted(theirs, key=lambda one: one.number))


def _within(entry: AuditEntry, search: AuditSearch) -> bool:
    if search.since is not None and entry.id < uuid7(search.since, 0):
        return False
    return search.until is None or entry.id < uuid7(search.until, 0)


def _is_about(recorded: Recorded, search: AuditSearch) -> bool:
    if search.subjects and not any(one.subject in search.subjects for one in recorded.details):
        return False
    by = named_by(search.actors)
    vouched = recorded.entry.actor in search.actors or any(one.after in by for one in recorded.details)
    return not search.actors or vouched
