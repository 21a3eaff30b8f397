"""What the law gives a person, over HTTP: a copy of their data, and to be forgotten."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.attribution import note_reading
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.personal_files import files_naming
from emobility_app.http.schemas import INSTANT, TEXT, Schema, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.http.users import require_within
from emobility_app.problems import IdempotencyKeyRequired
from emobility_app.wire import Flaw, MalformedBody, instant_text, read, wire
from emobility_core.ids import CustomerId, ErasureId, UserId, parse_id, shown
from emobility_core.privacy import Erasure, Whose, erase_person, person_of, preview_erasure
from emobility_core.work import Scope

FILTERS: dict[str, Any] = {"customer": CustomerId, "user": UserId}


@attrs.frozen(kw_only=True)
class AskedExport:
    """Whose data to tell: a customer's, or a user's."""

    customer: CustomerId | None = None
    user: UserId | None = None


@attrs.frozen(kw_only=True)
class AskedErasure(AskedExport):
    """Whose data to erase, or, on a `dry_run`, what that would do."""

    dry_run: bool = False


def _whose(asked: AskedExport) -> Whose:
    if (asked.customer is None) is (asked.user is None):
        raise MalformedBody((Flaw("/customer", "missing-field", "either a customer or a user is required"),))
    return Whose(customer=asked.customer, user=asked.user)


def _everywhere(scope: Scope) -> Scope:
    """A person's own sessions are wherever they have charged; what is but called like them is not theirs, so
    use cases and ports get the caller's scope besides."""
    return attrs.evolve(scope, path="/", apart=())


async def _export(call: Call, work: Any) -> Answer:
    asked = _whose(read(call.json(), AskedExport))
    async with call.services.reading(call.scope) as seen:
        person = await person_of(asked, work=seen)
    async with call.services.reading(_everywhere(call.scope)) as whole:
        data = await whole.personal_data.about(person, call.scope)
    await note_reading(call, work, person.subjects[:1])
    told = {**_shown(asked), "made_at": instant_text(call.clock.now()), "data": None}
    # Not kept for whoever asks again under the same key: the copy would be one more place to erase.
    return Answer(content=told, once={"data": data}, status=201)


async def _erase(call: Call, idempotency: Idempotency) -> Answer:
    if "idempotency-key" not in call.headers:
        raise IdempotencyKeyRequired()
    asked = read(call.json(), AskedErasure)
    whose = _whose(asked)
    async with call.services.reading(call.scope) as seen:
        person = await person_of(whose, work=seen)
        if whose.user is not None:
            await require_within(await seen.users.get(whose.user), call)
    wide = attrs.evolve(call, scope=_everywhere(call.scope))
    ids, at = call.services.ids, call.clock.now()
    files = await files_naming(person, wide.scope, call)
    if asked.dry_run:
        async with call.services.reading(wide.scope) as work:
            preview = await preview_erasure(whose, work=work, scope=call.scope, at=at, ids=ids)
        told = _view(preview) | {"id": None, "dry_run": True, "files": len(files.naming)}
        return Answer(content=told)

    # What takes long is done before the unit: on SQLite no report of a station is stored while that runs.
    async with call.services.reading(wide.scope) as work:
        seen = await work.personal_data.look(person, call.scope)

    async def effect(work: Any) -> Answer:
        erasure = await erase_person(
            whose, work=work, scope=call.scope, at=at, ids=ids, files=len(files.naming), seen=seen
        )
        await files.remove(work)
        location = {"Location": f"/v1/erasures/{shown('ers', erasure.id)}"}
        answer = tagged(call, _view(erasure), erasure.version)
        return attrs.evolve(answer, status=201, headers={**answer.headers, **location})

    answer = await idempotency.run(wide, effect, required=True)
    await files.drop()
    return answer


def _shown(whose: Whose) -> dict[str, str | None]:
    return {
        "customer": None if whose.customer is None else shown("cus", whose.customer),
        "user": None if whose.user is None else shown("usr", whose.user),
    }


def _view(erasure: Erasure) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(erasure)
    del view["external_ids"], view["updated_at"], view["version"]
    return view | {"dry_run": False}


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.erasures, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.erasures.get(ErasureId(parse_id("ers", call.path["id"])))
    return tagged(call, _view(found), found.version)


_SUBJECT = {"customer": optional(id_schema("cus")), "user": optional(id_schema("usr"))}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_DATE: Schema = {"type": "string", "format": "date"}
_KEPT = objects({"what": TEXT, "count": _COUNT, "until": _DATE, "law": TEXT}, title="KeptByLaw")
_COUNTS: Schema = {"type": "object", "additionalProperties": _COUNT}
_ERASURE = objects(
    {
        "id": optional(id_schema("ers")),
        "tenant": id_schema("ten"),
        "created_at": INSTANT,
        **_SUBJECT,
        "replaced": {**_COUNTS, "description": "How many rows were changed, by what they are."},
        "audit_entries": {**_COUNT, "description": "Records in the audit log whose values are gone."},
        "files": {**_COUNT, "description": "Files of imports and exports that named them, and are removed."},
        "kept": {"type": "array", "items": _KEPT},
        "dry_run": {"type": "boolean"},
    },
    title="Erasure",
)
_ROWS: Schema = {
    "type": ["object", "null"],
    "additionalProperties": {"type": "array", "items": {"type": "object"}},
    "description": "What is stored, by what it is; null to whoever asks again under the same key.",
}
_COPY = objects({**_SUBJECT, "made_at": INSTANT, "data": _ROWS}, title="PersonalData")


def _input(title: str, **further: Schema) -> Schema:
    return {
        "title": title,
        "type": "object",
        "description": "Either of a customer or of a user.",
        "properties": {"customer": id_schema("cus"), "user": id_schema("usr"), **further},
        "additionalProperties": False,
    }


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def export(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _export(call, work))

    async def erase(call: Call) -> Answer:
        return await _erase(call, idempotency)

    own, right = "/v1/erasures", "personal-data:erase"
    return [
        Endpoint(method="POST", path="/v1/personal-data-exports", operation="personal_data_exports_create",
                 summary="A copy of everything that refers to a person", scope="personal-data:export",
                 handle=export, takes=_input("PersonalDataExportInput"), gives=_COPY, status=201,
                 headers={"Idempotency-Key": KEY}),
        Endpoint(method="GET", path=own, operation="erasures_list", summary="List erasures of personal data",
                 scope=right, handle=_list, gives=list_schema(_ERASURE), query=parameters(FILTERS)),
        Endpoint(method="POST", path=own, operation="erasures_create",
                 summary="Erase a person's data for good, or tell what that would do", scope=right,
                 handle=erase, takes=_input("ErasureInput", dry_run={"type": "boolean"}), gives=_ERASURE,
                 status=201, headers={"Idempotency-Key": attrs.evolve(KEY, required=True)}),
        Endpoint(method="GET", path=f"{own}/{{id}}", operation="erasures_get",
                 summary="Read an erasure of personal data", scope=right, handle=_get, gives=_ERASURE,
                 names="ers"),
    ]  # fmt: skip
