"""Roles and role assignments over HTTP."""

from __future__ import annotations

from typing import Any

from emobility_app.http import records
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import Idempotency
from emobility_app.http.records import Resource
from emobility_app.http.schemas import TEXT, id_schema, objects, optional, record_schema
from emobility_app.wire import Flaw, MalformedBody, told
from emobility_core.access import (
    BUILT_IN_ROLES,
    Author,
    Role,
    RoleAssignment,
    UnknownRole,
    add_role,
    assign_role,
    change_role,
    change_role_assignment,
    is_client,
    remove_role,
    remove_role_assignment,
    require_held,
)
from emobility_core.errors import NotFound
from emobility_core.identity import UnknownClient
from emobility_core.ids import ClientId, MalformedId, RoleAssignmentId, RoleId, parse_id, shown

ASSIGN = "roles:write"


async def author_of(record: Any, call: Call) -> Author:
    """Whoever hands out rights by a record, at the record's tenant."""
    return Author(held=call.held, path=await call.services.path_of(record.tenant))


async def _added(role: Role, call: Call, work: Any) -> Role:
    return await add_role(role, by=await author_of(role, call), work=work, ids=call.services.ids)


async def _changed(role: Role, call: Call, work: Any) -> Role:
    return await change_role(role, by=await author_of(role, call), work=work, ids=call.services.ids)


async def _assigned(assignment: RoleAssignment, call: Call, work: Any) -> RoleAssignment:
    author = await author_of(assignment, call)
    await _require_limitable(assignment.actor, call)
    try:
        return await assign_role(assignment, by=author, work=work, ids=call.services.ids)
    except UnknownRole as error:
        raise MalformedBody((Flaw("/role", error.code, told(error)),)) from error
    except MalformedId as error:
        words = f"must be one of {', '.join(BUILT_IN_ROLES)}, or the id of a tenant's own role"
        raise MalformedBody((Flaw("/role", UnknownRole.code, words),)) from error


async def _require_limitable(actor: str, call: Call) -> None:
    """A first role limits an API client everywhere: only who assigns roles at the client's own tenant may
    give it one, and for tenants beside or below that one the client does not exist."""
    if not is_client(actor):
        return
    id = ClientId(parse_id("cli", actor.partition(":")[2]))
    client = await call.services.principals.client(id)
    own = await call.services.path_of(call.caller.tenant)
    if client is None or not (await call.services.path_of(client.tenant)).startswith(own):
        raise UnknownClient(id)
    require_held([ASSIGN], await call.held_at(client.tenant))


async def _reassigned(assignment: RoleAssignment, call: Call, work: Any) -> RoleAssignment:
    author = await author_of(assignment, call)
    return await change_role_assignment(assignment, by=author, work=work, ids=call.services.ids)


async def _with_its_sites(assignment: RoleAssignment, work: Any) -> RoleAssignment:
    """Sites of the tenant's own, or of those below it; others do not exist for whoever assigns."""
    flaws = []
    for place, site in enumerate(assignment.sites or ()):
        try:
            await work.sites.get(site)
        except NotFound as error:
            flaws.append(Flaw(f"/sites/{place}", error.code, told(error)))
    if flaws:
        raise MalformedBody(tuple(flaws))
    return assignment


ROLES = Resource(
    path="roles",
    name="role",
    prefix="rol",
    kind=Role,
    port="roles",
    filters={"name": str},
    add=_added,
    change=_changed,
)
ROLE_ASSIGNMENTS = Resource(
    path="role-assignments",
    name="role_assignment",
    prefix="ras",
    kind=RoleAssignment,
    port="role_assignments",
    once=frozenset({"actor", "role"}),
    filters={"actor": str, "role": str},
    check=_with_its_sites,
    add=_assigned,
    change=_reassigned,
)


async def _remove(call: Call) -> Answer:
    services, id = call.services, RoleId(parse_id("rol", call.path["id"]))
    async with services.transactions(call.scope) as work:
        gone = await remove_role(id, work=work, at=call.clock.now(), ids=services.ids)
    return Answer(content=ROLES.view(gone))


async def _unassign(call: Call) -> Answer:
    services, id = call.services, RoleAssignmentId(parse_id("ras", call.path["id"]))
    async with services.transactions(call.scope) as work:
        assignment = await work.role_assignments.get(id)
        scopes, held = await _freed(assignment.actor, call)
        gone = await remove_role_assignment(
            id,
            scopes=scopes,
            by=Author(held=held, path=call.scope.path),
            work=work,
            at=call.clock.now(),
            ids=services.ids,
        )
    return Answer(content=ROLE_ASSIGNMENTS.view(gone))


async def _freed(actor: str, call: Call) -> tuple[tuple[str, ...], frozenset[str]]:
    """What an API client may do without any role, wherever it is at home, and what the caller holds there."""
    if not is_client(actor):
        return (), frozenset()
    try:
        client = await call.services.principals.client(ClientId(parse_id("cli", actor.partition(":")[2])))
    except MalformedId:
        return (), frozenset()
    return ((), frozenset()) if client is None else (client.scopes, await call.held_at(client.tenant))


async def _assignable(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        own = await work.roles.along(call.scope.path)
    built_in = [
        {
            "role": role.key,
            "name": role.name,
            "description": role.description,
            "permissions": sorted(role.permissions),
            "tenant": None,
        }
        for role in BUILT_IN_ROLES.values()
    ]
    return Answer(content={"data": [*built_in, *map(_assignable_view, own)]})


def _assignable_view(role: Role) -> dict[str, Any]:
    return {
        "role": shown("rol", role.id),
        "name": role.name,
        "description": role.description,
        "permissions": sorted(role.permissions),
        "tenant": shown("ten", role.tenant),
    }


_ASSIGNABLE = objects(
    {
        "role": {**TEXT, "description": "What an assignment names it by."},
        "name": TEXT,
        "description": TEXT,
        "permissions": {"type": "array", "items": TEXT},
        "tenant": {**optional(id_schema("ten")), "description": "Whose role it is; null for one built in."},
    },
    title="AssignableRole",
)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    return [
        *records.endpoints(ROLES, idempotency),
        Endpoint(method="DELETE", path="/v1/roles/{id}", operation="roles_remove",
                 summary="Remove a role that nobody has", scope="roles:write", handle=_remove,
                 gives=record_schema(ROLES, writing=False), names="rol"),
        Endpoint(method="GET", path="/v1/assignable-roles", operation="assignable_roles_read",
                 summary="Read the roles that may be assigned here",
                 scope="roles:read", handle=_assignable,
                 gives=objects({"data": {"type": "array", "items": _ASSIGNABLE}})),
        *records.endpoints(ROLE_ASSIGNMENTS, idempotency, "roles"),
        Endpoint(method="DELETE", path="/v1/role-assignments/{id}", operation="role_assignments_remove",
                 summary="Take a role from somebody", scope="roles:write", handle=_unassign,
                 gives=record_schema(ROLE_ASSIGNMENTS, writing=False), names="ras"),
    ]  # fmt: skip
