"""Tenants over HTTP: each stands below the caller's own or one of those below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_app.http.schemas import TEXT, id_schema, objects
from emobility_app.wire import Flaw, MalformedBody, told
from emobility_core.identity import ExternalIdReserved
from emobility_core.ids import EventId, TenantId, shown
from emobility_core.tenancy import (
    ClosedFromAbove,
    Tenant,
    TenantKind,
    UnknownTenant,
    child_path,
    closed,
    kind_below,
    reopened,
    require_open,
    require_unlocked,
)
from emobility_core.work import Event, Page


async def _below(tenant: Tenant, call: Call, work: Any) -> Tenant:
    # First: nobody moves the one above between reading its place and standing below it.
    await work.tenants.hold()
    parent = await _parent(tenant, call, work)
    require_open(parent)
    require_unlocked(await work.tenants.line(parent.id), list(tenant.layer.values))
    id = TenantId(tenant.id)
    placed = attrs.evolve(
        tenant,
        tenant=id,
        parent=parent.id,
        path=child_path(parent, id),
        kind=kind_below(parent, tenant.kind if "kind" in call.json() else None),
    )
    await _require_ids(placed, {}, call)
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


async def _changed(tenant: Tenant, call: Call, work: Any) -> Tenant:
    before: Tenant = await work.tenants.get(tenant.id)
    await _require_ids(tenant, before.external_ids, call)
    changed: Tenant = await work.tenants.replace(tenant)
    id = shown("ten", changed.id)
    work.outbox.publish(
        Event(
            id=EventId(call.services.ids.uuid7(changed.updated_at)),
            tenant=TenantId(changed.id),
            type=_event_type(before, changed),
            subject=id,
            at=changed.updated_at,
            data={"tenant": id, "version": changed.version},
        )
    )
    return changed


async def _require_ids(tenant: Tenant, before: Mapping[str, str], call: Call) -> None:
    """Raise `ExternalIdReserved` where another id would have people of a trusting tenant act here."""
    after = tenant.external_ids
    systems = [one for one in {**before, **after} if before.get(one) != after.get(one)]
    if not systems:
        return
    home = "" if call.admission is None else call.admission.asked.home
    for trust in await call.services.trusts.mapping(systems, tenant.line):
        if not home or not (await call.services.path_of(trust.tenant)).startswith(home):
            raise ExternalIdReserved(trust.tenant_system or "")


async def _parent(tenant: Tenant, call: Call, work: Any) -> Tenant:
    """The one that its body names, or the caller's own; raise `MalformedBody`."""
    try:
        parent: Tenant = await work.tenants.get(tenant.parent or call.scope.tenant)
    except UnknownTenant as error:
        raise MalformedBody((Flaw("/parent", error.code, told(error)),)) from error
    return parent


def _take_closed(tenant: Tenant, before: Any, further: Mapping[str, Any], call: Call) -> Tenant:
    """`closed` is taken, `closed_at` is shown: nobody closes a tenant at another time than now."""
    if "closed" not in further:
        return tenant
    if before is None or not isinstance(further["closed"], bool):
        code, words = (
            ("read-only", "a new one is open") if before is None else ("not-a-boolean", "or leave it")
        )
        raise MalformedBody((Flaw("/closed", code, words),))
    if before.id == call.scope.tenant:
        raise ClosedFromAbove(TenantId(before.id))
    return attrs.evolve(tenant, closed_at=call.clock.now() if further["closed"] else None)


async def _as_closed(tenant: Tenant, line: list[Tenant], work: Any) -> Tenant:
    """Close or open it; raise `TenantsBelowOpen`, `TenantClosed`."""
    if (tenant.closed_at is None) == (line[-1].closed_at is None):
        return attrs.evolve(tenant, closed_at=line[-1].closed_at)
    await work.tenants.hold()
    if tenant.closed_at is None:
        return reopened(tenant, line[-2])
    was_open = attrs.evolve(tenant, closed_at=None)
    return closed(was_open, await work.tenants.below(tenant.id), at=tenant.closed_at)


def _event_type(before: Tenant | None, tenant: Tenant) -> str:
    if before is None or before.closed_at == tenant.closed_at:
        return "tenant.changed"
    return "tenant.reopened" if tenant.closed_at is None else "tenant.closed"


async def _checked(tenant: Tenant, work: Any) -> Tenant:
    """Raise `SettingLocked` for a rule of watching that somebody above has locked, and what closing does."""
    try:
        line = await work.tenants.line(tenant.id)
    except UnknownTenant:  # a new one: it is looked at where its place is found
        return tenant
    tenant = await _as_closed(tenant, line, work)
    before = line[-1].layer.values
    changed = [name for name, value in tenant.layer.values.items() if before.get(name) != value]
    require_unlocked(line[:-1], changed)
    return attrs.evolve(tenant, locked=tuple(name for name in tenant.locked if name in tenant.layer.values))


async def _placed(found: list[Tenant], call: Call, work: Any) -> list[dict[str, Any]]:
    """Each with the tenants from the caller's own down to it; those above the caller are not its business."""
    lines = {tenant.id: [id for id in tenant.line if _is_seen(id, tenant, call)] for tenant in found}
    wanted = list({id for line in lines.values() for id in line})
    names: dict[UUID, str] = {one.id: one.name for one in await work.tenants.page(Page.of("id", wanted))}
    return [
        {
            **TENANTS.view(tenant),
            "path": [{"id": shown("ten", id), "name": names[id]} for id in lines[tenant.id]],
        }
        for tenant in found
    ]


def _is_seen(id: TenantId, tenant: Tenant, call: Call) -> bool:
    own = tenant.line.index(call.scope.tenant) if call.scope.tenant in tenant.line else 0
    return tenant.line.index(id) >= own


TENANTS = Resource(
    path="tenants",
    name="tenant",
    prefix="ten",
    kind=Tenant,
    port="tenants",
    hidden=frozenset({"path", "settings", "locked"}),
    read_only=frozenset({"closed_at"}),
    once=frozenset({"kind", "parent"}),
    stamps={"path": ""},
    filters={"name": str, "parent": TenantId, "kind": TenantKind},
    add=_below,
    change=_changed,
    check=_checked,
    apply=_take_closed,
    taken={"closed": {"type": "boolean", "writeOnly": True, "description": "Whether it acts no more."}},
    shown={
        "path": {
            "type": "array",
            "items": objects({"id": id_schema("ten"), "name": TEXT}),
            "description": "The tenants from the caller's own down to this one.",
        }
    },
    look=_placed,
)
