"""Local authorization lists over HTTP: what each station holds, and bringing it in step at once."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import instant_text, read
from emobility_core.ids import LocalListId, StationId, parse_id, shown
from emobility_core.local_authorization import LocalList, sync_list

FILTERS: dict[str, Any] = {"station": StationId}


@attrs.frozen(kw_only=True)
class AskSync:
    """The body of a synchronisation: `whole` sends everything anew, whatever the station holds."""

    station: StationId
    whole: bool = False


async def _sync(call: Call, work: Any) -> Answer:
    asked, services = read(call.json(), AskSync), call.services
    kept = await sync_list(asked.station, whole=asked.whole, work=work, at=call.clock.now(), ids=services.ids)
    location = {"Location": f"/v1/local-lists/{shown('lal', kept.id)}"}
    return Answer(content=list_view(kept), status=202, headers=location)


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.local_lists, list_view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        kept = await work.local_lists.get(LocalListId(parse_id("lal", call.path["id"])))
    return tagged(call, list_view(kept), kept.version)


def list_view(kept: LocalList) -> dict[str, Any]:
    return {
        "id": shown("lal", kept.id),
        "tenant": shown("ten", kept.tenant),
        "station": shown("sta", kept.station),
        "version": kept.held_version,
        "entries": None if kept.held is None else len(kept.held),
        "pending": None if kept.command is None else shown("cmd", kept.command),
        "acknowledged_at": _at(kept.acknowledged_at),
        "synced_at": _at(kept.synced_at),
        "verified_at": _at(kept.verified_at),
        "due_at": _at(kept.due_at),
        "error": kept.error,
        "created_at": instant_text(kept.created_at),
        "updated_at": instant_text(kept.updated_at),
    }


def _at(at: Any) -> str | None:
    return None if at is None else instant_text(at)


LOCAL_LIST = objects(
    {
        "id": id_schema("lal"),
        "tenant": id_schema("ten"),
        "station": id_schema("sta"),
        "version": {"type": "integer", "description": "What the station acknowledged last; 0 before that."},
        "entries": optional({"type": "integer", "description": "How many it holds; null if not known."}),
        "pending": optional(id_schema("cmd")),
        "acknowledged_at": optional(INSTANT),
        "synced_at": optional(INSTANT),
        "verified_at": optional(INSTANT),
        "due_at": optional(INSTANT),
        "error": optional(TEXT),
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="LocalList",
)
INPUT = {
    "title": "LocalListSync",
    "type": "object",
    "properties": {"station": id_schema("sta"), "whole": {"type": "boolean"}},
    "required": ["station"],
    "additionalProperties": False,
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def sync(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _sync(call, work), required=True)

    key = {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        Endpoint(method="POST", path="/v1/local-lists", operation="local_lists_sync",
                 summary="Bring a station's local list in step", scope="local-lists:write", handle=sync,
                 takes=INPUT, gives=LOCAL_LIST, status=202, headers=key),
        Endpoint(method="GET", path="/v1/local-lists", operation="local_lists_list",
                 summary="List local lists", scope="local-lists:read", handle=_list,
                 gives=list_schema(LOCAL_LIST), query=parameters(FILTERS)),
        Endpoint(method="GET", path="/v1/local-lists/{id}", operation="local_lists_get",
                 summary="Read a local list", scope="local-lists:read", handle=_get, gives=LOCAL_LIST,
                 names="lal"),
    ]  # fmt: skip
