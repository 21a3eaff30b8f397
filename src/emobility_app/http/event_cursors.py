"""Event cursors over HTTP: how far a client has come along the feed, kept for it under names of its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.events import POSITION, cursor_text, known_position
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, instant_text, read, told
from emobility_core.event_cursors import (
    NAME_PATTERN,
    EventCursor,
    MalformedCursorName,
    UnknownEventCursor,
    keep_cursor,
)
from emobility_core.ids import parse_id, shown

_FILTERS: dict[str, Any] = {"name": str}


@attrs.frozen(kw_only=True)
class Kept:
    """Up to where a client has dealt with the feed; it may `rewind` to deal with events again."""

    name: str
    cursor: str
    rewind: bool = False


async def _keep(call: Call, work: Any) -> Answer:
    services, kept = call.services, read(call.json(), Kept)
    position = await known_position(kept.cursor, call)
    try:
        cursor = await keep_cursor(
            kept.name,
            position,
            rewind=kept.rewind,
            tenant=call.scope.tenant,
            client=call.caller.client,
            work=work,
            at=call.clock.now(),
            ids=services.ids,
        )
    except MalformedCursorName as error:
        raise MalformedBody((Flaw("/name", error.code, told(error)),)) from error
    return tagged(call, _view(cursor), cursor.version)


async def _list(call: Call) -> Answer:
    page = page_of(call, _FILTERS)
    mine = attrs.evolve(page, filters={**page.filters, "client": [call.caller.client]})
    async with call.services.reading(call.scope) as work:
        return await listed(call, mine, work.event_cursors, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        cursor = await _mine(call, work)
    return tagged(call, _view(cursor), cursor.version)


async def _remove(call: Call) -> Answer:
    async with call.services.transactions(call.scope) as work:
        cursor = await _mine(call, work)
        await work.event_cursors.remove(cursor.id)
    return Answer(content=_view(cursor))


async def _mine(call: Call, work: Any) -> EventCursor:
    """The cursors of other clients do not exist for this one."""
    id: UUID = parse_id("evc", call.path["id"])
    cursor: EventCursor = await work.event_cursors.get(id)
    if cursor.client != call.caller.client:
        raise UnknownEventCursor(id)
    return cursor


def _view(cursor: EventCursor) -> dict[str, Any]:
    return {
        "id": shown("evc", cursor.id),
        "tenant": shown("ten", cursor.tenant),
        "name": cursor.name,
        "cursor": cursor_text(cursor.position),
        "created_at": instant_text(cursor.created_at),
        "updated_at": instant_text(cursor.updated_at),
    }


_CURSOR = objects(
    {
        "id": id_schema("evc"),
        "tenant": id_schema("ten"),
        "name": TEXT,
        "cursor": {**POSITION, "description": "Of the last event that was dealt with; `pos_0` is none."},
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    title="EventCursor",
)
_KEPT = {
    "title": "EventCursorInput",
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
        "cursor": {**POSITION, "description": "Of the last event that was dealt with."},
        "rewind": {"type": "boolean", "description": "Whether it may go back."},
    },
    "required": ["name", "cursor"],
    "additionalProperties": False,
    "examples": [{"name": "erp", "cursor": "pos_0"}],
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def keep(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _keep(call, work))

    at, one = "/v1/event-cursors", "/v1/event-cursors/{id}"
    return [
        Endpoint(method="GET", path=at, operation="event_cursors_list",
                 summary="List the client's event cursors", scope="events:read", handle=_list,
                 gives=list_schema(_CURSOR), query=parameters(_FILTERS)),
        Endpoint(method="POST", path=at, operation="event_cursors_keep",
                 summary="Keep under a name how far the client has come along the feed", scope="events:write",
                 handle=keep, takes=_KEPT, gives=_CURSOR, headers={"Idempotency-Key": KEY}),
        Endpoint(method="GET", path=one, operation="event_cursors_get",
                 summary="Read one of the client's event cursors", scope="events:read", handle=_get,
                 gives=_CURSOR, names="evc"),
        Endpoint(method="DELETE", path=one, operation="event_cursors_remove",
                 summary="Remove one of the client's event cursors", scope="events:write", handle=_remove,
                 gives=_CURSOR, names="evc"),
    ]  # fmt: skip
