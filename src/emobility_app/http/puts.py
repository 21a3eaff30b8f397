"""Records stated by another system under its own id there: created, or what that system owns replaced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint, Parameter
from emobility_app.http.external_ids import ID, NAMED, SYSTEM, is_id, is_named, is_system
from emobility_app.http.records import Resource, checked, made, require_known, require_version, stored, views
from emobility_app.http.schemas import Schema, record_schema
from emobility_app.http.switching import take_over
from emobility_app.http.tags import tagged
from emobility_app.problems import MalformedRequest, PreconditionRequired
from emobility_app.wire import Flaw, MalformedBody, wire
from emobility_core.ids import shown
from emobility_core.work import AlreadyTaken, Ownership, Page, StaleWrite

# Several who state the same record at once follow each other: more than so many do not.
_TRIES = 10
_LATEST = 2**53 - 1
REVISION: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": _LATEST,
    "description": "Counts up with each change there; an older one than before is refused.",
}


def put_endpoint(resource: Resource, scope: str) -> Endpoint:
    """The operation by which another system states a record."""

    async def put(call: Call) -> Answer:
        for _ in range(_TRIES - 1):
            try:
                return await _unit(resource, call)
            except StaleWrite:
                continue
            except AlreadyTaken as error:
                if error.field != "external_ids":
                    raise
        return await _unit(resource, call)

    record, body = record_schema(resource, writing=False), record_schema(resource, writing=True)
    title = resource.kind.__name__
    return Endpoint(
        method="PUT",
        path=f"/v1/{resource.path}/by-external-id/{{system}}/{{external_id}}",
        operation=f"{resource.path.replace('-', '_')}_put",
        summary=f"Create or replace one of {resource.path} as another system knows it",
        scope=f"{scope}:write",
        handle=put,
        takes=body | {"title": f"{title}Stated", "properties": _stated(resource, body), "required": []},
        gives=record
        | {
            "title": f"{title}AsStated",
            "properties": record["properties"] | {"changed": {"type": "boolean"}},
            "required": [*record["required"], "changed"],
        },
        places={"system": SYSTEM, "external_id": ID},
        headers={"If-Match": Parameter("The ETag of the version to change.")},
    )


def _stated(resource: Resource, body: Mapping[str, Any]) -> Schema:
    """What the system calls the record stands in the path, what others call it is theirs to say; what it
    refers to may be named as the system does."""
    fields = {
        name: _or_named(schema) if name in resource.references else schema
        for name, schema in body["properties"].items()
        if name != "external_ids"
    }
    return fields | {"source_revision": REVISION}


def _or_named(reference: Schema) -> Schema:
    if reference.get("type") == "array":
        return reference | {"items": {"anyOf": [reference["items"], NAMED]}}
    return {"anyOf": [*reference.get("anyOf", [reference]), NAMED]}


async def _unit(resource: Resource, call: Call) -> Answer:
    async with call.services.transactions(call.scope) as work:
        return await _put(resource, call, work)


async def _put(resource: Resource, call: Call, work: Any) -> Answer:
    system, id = call.path["system"], call.path["external_id"]
    if not is_system(system) or not is_id(id):
        raise MalformedRequest("the path must name a system and an id of it as external_ids do")

    async def called(port: str, there: str) -> Any:
        named = Page(limit=1, filters={"external_id": [f"{system}:{there}"]})
        return next(iter(await getattr(work, port).page(named)), None)

    body = await referring(resource, call.json(), called)
    outcome = await stated(resource, system, id, body, call, work)
    view = (await views(resource, [outcome.record], call, work))[0]
    headers = tagged(call, view, outcome.record.version).headers
    if outcome.before is None:
        place = f"/v1/{resource.path}/{shown(resource.prefix, outcome.record.id)}"
        headers = {**headers, "Location": place}
    status = 201 if outcome.before is None else 200
    return Answer(content=view | {"changed": outcome.changed}, status=status, headers=headers)


# What the ids of what may be referred to begin with, by port.
_PREFIXES = {
    "contracts": "ctr",
    "customers": "cus",
    "sites": "sit",
    "station_groups": "sgr",
    "user_groups": "ugr",
}


async def referring(
    resource: Resource, body: Mapping[str, Any], find: Callable[[str, str], Awaitable[Any]]
) -> dict[str, Any]:
    """The body with ids in place of the names that the system has for what it refers to; `find` returns the
    record of a port that the system calls so, or None. Raises `MalformedBody`."""
    flaws: list[Flaw] = []

    async def id_of(value: Any, port: str, place: str) -> Any:
        if not is_named(value):
            return value
        record = await find(port, str(value["external_id"]))
        if record is None:
            flaws.append(Flaw(f"{place}/external_id", "unknown-reference", "names nothing here"))
        return None if record is None else shown(_PREFIXES[port], record.id)

    filled = dict(body)
    for field, port in resource.references.items():
        value, place = body.get(field), f"/{field}"
        if isinstance(value, list):
            filled[field] = [await id_of(one, port, f"{place}/{at}") for at, one in enumerate(value)]
        elif field in body:
            filled[field] = await id_of(value, port, place)
    if flaws:
        raise MalformedBody(tuple(flaws))
    return filled


@attrs.frozen(kw_only=True)
class Stated:
    """What a statement came to: the record as it is now, and as it was; `before` is None for a new one."""

    before: Any
    record: Any

    @property
    def changed(self) -> bool:
        return self.record is not self.before


async def stated(
    resource: Resource, system: str, id: str, body: dict[str, Any], call: Call, work: Any
) -> Stated:
    """A system states a record under its own id there: the one way for what is sent alone and for the rows
    of a file. Raises `MalformedBody`, `OutdatedRevision`, `AlreadyTaken`, `StaleWrite` and what the kind
    refuses."""
    revision = _revision(body)
    named = Page(limit=1, filters={"external_id": [f"{system}:{id}"]})
    found = await getattr(work, resource.port).page(named)
    if not found:
        tenant = call.scope.tenant
        record = await made(resource, dict(body), call, work, tenant=tenant, external_ids={system: id})
        first = Ownership(record=record.id, tenant=tenant, system=system)
        await work.ownerships.add(first.told(body, revision))
        return Stated(before=None, record=record)
    before = found[0]
    require_version(before.version, call)
    known = await work.ownerships.find(before.id, system)
    owned = known or Ownership(record=before.id, tenant=before.tenant, system=system)
    now = owned.told(body, revision)
    record = await _replaced(resource, before, body, owned, call, work)
    await take_over(before, body.keys(), work, by=system)
    if known is None:
        await work.ownerships.add(now)
    elif now != known:
        await work.ownerships.replace(now)
    return Stated(before=before, record=record)


async def _replaced(
    resource: Resource, before: Any, body: dict[str, Any], owned: Ownership, call: Call, work: Any
) -> Any:
    """What is stated replaces what is there; what the system stated last and now leaves out goes back to
    what it is by default, and what its file has switched off to what it was; all else is not its own."""
    fields: dict[str, Any] = wire.unstructure(before)
    settled = {name for name in resource.once if name in body and body[name] == fields[name]}
    known = (resource.editable - resource.once - {"external_ids"}) | settled
    require_known(resource, body, known, fields)
    left_out = set(owned.fields) - body.keys() - resource.once
    back = {name: was for name, was in owned.switched_off.items() if name not in left_out}
    # Compared by what is kept of it, which is not shown.
    further = {name: body[name] for name in resource.taken if name in body}
    told = {name: value for name, value in body.items() if name not in further}
    wanted = {name: value for name, value in fields.items() if name not in left_out} | back | told
    record = await checked(resource, wanted, before, further, call, work)
    if wire.unstructure(record) == fields:
        return before
    own = {*owned.fields, *owned.switched_off}
    if resource.match_required and "if-match" not in call.headers and _takes_over(before, record, own):
        raise PreconditionRequired()
    return await stored(resource, before, record, call, work)


def _takes_over(before: Any, record: Any, owned: set[str]) -> bool:
    """Whether a statement replaces a value that somebody else set."""
    return any(
        getattr(record, field.name) != getattr(before, field.name)
        and field.name not in owned
        and not _is_default(field, before)
        for field in attrs.fields(type(before))
    )


def _is_default(field: Any, record: Any) -> bool:
    default = field.default
    value = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
    return bool(getattr(record, field.name) == value)


def _revision(body: dict[str, Any]) -> int | None:
    if "source_revision" not in body:
        return None
    given = body.pop("source_revision")
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _LATEST:
        raise MalformedBody((Flaw("/source_revision", "not-an-integer", "must be a whole number from 0 on"),))
    return given
