"""The event feed over HTTP: polled without gaps, or streamed by server-sent events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import attrs
import orjson

from emobility_app.http.endpoint import LARGEST, Answer, Call, Endpoint, Parameter
from emobility_app.http.event_schemas import EVENT, EVENT_DATA
from emobility_app.http.listing import limit
from emobility_app.http.schemas import list_schema
from emobility_app.http.services import OpenFeed
from emobility_app.problems import CursorRefused, MalformedRequest, UnknownEventType
from emobility_app.wire import instant_text
from emobility_core.event_cursors import NAME_PATTERN
from emobility_core.ids import shown
from emobility_core.spelling import nearest
from emobility_core.work import FeedEntry, Scope

USUAL, MOST = 100, 500
LONGEST_WAIT_S = 30
POSITION = {"type": "string", "pattern": "^pos_[0-9a-f]{1,15}$"}
PARAMETERS = {
    "after": Parameter(
        "The cursor of the last event that was dealt with; without it from the beginning.", POSITION
    ),
    "types": Parameter("Only these types, separated by commas; `webhooks` describes each."),
    "limit": limit(USUAL, MOST),
    "include_descendants": Parameter("`true` adds the events of the tenants below.", {"type": "boolean"}),
}
NAMED = {
    "cursor_name": Parameter(
        "Begin behind the event cursor that the client keeps under this name, in place of `after`.",
        {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
    )
}
WAIT = {
    "wait": Parameter(
        f"Seconds to wait if there is nothing; more than {LONGEST_WAIT_S} count as {LONGEST_WAIT_S}.",
        {"type": "integer", "minimum": 0, "maximum": LARGEST},
    )
}
STREAM_PARAMETERS = PARAMETERS | {
    "after": Parameter(
        "The cursor of the last event that was dealt with; without it what happens from now on.", POSITION
    ),
}
LAST = {"Last-Event-ID": Parameter("Where to go on, as `after`.", POSITION)}


@attrs.frozen(kw_only=True)
class Wanted:
    """Which events a caller wants, checked before the first is sent."""

    feed: OpenFeed
    scope: Scope
    types: Sequence[str]
    limit: int
    descendants: bool

    @classmethod
    def of(cls, call: Call) -> Wanted:
        return cls(
            feed=call.services.feed,
            scope=call.scope,
            types=_types(call.query.get("types", ())),
            limit=call.number("limit", USUAL, least=1, most=MOST),
            descendants=call.flag("include_descendants"),
        )

    async def behind(self, position: int) -> tuple[list[FeedEntry], int]:
        """The next events behind `position`, and how far the feed was searched for them."""
        newest = await self.feed.last()
        found = await self.feed.after(
            position, scope=self.scope, limit=self.limit, types=self.types, descendants=self.descendants
        )
        if len(found) == self.limit:
            return found, found[-1].position
        return found, max(position, newest, *(one.position for one in found[-1:]))


def _types(given: Sequence[str]) -> list[str]:
    """Types that exist; raise `UnknownEventType`: one misspelt must not look like nothing happening."""
    names = [name for part in given for name in part.split(",")]
    if unknown := [name for name in names if name not in EVENT_DATA]:
        known, meant = ", ".join(_near(unknown[0])), nearest(unknown[0], EVENT_DATA)
        raise UnknownEventType(", ".join(unknown)[:200], known, meant)
    return names


def _near(name: str) -> list[str]:
    """The types of the same subject; the subjects if there is none such."""
    subject = name.partition(".")[0]
    subjects = dict.fromkeys(f"{kind.partition('.')[0]}.*" for kind in EVENT_DATA)
    return [kind for kind in EVENT_DATA if kind.startswith(f"{subject}.")] or list(subjects)


async def _poll(call: Call) -> Answer:
    wanted, clock = Wanted.of(call), asyncio.get_running_loop().time
    wait_s = min(call.number("wait", 0, most=LARGEST), LONGEST_WAIT_S)
    after, deadline = await _start(call), clock() + wait_s
    found, after = await wanted.behind(after)
    while not found and not wanted.feed.closed and (left := deadline - clock()) > 0:
        await wanted.feed.wait(after, timeout_s=left)
        found, after = await wanted.behind(after)
    return Answer(content={"data": [event_view(one) for one in found], "next_cursor": cursor_text(after)})


async def _start(call: Call) -> int:
    """Where to begin; a cursor that is not kept yet stands at the beginning of the feed."""
    name = call.one("cursor_name")
    if name is None:
        return await known_position(call.one("after"), call)
    if "after" in call.query:
        raise MalformedRequest("give either after or cursor_name")
    async with call.services.reading(call.scope) as work:
        known = await work.event_cursors.find(call.scope.tenant, call.caller.client, name)
    return 0 if known is None else int(known.position)


async def _stream(call: Call) -> Answer:
    wanted = Wanted.of(call)
    given = call.headers.get("last-event-id") or call.one("after")
    start = await wanted.feed.last() if given is None else await known_position(given, call)
    return Answer(stream=_entries(wanted, start, call))


async def _entries(wanted: Wanted, after: int, call: Call) -> AsyncIterator[str]:
    clock, beat_s = asyncio.get_running_loop().time, call.services.beat_s
    due = clock() + beat_s
    yield ": events follow\n\n"
    while not wanted.feed.closed and await call.is_still_authorized():
        found, after = await wanted.behind(after)
        for entry in found:
            data = orjson.dumps(event_view(entry)).decode()
            yield f"id: {cursor_text(entry.position)}\nevent: {entry.event.type}\ndata: {data}\n\n"
        if found:
            due = clock() + beat_s
        elif clock() >= due:
            due = clock() + beat_s
            yield ": still here\n\n"
        if len(found) < wanted.limit:
            await wanted.feed.wait(after, timeout_s=max(0.0, due - clock()))


def cursor_text(position: int) -> str:
    return f"pos_{position:x}"


async def known_position(text: str | None, call: Call) -> int:
    """Where a cursor stands; raise `CursorRefused` for one that is none, or lies in the future, as those of
    before do once a backup is restored: what comes up to there would be passed over."""
    if text is None:
        return 0
    if _CURSOR.fullmatch(text) is None:
        raise CursorRefused()
    position, feed = int(text.removeprefix("pos_"), 16), call.services.feed
    # A cursor of another server may be a moment ahead of what this one has heard of.
    if position > await feed.last() and position > await feed.newest():
        raise CursorRefused()
    return position


_CURSOR = re.compile("pos_[0-9a-f]{1,15}")


def event_view(entry: FeedEntry) -> dict[str, Any]:
    event = entry.event
    return {
        "id": shown("evt", event.id),
        "type": event.type,
        "seq": entry.seq,
        "cursor": cursor_text(entry.position),
        "tenant": shown("ten", event.tenant),
        "subject": event.subject,
        "at": instant_text(event.at),
        "data": dict(event.data),
    }


ENDPOINTS = [
    Endpoint(method="GET", path="/v1/events", operation="events_list", summary="Poll the event feed",
             scope="events:read", handle=_poll, gives=list_schema(EVENT, counted=False),
             query=PARAMETERS | NAMED | WAIT),
    Endpoint(method="GET", path="/v1/events/stream", operation="events_stream",
             summary="Follow the event feed by server-sent events", scope="events:read", handle=_stream,
             gives=EVENT, query=STREAM_PARAMETERS, headers=LAST, media_type="text/event-stream"),
]  # fmt: skip
