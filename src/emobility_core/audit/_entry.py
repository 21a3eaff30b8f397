"""An entry of the audit log: who did what to which records, what changed, and why it was allowed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import AuditEntryId, TenantId
from emobility_core.instants import Instant


@attrs.frozen
class UnknownAuditEntry(NotFound):
    """There is no such entry of the audit log within the caller's scope.

    Remedy: list the entries; with `include_descendants=true` those of the tenants below are among them.
    """

    code = "unknown-audit-entry"
    audit_entry: UUID


class AuditOutcome(Enum):
    """What became of what was wanted: done, read (where reading matters), or denied."""

    DONE = "done"
    READ = "read"
    DENIED = "denied"


class ChangeKind(Enum):
    """What was done to a record; one that is `named` was meant and is as it was. One that has `acted` is no
    record but who did it, as the issuer of their token names them."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    NAMED = "named"
    ERASED = "erased"
    ACTED = "acted"


@attrs.frozen(kw_only=True)
class AuditEntry:
    """What is never changed: `content` is canonical JSON, of which the other fields are copies to search by.

    The content holds no personal values, only their digests; see `AuditDetail`.
    """

    id: AuditEntryId
    tenant: TenantId
    at: Instant
    actor: str
    operation: str
    outcome: AuditOutcome
    content: str


@attrs.frozen(kw_only=True)
class AuditDetail:
    """One record that an entry is about, in place `number` of its content.

    `before` and `after` hold the fields that changed; with `salt` they give the digest in the content. The
    erasure `erased_by` has taken all three away.
    """

    entry: AuditEntryId
    number: int
    tenant: TenantId
    subject: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    salt: str | None = None
    erased_by: str | None = None


@attrs.frozen(kw_only=True)
class AuditLink:
    """The place of an entry in its tenant's chain: `hash` covers its content, `seq` and the hash before."""

    tenant: TenantId
    seq: int
    entry: AuditEntryId
    previous: str
    hash: str


@attrs.frozen(kw_only=True)
class AuditHead:
    """Where a tenant's chain ends: how many places it has, and the hash of the last. It is kept beside the
    chain, and goes on in the unit that gives places, so that what is cut off the end is missed."""

    tenant: TenantId
    seq: int
    hash: str


@attrs.frozen(kw_only=True)
class Recorded:
    """An entry with its details, and its place once it has one."""

    entry: AuditEntry
    details: tuple[AuditDetail, ...] = ()
    link: AuditLink | None = None

    @property
    def id(self) -> AuditEntryId:
        return self.entry.id


def instant_text(at: Instant) -> str:
    """An instant as the content of an entry has it."""
    return at.isoformat().replace("+00:00", "Z")
