"""A tenant and its place in the tree."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import TenantId
from emobility_core.tenancy._watch import WatchRules
from emobility_core.work import Record, Scope

ROOT_NAME = "root"


@attrs.frozen
class UnknownTenant(NotFound):
    """There is no such tenant within the caller's part of the tree.

    Remedy: list the tenants that the caller sees and use one of their ids.
    """

    code = "unknown-tenant"
    tenant: UUID


class TenantKind(Enum):
    """Whether a tenant's records are real or for trying out."""

    LIVE = "live"
    TEST = "test"


@attrs.frozen(kw_only=True)
class Tenant(Record):
    """A company or part of one. `path` names all tenants from the root down to this one.

    A tenant's own record lives in itself: `tenant` equals `id`.
    """

    id: TenantId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    kind: TenantKind = TenantKind.LIVE
    parent: TenantId | None = None
    path: str
    watch_rules: WatchRules = attrs.field(factory=WatchRules)


def root_path(root: TenantId) -> str:
    return f"/{root.hex}/"


def child_path(parent: Tenant, child: TenantId) -> str:
    return f"{parent.path}{child.hex}/"


def in_line(one: str, other: str) -> bool:
    """Whether one of two tenants (by path) is the other or stands above it."""
    return one.startswith(other) or other.startswith(one)


def scope_of(tenant: Tenant, actor: str) -> Scope:
    return Scope(TenantId(tenant.id), tenant.path, actor)
