"""Rights handed out and taken back; nobody hands out what they do not hold."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from emobility_core.access._actor import is_client
from emobility_core.access._assignment import RoleAssignment
from emobility_core.access._built_in import BUILT_IN_ROLES
from emobility_core.access._grant import NEEDED_TO_GRANT, Grant
from emobility_core.access._permissions import require_held
from emobility_core.access._ports import AccessWork
from emobility_core.access._role import Role, UnknownRole, permissions_by_role
from emobility_core.errors import Conflict
from emobility_core.ids import EventId, GrantId, Ids, RoleAssignmentId, RoleId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Page


@attrs.frozen
class RoleInUse(Conflict):
    """A role that somebody has is not to be removed.

    Remedy: remove its role assignments first (`GET /v1/role-assignments?role=…&include_descendants=true`).
    """

    code = "role-in-use"
    role: RoleId


@attrs.frozen(kw_only=True)
class Author:
    """Who hands rights out: what they hold, and the path of the tenant where they act."""

    held: Collection[str]
    path: str

    def require(self, permissions: Collection[str]) -> None:
        """Raise `NotHeld` for what they do not hold."""
        require_held(permissions, frozenset(self.held))


async def add_role(role: Role, *, by: Author, work: AccessWork, ids: Ids) -> Role:
    """Store a new role; raise `NotHeld` for a permission that its author does not hold."""
    by.require(role.permissions)
    await work.roles.add(role)
    work.outbox.publish(_role_event(role, "created", at=role.created_at, ids=ids))
    return role


async def change_role(role: Role, *, by: Author, work: AccessWork, ids: Ids) -> Role:
    """Store a new state; raise `NotHeld` for a permission that is new and not held."""
    before = await work.roles.get(role.id)
    by.require(set(role.permissions) - set(before.permissions))
    changed = await work.roles.replace(role)
    work.outbox.publish(_role_event(changed, "changed", at=changed.updated_at, ids=ids))
    return changed


async def remove_role(id: RoleId, *, work: AccessWork, at: Instant, ids: Ids) -> Role:
    """Drop a role; raise `UnknownRole`, `RoleInUse`."""
    role = await work.roles.get(id)
    had = Page(limit=1, filters={"role": [shown("rol", id)]}, descendants=True)
    if await work.role_assignments.page(had):
        raise RoleInUse(id)
    await work.roles.remove(id)
    work.outbox.publish(_role_event(role, "removed", at=at, ids=ids))
    return role


async def assign_role(
    assignment: RoleAssignment, *, by: Author, work: AccessWork, ids: Ids
) -> RoleAssignment:
    """Give somebody a role; raise `UnknownRole`, and `NotHeld` for what it permits and its author does not
    hold."""
    by.require(await _permitted(assignment.role, by, work))
    await work.role_assignments.add(assignment)
    work.outbox.publish(_assigned(assignment, "created", at=assignment.created_at, ids=ids))
    return assignment


async def change_role_assignment(
    assignment: RoleAssignment, *, by: Author, work: AccessWork, ids: Ids
) -> RoleAssignment:
    """Limit a role to other sites, or to none; raise as `assign_role` does."""
    by.require(await _permitted(assignment.role, by, work))
    changed = await work.role_assignments.replace(assignment)
    work.outbox.publish(_assigned(changed, "changed", at=changed.updated_at, ids=ids))
    return changed


async def remove_role_assignment(
    id: RoleAssignmentId, *, scopes: Collection[str], by: Author, work: AccessWork, at: Instant, ids: Ids
) -> RoleAssignment:
    """Take a role from somebody.

    An API client without any role has all of its `scopes`: whoever takes the last one from it hands these
    out, and must hold them (`NotHeld`).
    """
    assignment = await work.role_assignments.get(id)
    if is_client(assignment.actor):
        by.require(scopes)
    await work.role_assignments.remove(id)
    work.outbox.publish(_assigned(assignment, "removed", at=at, ids=ids))
    return assignment


async def give_grant(grant: Grant, *, by: Author, work: AccessWork, ids: Ids) -> Grant:
    """Let another company have rights; raise `NotHeld` for what its author does not hold, `RightForNobody`
    for what nobody named could have."""
    grant.require_reached()
    by.require(_needed(grant))
    await work.grants.add(grant)
    work.outbox.publish(_granted(grant, "created", at=grant.created_at, ids=ids))
    return grant


async def change_grant(grant: Grant, *, by: Author, work: AccessWork, ids: Ids) -> Grant:
    """Store a new state; raise as `give_grant` does, and `GrantOver` for one that is revoked."""
    before = await work.grants.get(grant.id)
    before.require_standing()
    grant.require_reached()
    by.require(_needed(grant))
    changed = await work.grants.replace(grant)
    work.outbox.publish(_granted(changed, "changed", at=changed.updated_at, ids=ids))
    return changed


async def revoke_grant(id: GrantId, *, work: AccessWork, at: Instant, ids: Ids) -> Grant:
    """End a grant for good, from now on; raise `UnknownGrant`, `GrantOver`."""
    grant = await work.grants.replace((await work.grants.get(id)).revoked(at=at))
    work.outbox.publish(_granted(grant, "revoked", at=at, ids=ids))
    return grant


async def _permitted(role: str, by: Author, work: AccessWork) -> frozenset[str]:
    """What a role permits that may be assigned where its author acts."""
    if role in BUILT_IN_ROLES:
        return BUILT_IN_ROLES[role].permissions
    id = RoleId(parse_id("rol", role))
    known = permissions_by_role(await work.roles.along(by.path))
    if role not in known:
        raise UnknownRole(id)
    return known[role]


def _needed(grant: Grant) -> frozenset[str]:
    return frozenset[str]().union(*(NEEDED_TO_GRANT[right] for right in grant.rights))


def _role_event(role: Role, verb: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("rol", role.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=role.tenant,
        type=f"role.{verb}",
        subject=id,
        at=at,
        data={"role": id, "permissions": list(role.permissions), "version": role.version},
    )


def _assigned(one: RoleAssignment, verb: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("ras", one.id)
    sites = None if one.sites is None else [shown("sit", site) for site in one.sites]
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=one.tenant,
        type=f"role_assignment.{verb}",
        subject=id,
        at=at,
        data={"role_assignment": id, "actor": one.actor, "role": one.role, "sites": sites},
    )


def _granted(grant: Grant, verb: str, *, at: Instant, ids: Ids) -> Event:
    id = shown("gra", grant.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=grant.tenant,
        type=f"grant.{verb}",
        subject=id,
        at=at,
        data={
            "grant": id,
            "grantee": shown("ten", grant.grantee),
            "rights": sorted(right.value for right in grant.rights),
            "version": grant.version,
        },
    )
