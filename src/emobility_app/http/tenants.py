"""Tenants over HTTP: a new one stands directly below the caller's."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_core.ids import EventId, TenantId, shown
from emobility_core.tenancy import Tenant, child_path
from emobility_core.work import Event


async def _below(tenant: Tenant, call: Call, work: Any) -> Tenant:
    parent = await work.tenants.get(call.scope.tenant)
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


TENANTS = Resource(
    path="tenants",
    name="tenant",
    prefix="ten",
    kind=Tenant,
    port="tenants",
    hidden=frozenset({"path"}),
    read_only=frozenset({"parent"}),
    once=frozenset({"kind"}),
    stamps={"path": ""},
    filters={"name": str},
    add=_below,
)
