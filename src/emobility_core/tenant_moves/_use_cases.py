"""Moving a tenant with all below it: looked at before, and done only as it was looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import attrs

from emobility_core.access import RoleAssignment, is_client, require_held
from emobility_core.errors import NotFound
from emobility_core.identity import ApiClient
from emobility_core.ids import ClientId, EventId, GrantId, Ids, MalformedId, TenantId, parse_id, shown
from emobility_core.instants import Clock, Instant
from emobility_core.tenancy import Tenant, require_open
from emobility_core.tenant_moves._ports import MoveWork
from emobility_core.tenant_moves._preview import (
    HandedDown,
    MovePreview,
    PreviewOutdated,
    ReferencesLeftBehind,
    RootImmovable,
    TagChange,
    changed_settings,
    require_movable,
)
from emobility_core.tenant_moves._references import REFERENCES, SIGNED, LeftReference
from emobility_core.work import Event, Page

_AT_ONCE = 500


async def preview_move(work: MoveWork, tenant: TenantId, to: TenantId) -> MovePreview:
    """Look at what a move would change.

    Raises `UnknownTenant` for an end outside the scope, `RootImmovable`, `MoveIntoItself`, `AlreadyThere` and
    `MixedKinds`, and `TenantClosed` for a place below one that is closed.
    """
    moved, target = await work.tenants.get(tenant), await work.tenants.get(to)
    require_open(target)
    if moved.parent is None:
        raise RootImmovable(tenant)
    if target.path.startswith(moved.path):
        require_movable(moved, moved, target)
    above, above_then = await work.tenants.line(moved.parent), await work.tenants.line(to)
    require_movable(moved, above[-1], target)
    left = [TenantId(one.id) for one in above if not _stands_in(one, above_then)]
    joined = [TenantId(one.id) for one in above_then if not _stands_in(one, above)]
    going = await work.tenants.below(tenant)
    ids = [TenantId(one.id) for one in going]
    counts = await work.tree.below(moved.path)
    return MovePreview(
        tenant=tenant,
        parent=moved.parent,
        to=to,
        tenants=ids,
        line=target.line,
        counts={"tenants": len(going), **counts},
        settings=changed_settings(going, above, above_then),
        lost=[*await _handed_down(work, left), *await _given_no_more(work, left, ids)],
        gained=await _handed_down(work, joined),
        tags=_tags(counts, await work.tree.of(left), await work.tree.of(joined)),
        references=[*await _references(work, left, moved.path), *await _limits_left(work, left, ids)],
        certificates=len(await work.tree.naming(SIGNED, left, below=moved.path)),
    )


async def move_tenant(
    work: MoveWork,
    tenant: TenantId,
    to: TenantId,
    *,
    expected: str,
    gained: Collection[str],
    clock: Clock,
    ids: Ids,
) -> MovePreview:
    """Move a tenant with all below it, as the preview with the digest `expected` showed it; `gained` are the
    permissions that the mover has where it goes, and not where it stands.

    Past sessions keep the tenant, token, contract and prices that they have. Raises what `preview_move`
    raises, `PreviewOutdated`, `ReferencesLeftBehind`, and `NotHeld`: nobody moves a tenant to where they
    themselves may do more to it.
    """
    await work.tenants.hold()
    preview = await preview_move(work, tenant, to)
    if preview.digest != expected:
        raise PreviewOutdated(tenant)
    if preview.references:
        raise ReferencesLeftBehind(tenant, len(preview.references))
    require_held(gained, frozenset())
    now = clock.now()
    await work.tenants.move(tenant, to, at=now)
    work.outbox.publish(
        _event("tenant.moved", tenant, tenant, to, now, ids),
        # Those above the former place do not see the tenant any more, and are told all the same.
        _event("tenant.departed", preview.parent, tenant, preview.parent, now, ids),
    )
    return preview


def _event(kind: str, at: TenantId, moved: TenantId, parent: TenantId, now: Instant, ids: Ids) -> Event:
    subject = shown("ten", moved)
    return Event(
        id=EventId(ids.uuid7(now)),
        tenant=at,
        type=kind,
        subject=subject,
        at=now,
        data={"tenant": subject, "parent": shown("ten", parent)},
    )


def _stands_in(tenant: Tenant, line: Sequence[Tenant]) -> bool:
    return any(one.id == tenant.id for one in line)


async def _handed_down(work: MoveWork, tenants: Sequence[TenantId]) -> list[HandedDown]:
    """What these tenants hand down to all below them."""
    if not tenants:
        return []
    found = []
    for kind, filters in (
        ("tariff_assignments", {}),
        ("configuration_templates", {}),
        ("certificate_authorities", {}),
        ("webhook_endpoints", {"include_descendants": [True]}),
        ("account_rules", {}),
        ("roles", {}),
        ("role_assignments", {}),
    ):
        async for one in _all(getattr(work, kind).page, {"tenant": tenants, **filters}):
            actor = one.actor if kind == "role_assignments" else None
            # Who consents to somebody's rights consents to no more of them.
            version = one.version if kind in ("roles", "role_assignments") else 0
            found.append(HandedDown(kind=kind, id=one.id, tenant=one.tenant, actor=actor, version=version))
    async for grant in _all(work.grants.received, {"grantee": tenants}):
        found.append(HandedDown(kind="grants", id=grant.id, tenant=grant.grantee, version=grant.version))
    return found


async def _given_no_more(
    work: MoveWork, tenants: Sequence[TenantId], going: Sequence[TenantId]
) -> list[HandedDown]:
    """The grants of these tenants that cover stations which go: those then belong to somebody else."""
    given = [grant async for grant in _all(work.grants.page, {"tenant": tenants})] if tenants else []
    covering: dict[GrantId, HandedDown] = {}
    for first in range(0, len(going) if given else 0, _AT_ONCE):
        async for one in _all(work.stations.page, {"tenant": going[first : first + _AT_ONCE]}):
            covering |= {
                grant.id: HandedDown(kind="grants", id=grant.id, tenant=grant.tenant)
                for grant in given
                if grant.covers(one.id, one.site, one.station_groups)
            }
    return [covering[id] for id in sorted(covering)]


async def _all(
    read: Callable[[Page], Awaitable[list[Any]]], filters: Mapping[str, Sequence[object]]
) -> AsyncIterator[Any]:
    page = Page(limit=_AT_ONCE, filters=filters, descendants=True)
    while records := await read(page):
        for record in records:
            yield record
        page = attrs.evolve(page, after=records[-1].id)


async def _references(work: MoveWork, left: Sequence[TenantId], path: str) -> list[LeftReference]:
    if not left:
        return []
    return [one for kind in REFERENCES for one in await work.tree.naming(kind, left, below=path)]


async def _limits_left(
    work: MoveWork, left: Sequence[TenantId], going: Sequence[TenantId]
) -> list[LeftReference]:
    """Roles of API clients that would come to stand beside their clients: a role there limits no client, and
    one without any other would have all of its scopes."""
    found = []
    for tenants, homes in ((going, left), (left, going)):
        for first in range(0, len(tenants), _AT_ONCE):
            filters = {"tenant": tenants[first : first + _AT_ONCE]}
            async for one in _all(work.role_assignments.page, filters):
                client = await _client(one.actor, work)
                if client is not None and client.tenant in homes:
                    found.append(_limit(one, client))
    return found


async def _client(actor: str, work: MoveWork) -> ApiClient | None:
    if not is_client(actor):
        return None
    try:
        return await work.api_clients.get(ClientId(parse_id("cli", actor.partition(":")[2])))
    except (NotFound, MalformedId):
        return None


def _limit(one: RoleAssignment, client: ApiClient) -> LeftReference:
    return LeftReference(
        kind="role_assignments",
        id=one.id,
        tenant=one.tenant,
        field="actor",
        names="api_clients",
        named=client.id,
    )


def _tags(going: Mapping[str, int], left: Mapping[str, int], joined: Mapping[str, int]) -> TagChange:
    return TagChange(
        stations=going["stations"],
        tokens_stop=left["tokens"],
        tokens_start=joined["tokens"],
        tokens=going["tokens"],
        stations_stop=left["stations"],
        stations_start=joined["stations"],
    )
