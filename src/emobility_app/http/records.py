"""Master records over HTTP: list, create, read, change; each kind says only what is its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.external_ids import require_well_formed
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import counted, page_of, parameters, shown_page
from emobility_app.http.schemas import list_schema, patch_schema, record_schema
from emobility_app.http.switching import take_over
from emobility_app.http.tags import tagged, version_tag
from emobility_app.problems import PreconditionFailed, PreconditionRequired
from emobility_app.wire import Flaw, MalformedBody, instant_text, read, step, told, unknown_fields, wire
from emobility_core.access import GrantRight
from emobility_core.errors import NotFound
from emobility_core.ids import EventId, TenantId, parse_id, shown
from emobility_core.work import Event, Record, StaleWrite

# What the server sets on every record.
SERVERS_OWN = frozenset({"id", "tenant", "created_at", "updated_at", "version"})


@attrs.frozen(kw_only=True)
class Resource:
    """A kind of record as a resource.

    `path` is its plural, `name` its event prefix, `port` its place on a unit of work. `references` maps
    fields to the ports in which what they name must exist. `hidden` fields are never shown, `read_only`
    ones never taken, those in `once` when it is created only. `taken` are further, write-only fields with
    their schema; `apply` works them into the record, `check` looks at it beside others. `shown` are
    further fields that `look` adds, with theirs. `add` and `change` store it, where the plain way does not
    do. `defaults` are values that a new one takes from its tenant where its body has none. `shared` are the
    rights of a grant that open reading it to other companies. `put` is whether other systems state it under
    their own ids. `also` are permissions that making and changing it need beside the one to write.
    """

    path: str
    name: str
    prefix: str
    kind: type[Any]
    port: str
    registered_as: str = "created"
    references: Mapping[str, str] = attrs.field(factory=dict)
    hidden: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    taken: Mapping[str, Any] = attrs.field(factory=dict)
    shown: Mapping[str, Any] = attrs.field(factory=dict)
    stamps: Mapping[str, Any] = attrs.field(factory=dict)
    filters: Mapping[str, Any] = attrs.field(factory=dict)
    apply: Callable[[Any, Any, Mapping[str, Any], Call], Any] | None = None
    check: Callable[[Any, Any], Awaitable[Any]] | None = None
    add: Callable[[Any, Call, Any], Awaitable[Any]] | None = None
    change: Callable[[Any, Call, Any], Awaitable[Any]] | None = None
    defaults: Callable[[Call, Any], Awaitable[dict[str, Any]]] | None = None
    look: Callable[[list[Any], Call, Any], Awaitable[list[dict[str, Any]]]] | None = None
    event_type: Callable[[Any, Any], str] | None = None
    match_required: bool = False
    shared: frozenset[GrantRight] = frozenset()
    put: bool = False
    also: frozenset[str] = frozenset()

    @property
    def editable(self) -> frozenset[str]:
        names = {field.name for field in attrs.fields(self.kind)}
        return frozenset(names - SERVERS_OWN - self.hidden - self.read_only)

    def view(self, record: Any) -> dict[str, Any]:
        shown_fields: dict[str, Any] = wire.unstructure(record)
        return {name: value for name, value in shown_fields.items() if name not in self.hidden}


def endpoints(resource: Resource, idempotency: Idempotency, scope: str | None = None) -> list[Endpoint]:
    """The operations of a resource."""
    scope, title = scope or resource.path, resource.path.replace("-", " ")
    operation = resource.path.replace("-", "_")
    record, body = record_schema(resource, writing=False), record_schema(resource, writing=True)

    async def list_them(call: Call) -> Answer:
        call.require_unshared("external_id")
        page = page_of(call, _filters(resource))
        async with call.services.reading(call.scope) as work:
            port = getattr(work, resource.port)
            found, count = await port.page(page), await counted(call, page, port)
            shown_ones = await views(resource, found, call, work)
        by_id = {one.id: view for one, view in zip(found, shown_ones, strict=True)}
        return shown_page(call, page, found, lambda one: by_id[one.id], count)

    async def create(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _create(resource, call, work))

    async def get(call: Call) -> Answer:
        async with call.services.reading(call.scope) as work:
            found = await getattr(work, resource.port).get(_id(resource, call))
            return tagged(call, (await views(resource, [found], call, work))[0], found.version)

    async def change(call: Call) -> Answer:
        async with call.services.transactions(call.scope) as work:
            return await _change(resource, call, work)

    at, one = f"/v1/{resource.path}", f"/v1/{resource.path}/{{id}}"
    version = Parameter("The ETag of the version to change.", required=resource.match_required)
    filtered = parameters(_filters(resource))
    key, match, names = {"Idempotency-Key": KEY}, {"If-Match": version}, resource.prefix
    return [
        Endpoint(method="GET", path=at, operation=f"{operation}_list", summary=f"List {title}",
                 scope=f"{scope}:read", handle=list_them, gives=list_schema(record), query=filtered,
                 shared=resource.shared),
        Endpoint(method="POST", path=at, operation=f"{operation}_create", summary=f"Create one of {title}",
                 scope=f"{scope}:write", handle=create, takes=body, gives=record, status=201, headers=key,
                 also=resource.also),
        Endpoint(method="GET", path=one, operation=f"{operation}_get", summary=f"Read one of {title}",
                 scope=f"{scope}:read", handle=get, gives=record, names=names,
                 shared=resource.shared),
        Endpoint(method="PATCH", path=one, operation=f"{operation}_change", summary=f"Change one of {title}",
                 scope=f"{scope}:write", handle=change, takes=patch_schema(body, resource.once), gives=record,
                 names=names, headers=match, also=resource.also),
    ]  # fmt: skip


def _filters(resource: Resource) -> dict[str, Any]:
    return {"external_id": str, **resource.filters}


def _id(resource: Resource, call: Call) -> UUID:
    return parse_id(resource.prefix, call.path["id"])


async def views(resource: Resource, found: list[Any], call: Call, work: Any) -> list[dict[str, Any]]:
    """What is shown of records, in their order."""
    if resource.look is not None:
        return await resource.look(found, call, work)
    return [resource.view(record) for record in found]


async def _create(resource: Resource, call: Call, work: Any) -> Answer:
    record = await made(resource, call.json(), call, work, tenant=call.scope.tenant)
    answer = tagged(call, (await views(resource, [record], call, work))[0], record.version)
    location = {"Location": f"/v1/{resource.path}/{shown(resource.prefix, record.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


async def made(
    resource: Resource, body: dict[str, Any], call: Call, work: Any, *, tenant: TenantId, **given: Any
) -> Any:
    """Make a record from a body and store it, with its event; no body may hold what is `given`."""
    now = call.clock.now()
    id = call.services.ids.uuid7(now)
    stamps = {
        **resource.stamps,
        **given,
        "id": shown(resource.prefix, id),
        "tenant": shown("ten", tenant),
        "created_at": instant_text(now),
        "updated_at": instant_text(now),
    }
    require_known(resource, body, resource.editable - given.keys(), stamps)
    if resource.defaults is not None:
        body = await resource.defaults(call, work) | body
    further = {name: body.pop(name) for name in resource.taken if name in body}
    record = await checked(resource, {**stamps, **body}, None, further, call, work)
    if resource.add is not None:
        record = await resource.add(record, call, work)
    else:
        await getattr(work, resource.port).add(record)
        work.outbox.publish(_event(resource, None, record, call))
    return record


async def _change(resource: Resource, call: Call, work: Any) -> Answer:
    before = await getattr(work, resource.port).get(_id(resource, call))
    require_match(resource, before, call)
    fields, patch = wire.unstructure(before), call.json()
    require_known(resource, patch, resource.editable - resource.once, fields)
    # Not part of what is merged: a null clears what is not shown.
    further = {name: patch.pop(name) for name in resource.taken if name in patch}
    if resource.put:
        await take_over(before, patch.keys(), work)
    record = await checked(resource, merged(fields, patch), before, further, call, work)
    try:
        changed = await stored(resource, before, record, call, work)
    except StaleWrite as error:
        raise PreconditionFailed() if "if-match" in call.headers else error from error
    return tagged(call, (await views(resource, [changed], call, work))[0], changed.version)


async def stored(resource: Resource, before: Any, record: Any, call: Call, work: Any) -> Any:
    """Store a new state of a record, with its event; raise `StaleWrite`."""
    record = attrs.evolve(record, updated_at=call.clock.now())
    if resource.change is not None:
        return await resource.change(record, call, work)
    changed = await getattr(work, resource.port).replace(record)
    work.outbox.publish(_event(resource, before, changed, call))
    return changed


def require_known(
    resource: Resource, body: Mapping[str, Any], editable: Collection[str], fixed: Collection[str]
) -> None:
    """Raise `MalformedBody` for what is not to be set, be it to null."""
    known = {*editable, *resource.taken}
    refused = body.keys() - known
    kept = {name for name in refused if name in fixed or name in resource.read_only}
    flaws = [Flaw(step(name), "read-only", "is not to be changed") for name in sorted(kept)]
    flaws += unknown_fields(refused - kept, known)
    if flaws:
        raise MalformedBody(tuple(flaws))


async def checked(
    resource: Resource, fields: Mapping[str, Any], before: Any, further: Mapping[str, Any], call: Call,
    work: Any,
) -> Any:  # fmt: skip
    """Make the record and hold it against others; raise `MalformedBody`."""
    require_well_formed(fields.get("external_ids"))
    record = read(fields, resource.kind)
    if resource.apply is not None:
        record = resource.apply(record, before, further, call)
    await _require_references(resource, record, call, work)
    return record if resource.check is None else await resource.check(record, work)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge, null removes, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


async def _require_references(resource: Resource, record: Any, call: Call, work: Any) -> None:
    """What a record names must exist in its own tenant or above: else its own tenant could not see it, and
    what belongs to one company would count for another."""
    flaws, here = [], await call.services.path_of(record.tenant)
    for field, port in resource.references.items():
        named = getattr(record, field)
        for one in named if isinstance(named, tuple) else (named,):
            try:
                if one is None:
                    continue
                there = (await getattr(work, port).get(one)).tenant
                if not here.startswith(await call.services.path_of(there)):
                    flaws.append(Flaw(f"/{field}", "foreign-reference", "belongs to another tenant"))
            except NotFound as error:
                flaws.append(Flaw(f"/{field}", error.code, told(error)))
    if flaws:
        raise MalformedBody(tuple(flaws))


def require_match(resource: Resource, before: Record, call: Call) -> None:
    if "if-match" not in call.headers and resource.match_required:
        raise PreconditionRequired()
    require_version(before.version, call)


def require_version(version: int, call: Call) -> None:
    """Raise `PreconditionFailed` if the caller has seen another version."""
    wanted = call.headers.get("if-match", "*")
    if wanted != "*" and version_tag(version) not in wanted:
        raise PreconditionFailed()


def _event(resource: Resource, before: Any, record: Any, call: Call) -> Event:
    verb = resource.registered_as if before is None else "changed"
    kind = f"{resource.name}.{verb}" if resource.event_type is None else resource.event_type(before, record)
    id = shown(resource.prefix, record.id)
    return Event(
        id=EventId(call.services.ids.uuid7(record.updated_at)),
        tenant=record.tenant,
        type=kind,
        subject=id,
        at=record.updated_at,
        data={resource.name: id, "version": record.version},
    )
