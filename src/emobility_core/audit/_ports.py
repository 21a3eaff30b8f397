"""What the audit log needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import attrs

from emobility_core.audit._entry import AuditDetail, AuditEntry, AuditHead, AuditLink, Recorded
from emobility_core.audit._mention import Mention
from emobility_core.ids import AuditEntryId, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Page, Scope


@attrs.frozen(kw_only=True)
class AuditSearch:
    """Which entries to list: those of the page, made from `since` on and before `until`, about one of the
    `subjects` if any is given, by one of the `actors` likewise."""

    page: Page = attrs.field(factory=Page)
    since: Instant | None = None
    until: Instant | None = None
    subjects: Sequence[str] = ()
    actors: Sequence[str] = ()


class AuditEntries(Protocol):
    """The log within a scope: entries are added, and never changed or removed."""

    async def add(self, entry: AuditEntry, details: Sequence[AuditDetail]) -> None:
        """Store an entry, which gets its place in the chain after commit; raises `UnknownTenant`."""
        ...

    async def get(self, id: AuditEntryId) -> Recorded:
        """Return an entry, or raise `UnknownAuditEntry`."""
        ...

    async def page(self, search: AuditSearch) -> list[Recorded]: ...

    async def count(self, search: AuditSearch) -> int:
        """Return how many entries the search's page lists, without reading them."""
        ...

    async def chain(
        self, tenant: TenantId, *, after: int, limit: int
    ) -> list[tuple[AuditLink, Recorded | None]]:
        """Return the places of a tenant's chain behind `after`, in order, with the entries that are there."""
        ...

    async def head(self, tenant: TenantId) -> AuditHead | None:
        """Return where a tenant's chain ends, by what is kept of it beside the chain itself."""
        ...

    async def heads(self) -> list[AuditHead]:
        """Return where each chain ends."""
        ...

    async def unplaced(self, tenant: TenantId, *, limit: int) -> list[AuditEntryId]:
        """Return entries that neither have a place nor wait for one: nobody stored them the right way."""
        ...

    async def about(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope
    ) -> list[AuditDetail]:
        """Return details with values that are of these subjects, or that name a person in that scope."""
        ...

    async def erase(
        self, subjects: Sequence[str], mentions: Sequence[Mention], named_in: Scope, *, by: str
    ) -> list[AuditDetail]:
        """Take the values of what `about` returns for good, and return what it was."""
        ...

    async def is_waiting(self) -> bool:
        """Whether an entry waits for its place."""
        ...

    async def seal(self, *, limit: int) -> list[AuditLink]:
        """Give places to entries that wait for one, oldest first, behind the head of their chain, which goes
        on with them; return those places."""
        ...


class RecordViews(Protocol):
    """How records are written down in the log."""

    def view(self, record: Any) -> Mapping[str, object]:
        """The fields of a record as the API shows them, with `id`, those that are hidden included."""
        ...

    def hidden(self, record: Any) -> Collection[str]:
        """The fields whose values stand in no log."""
        ...
