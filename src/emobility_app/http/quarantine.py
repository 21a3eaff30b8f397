"""Unknown stations over HTTP: who calls, what they sent, adopted by one call or dismissed."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.places import STATIONS
from emobility_app.http.records import made
from emobility_app.http.schemas import (
    INSTANT,
    TEXT,
    id_schema,
    list_schema,
    objects,
    optional,
    record_schema,
    schema_of,
)
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.errors import NotFound
from emobility_core.ids import QuarantinedStationId, TenantId, parse_id, shown
from emobility_core.network import (
    BootReport,
    QuarantinedFrame,
    QuarantinedStation,
    Station,
    StationIdentity,
    adopt,
    dismiss,
)

FILTERS: dict[str, Any] = {"identity": StationIdentity}


@attrs.frozen(kw_only=True)
class Adopt:
    """What an adoption says beside what the station is to be; by default it is the caller's. A key is kept
    where it is the one of `key_fingerprint`: the one that the caller has seen."""

    quarantined_station: QuarantinedStationId
    tenant: TenantId | None = None
    keep_key: bool = False
    key_fingerprint: str | None = None


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.quarantined_stations, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.quarantined_stations.get(_id(call))
    return tagged(call, _view(found), found.version)


async def _dismiss(call: Call) -> Answer:
    services = call.services
    async with services.transactions(call.scope) as work:
        found = await work.quarantined_stations.get(_id(call))
        await dismiss(found, work=work, at=call.clock.now(), ids=services.ids)
    return Answer(content=_view(found))


async def _adopt(call: Call, work: Any) -> Answer:
    body = call.json()
    asked = read({name: body.pop(name) for name in _OWN if name in body}, Adopt)
    quarantined = await _named(work.quarantined_stations, asked.quarantined_station, "quarantined_station")
    tenant = asked.tenant or call.scope.tenant
    await _named(work.tenants, tenant, "tenant")
    given = {"identity": quarantined.identity.text}
    if asked.keep_key:
        given["key_digest"] = _presented(quarantined, asked.key_fingerprint, body)
    station: Station = await made(STATIONS, body, call, work, tenant=tenant, **given)
    await adopt(quarantined, station, work=work, at=call.clock.now(), ids=call.services.ids)
    assert STATIONS.look is not None
    (view,) = await STATIONS.look([station], call, work)
    answer = tagged(call, view, station.version)
    location = {"Location": f"/v1/stations/{shown('sta', station.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


def _presented(quarantined: QuarantinedStation, fingerprint: str | None, body: dict[str, Any]) -> str:
    if "authorization_key" in body:
        words = "cannot be given where the presented one is kept"
        raise MalformedBody((Flaw("/authorization_key", "contradiction", words),))
    if fingerprint is None:
        words = "must name the key that is to be kept, as the quarantined station shows it"
        raise MalformedBody((Flaw("/key_fingerprint", "missing-field", words),))
    return quarantined.presented_key(fingerprint)


async def _named(port: Any, id: Any, field: str) -> Any:
    try:
        return await port.get(id)
    except NotFound as error:
        raise MalformedBody((Flaw(f"/{field}", error.code, told(error)),)) from error


def _id(call: Call) -> QuarantinedStationId:
    return QuarantinedStationId(parse_id("qst", call.path["id"]))


def _view(quarantined: QuarantinedStation) -> dict[str, Any]:
    shown_fields: dict[str, Any] = wire.unstructure(quarantined)
    view = {name: shown_fields[name] for name in _SHOWN if name in shown_fields}
    return view | {
        "first_seen_at": shown_fields["created_at"],
        "key_presented": quarantined.key_digest is not None,
        "key_fingerprint": quarantined.key_fingerprint,
    }


_COUNT = {"type": "integer"}
_SHOWN = {
    "id": id_schema("qst"),
    "tenant": id_schema("ten"),
    "identity": schema_of(StationIdentity),
    "remote_address": TEXT,
    "first_seen_at": INSTANT,
    "last_seen_at": INSTANT,
    "lines": {**_COUNT, "description": "How often it has connected."},
    "boot": optional(schema_of(BootReport)),
    "frames": {"type": "array", "items": schema_of(QuarantinedFrame)},
    "key_presented": {"type": "boolean", "description": "Whether it showed a Basic key, last time it came."},
    "key_fingerprint": optional({**TEXT, "description": "Names that key; it says nothing about it."}),
    "key_changes": {**_COUNT, "description": "How often the key was another one: two may use the name."},
    "withheld": {**_COUNT, "description": "Reports of sessions left unanswered, so that it keeps them."},
}
_QUARANTINED = objects(_SHOWN, title="QuarantinedStation")
_STATION_INPUT = record_schema(STATIONS, writing=True)
_OWN: dict[str, Any] = {
    "quarantined_station": id_schema("qst"),
    "tenant": optional(id_schema("ten")),
    "keep_key": {"type": "boolean", "description": "The key that it presented is to be its key."},
    "key_fingerprint": optional({**TEXT, "description": "Which key `keep_key` means, as it is shown."}),
}
_ADOPTION = _STATION_INPUT | {
    "title": "AdoptionInput",
    "properties": _OWN
    | {name: schema for name, schema in _STATION_INPUT["properties"].items() if name != "identity"},
    "required": ["quarantined_station"],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def create(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _adopt(call, work))

    at, one = "/v1/quarantined-stations", "/v1/quarantined-stations/{id}"
    return [
        Endpoint(method="GET", path=at, operation="quarantined_stations_list",
                 summary="List unknown stations that call", scope="stations:read", handle=_list,
                 gives=list_schema(_QUARANTINED), query=parameters(FILTERS)),
        Endpoint(method="GET", path=one, operation="quarantined_stations_get",
                 summary="Read what an unknown station has sent", scope="stations:read", handle=_get,
                 gives=_QUARANTINED, names="qst"),
        Endpoint(method="DELETE", path=one, operation="quarantined_stations_dismiss",
                 summary="Dismiss an unknown station", scope="stations:write", handle=_dismiss,
                 gives=_QUARANTINED, names="qst"),
        Endpoint(method="POST", path="/v1/adoptions", operation="adoptions_create",
                 summary="Adopt an unknown station", scope="stations:write", handle=create,
                 takes=_ADOPTION, gives=record_schema(STATIONS, writing=False), status=201,
                 headers={"Idempotency-Key": KEY}),
    ]  # fmt: skip
