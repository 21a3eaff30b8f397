"""What the law gives a person, over HTTP: a copy of their data, and to be forgotten."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.attribution import note_reading
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, Schema, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.problems import IdempotencyKeyRequired
from emobility_app.wire import instant_text, read, wire
from emobility_core.ids import CustomerId, ErasureId, parse_id, shown
from emobility_core.privacy import Erasure, erase_person, person_of, preview_erasure
from emobility_core.work import Scope

FILTERS: dict[str, Any] = {"customer": CustomerId}


@attrs.frozen(kw_only=True)
class AskedExport:
    """Whose data to tell."""

    customer: CustomerId


@attrs.frozen(kw_only=True)
class AskedErasure:
    """Whose data to erase, or, on a `dry_run`, what that would do."""

    customer: CustomerId
    dry_run: bool = False


def _everywhere(scope: Scope) -> Scope:
    """A person's own sessions are wherever they have charged; what is but called like them is not theirs, so
    use cases and ports get the caller's scope besides."""
    return attrs.evolve(scope, path="/", apart=())


async def _export(call: Call, work: Any) -> Answer:
    asked = read(call.json(), AskedExport)
    async with call.services.reading(call.scope) as seen:
        person = await person_of(asked.customer, work=seen)
    async with call.services.reading(_everywhere(call.scope)) as whole:
        data = await whole.personal_data.about(person, call.scope)
    named = (shown("cus", asked.customer),)
    await note_reading(call, work, named)
    told = {"customer": named[0], "made_at": instant_text(call.clock.now()), "data": None}
    # Not kept for whoever asks again under the same key: the copy would be one more place to erase.
    return Answer(content=told, once={"data": data}, status=201)


async def _erase(call: Call, idempotency: Idempotency) -> Answer:
    if "idempotency-key" not in call.headers:
        raise IdempotencyKeyRequired()
    asked = read(call.json(), AskedErasure)
    async with call.services.reading(call.scope) as seen:
        await seen.customers.get(asked.customer)
    wide = attrs.evolve(call, scope=_everywhere(call.scope))
    ids, at = call.services.ids, call.clock.now()
    if asked.dry_run:
        async with call.services.reading(wide.scope) as work:
            preview = await preview_erasure(asked.customer, work=work, scope=call.scope, at=at, ids=ids)
        return Answer(content=_view(preview) | {"id": None, "dry_run": True})

    async def effect(work: Any) -> Answer:
        erasure = await erase_person(asked.customer, work=work, scope=call.scope, at=at, ids=ids)
        location = {"Location": f"/v1/erasures/{shown('ers', erasure.id)}"}
        answer = tagged(call, _view(erasure), erasure.version)
        return attrs.evolve(answer, status=201, headers={**answer.headers, **location})

    return await idempotency.run(wide, effect, required=True)


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


_COUNT: Schema = {"type": "integer", "minimum": 0}
_DATE: Schema = {"type": "string", "format": "date"}
_KEPT = objects({"what": TEXT, "count": _COUNT, "until": _DATE, "law": TEXT}, title="KeptByLaw")
_COUNTS: Schema = {"type": "object", "additionalProperties": _COUNT}
_ERASURE = objects(
    {
        "id": optional(id_schema("ers")),
        "tenant": id_schema("ten"),
        "created_at": INSTANT,
        "customer": id_schema("cus"),
        "replaced": {**_COUNTS, "description": "How many rows were changed, by what they are."},
        "audit_entries": {**_COUNT, "description": "Records in the audit log whose values are gone."},
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
_COPY = objects({"customer": id_schema("cus"), "made_at": INSTANT, "data": _ROWS}, title="PersonalData")


def _input(title: str, **further: Schema) -> Schema:
    return {
        "title": title,
        "type": "object",
        "properties": {"customer": id_schema("cus"), **further},
        "required": ["customer"],
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
