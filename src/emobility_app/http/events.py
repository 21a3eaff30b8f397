"""The event feed over HTTP: polled without gaps, or streamed by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects
from emobility_app.problems import MalformedRequest
from emobility_app.wire import instant_text
from emobility_core.ids import shown
from emobility_core.work import FeedEntry

USUAL, MOST = 100, 500
LONGEST_WAIT_S = 30
_BEAT_S = 15.0
PARAMETERS = {
    "after": "The cursor of the last event that was dealt with; without it from the beginning.",
    "types": "Only these types, separated by commas.",
    "limit": f"How many at most (default {USUAL}, at most {MOST}).",
    "include_descendants": "`true` adds the events of the tenants below.",
}


async def _poll(call: Call) -> Answer:
    after, wait_s = _position(call.one("after")), call.number("wait", 0, LONGEST_WAIT_S)
    found = await _read(call, after)
    if not found and wait_s:
        await call.services.feed.wait(after, timeout_s=wait_s)
        found = await _read(call, after)
    cursor = found[-1].position if found else after
    return Answer(content={"data": [event_view(one) for one in found], "next_cursor": _cursor(cursor)})


async def _stream(call: Call) -> Answer:
    given = call.headers.get("last-event-id") or call.one("after")
    start = await call.services.feed.last() if given is None else _position(given)
    return Answer(stream=_entries(call, start))


async def _entries(call: Call, after: int) -> AsyncIterator[str]:
    yield ": events follow\n\n"
    while True:
        for entry in await _read(call, after):
            after = entry.position
            data = orjson.dumps(event_view(entry)).decode()
            yield f"id: {_cursor(entry.position)}\nevent: {entry.event.type}\ndata: {data}\n\n"
        before = await call.services.feed.last()
        if before <= after:
            await call.services.feed.wait(after, timeout_s=_BEAT_S)
            if await call.services.feed.last() <= after:
                yield ": still here\n\n"
        elif not await _read(call, after):
            after = before


async def _read(call: Call, after: int) -> list[FeedEntry]:
    types = [name for part in call.query.get("types", ()) for name in part.split(",") if name]
    return await call.services.feed.after(
        after,
        scope=call.scope,
        limit=max(1, call.number("limit", USUAL, MOST)),
        types=types,
        descendants=call.flag("include_descendants"),
    )


def _cursor(position: int) -> str:
    return f"pos_{position:x}"


def _position(text: str | None) -> int:
    if text is None:
        return 0
    digits = text.removeprefix("pos_")
    try:
        if text == digits or len(digits) > 15:
            raise ValueError
        return int(digits, 16)
    except ValueError as error:
        raise MalformedRequest("the cursor is none of ours") from error


def event_view(entry: FeedEntry) -> dict[str, Any]:
    event = entry.event
    return {
        "id": shown("evt", event.id),
        "type": event.type,
        "seq": entry.seq,
        "cursor": _cursor(entry.position),
        "tenant": shown("ten", event.tenant),
        "subject": event.subject,
        "at": instant_text(event.at),
        "data": dict(event.data),
    }


EVENT = objects(
    {
        "id": id_schema("evt"),
        "type": TEXT,
        "seq": {"type": "integer", "description": "Counts the tenant's events without gaps."},
        "cursor": TEXT,
        "tenant": id_schema("ten"),
        "subject": TEXT,
        "at": INSTANT,
        "data": {"type": "object"},
    }
)
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/events", operation="events_list", summary="Poll the event feed",
             scope="events:read", handle=_poll, gives=list_schema(EVENT),
             query=PARAMETERS | {"wait": f"Seconds to wait if there is nothing (at most {LONGEST_WAIT_S})."}),
    Endpoint(method="GET", path="/v1/events/stream", operation="events_stream",
             summary="Follow the event feed by server-sent events", scope="events:read", handle=_stream,
             query=PARAMETERS, headers={"Last-Event-ID": "Where to go on, as `after`."},
             media_type="text/event-stream"),
]  # fmt: skip
