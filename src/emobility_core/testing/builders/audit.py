"""Entries of the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from emobility_core.audit import AuditDetail, AuditEntry, Auditor, Change, ChangeKind
from emobility_core.ids import TenantId, shown
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import FrozenClock
from emobility_core.work import Deed, Scope


class PlainViews:
    """Records as their classes are; what no `repr` shows is hidden."""

    def view(self, record: Any) -> dict[str, object]:
        return {**attrs.asdict(record, recurse=False), "id": str(record.id)}

    def hidden(self, record: Any) -> frozenset[str]:
        return frozenset(field.name for field in attrs.fields(type(record)) if not field.repr)


def make_auditor(**changes: Any) -> Auditor:
    fields = {"clock": FrozenClock(), "ids": ids, "salt": lambda: "salt", "views": PlainViews()}
    return Auditor(**{**fields, **changes})


def make_audit_entry(
    tenant: TenantId, *subjects: str, operation: str = "sites_create", **changes: Any
) -> tuple[AuditEntry, list[AuditDetail]]:
    """An entry of a tenant about these subjects, each made with a value, and their details."""
    actor = changes.pop("actor", f"client:{shown('cli', tenant)}")
    made: Sequence[Change] = [
        Change(tenant=tenant, subject=one, kind=ChangeKind.CREATED, after={"name": one}) for one in subjects
    ]
    scope = Scope(tenant, "/", actor, deed=Deed(operation=operation))
    return make_auditor().entry(scope, tenant, made, **changes)
