"""Tenants over HTTP: a new one stands directly below the caller's."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_core.ids import EventId, TenantId, shown
from emobility_core.tenancy import Tenant, UnknownTenant, child_path, require_unlocked
from emobility_core.work import Event


async def _below(tenant: Tenant, call: Call, work: Any) -> Tenant:
    parent = await work.tenants.get(call.scope.tenant)
    require_unlocked(await work.tenants.line(parent.id), list(tenant.layer.values))
    id = TenantId(tenant.id)
    placed = attrs.evolve(tenant, tenant=id, parent=parent.id, path=child_path(parent, id))
    await work.tenants.add(placed)
    work.outbox.publish(
        Event(
            id=EventId(call.services.ids.uuid7(placed.created_at)),
            tenant=id,
            type="tenant.created",
            subject=shown("ten", id),
            at=placed.created_at,
            data={"tenant": shown("ten", id), "parent": shown("ten", parent.id)},
        )
    )
    return placed


async def _unlocked(tenant: Tenant, work: Any) -> Tenant:
    """Raise `SettingLocked` for a rule of watching that somebody above has locked."""
    try:
        line = await work.tenants.line(tenant.id)
    except UnknownTenant:  # a new one: it is looked at where its place is found
        return tenant
    before = line[-1].layer.values
    changed = [name for name, value in tenant.layer.values.items() if before.get(name) != value]
    require_unlocked(line[:-1], changed)
    return attrs.evolve(tenant, locked=tuple(name for name in tenant.locked if name in tenant.layer.values))


TENANTS = Resource(
    path="tenants",
    name="tenant",
    prefix="ten",
    kind=Tenant,
    port="tenants",
    hidden=frozenset({"path", "settings", "locked"}),
    read_only=frozenset({"parent"}),
    once=frozenset({"kind"}),
    stamps={"path": ""},
    filters={"name": str},
    add=_below,
    check=_unlocked,
)
