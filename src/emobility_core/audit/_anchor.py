"""Anchors: the last hash of a chain, told to others, so that a chain cut off at its end is noticed."""

from __future__ import annotations

from emobility_core.audit._chain import ANCHORED
from emobility_core.audit._entry import AuditHead
from emobility_core.ids import EventId, Ids, shown
from emobility_core.instants import Instant
from emobility_core.work import Event


def anchored(head: AuditHead, *, at: Instant, ids: Ids) -> Event:
    """The event that tells where a chain ends now."""
    tenant = shown("ten", head.tenant)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=head.tenant,
        type=ANCHORED,
        subject=tenant,
        at=at,
        data={"audit_chain": tenant, "seq": head.seq, "hash": head.hash},
    )
